"""
The newsroom's own words: `templates/newsroom/de.toml` and `en.toml`, found by dotted key.

A table with `one` and `other` is a plural, chosen by the argument `n` (both languages have these two
forms). A key that is missing is an error, never an English word on a German screen.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from newsdigest.errors import IllegalStepError, NewsdigestError
from newsdigest.settings import sentences
from newsdigest.settings.sentences import Sentences

LANGUAGES = ("de", "en")


class Catalogue:
    """The words of one language."""

    def __init__(
        self, language: str, words: Mapping[str, Any], said: Mapping[str, str] | None = None
    ) -> None:
        self.language = language
        self.words = sentences.flat(words)
        self._sentences = Sentences(language, said or {}, self.words.get)

    def __call__(self, key: str, **values: object) -> str:
        """
        Return the text with its values filled in; `n` chooses singular or plural.

        Raises:
            NewsdigestError: The catalogue has no such key.
        """
        name = key
        if name not in self.words and "n" in values:
            name = f"{key}.{'one' if values['n'] == 1 else 'other'}"
        if name not in self.words:
            raise NewsdigestError(
                f"templates/newsroom/{self.language}.toml: the word {key!r} is missing; add it"
            )
        text = self.words[name]
        return text.format_map(values) if values else text

    def said(self, text: str) -> str:
        """Return what another room said in plain English in this language (see `settings.sentences`)."""
        return self._sentences.say(text)

    def whole(self, text: str) -> str | None:
        """Return another room's sentence in this language, None where there is no translation of the whole."""
        return self._sentences.whole(text)

    def refusal(self, error: NewsdigestError) -> str:
        """Return why an act was refused: about the field or record the error names, in this language."""
        if not isinstance(error, IllegalStepError):
            return self.said(str(error))
        message = str(error).removeprefix(f"{error.id}: ")
        whole = self._sentences.whole(message)
        if whole is None:
            return str(error)
        field = f"field.{error.id}"
        return f"{self.words[field]} {whole}" if field in self.words else whole

    def actor(self, by: str) -> str:
        """Return who acted: a user by name, the program's own parts in words."""
        return self.words.get(f"actor.{by.replace(' ', '_')}", by)

    def has(self, key: str) -> bool:
        """Whether there is such a word."""
        return key in self.words


def load(folders: Sequence[Path]) -> dict[str, Catalogue]:
    """Return the catalogues; a workspace's own file lies over the shipped one, word by word."""
    made = {}
    for language in LANGUAGES:
        words: dict[str, Any] = {}
        for folder in reversed(folders):
            path = folder / "newsroom" / f"{language}.toml"
            if path.is_file():
                words |= sentences.flat(tomllib.loads(path.read_text(encoding="utf-8")))
        made[language] = Catalogue(language, words, sentences.load(folders, language))
    return made


def preferred(accept_language: str) -> str:
    """Return the first of our languages a browser asks for (RFC 9110, section 12.5.4); German else."""
    wanted = []
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        wanted.append((-weight, tag.strip().lower().partition("-")[0]))
    return next(
        (tag for weight, tag in sorted(wanted, key=lambda w: w[0]) if tag in LANGUAGES and weight < 0), "de"
    )
