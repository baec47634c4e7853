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

from newsdigest.errors import NewsdigestError

LANGUAGES = ("de", "en")


class Catalogue:
    """The words of one language."""

    def __init__(self, language: str, words: Mapping[str, Any]) -> None:
        self.language = language
        self.words = dict(_flat(words))
        found = (
            (key[7:].replace("_", " "), text) for key, text in self.words.items() if key.startswith("phrase.")
        )
        # The longest first, so that "same amount and date" is not half translated by "same amount".
        self._phrases = sorted(found, key=lambda pair: -len(pair[0]))

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

    def phrase(self, text: str) -> str:
        """
        Return a sentence of the judges and collectors with the phrases we know put into this language.

        Those rooms write plain English (the command line prints it); `phrase.<words_with_underscores>`
        of the catalogue translates the fixed parts and leaves names and figures alone.
        """
        for english, own in self._phrases:
            text = text.replace(english, own)
        return text

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
                words |= dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
        made[language] = Catalogue(language, words)
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


def _flat(words: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    made: list[tuple[str, str]] = []
    for key, value in words.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            made += _flat(value, f"{name}.")
        else:
            made.append((name, str(value)))
    return made
