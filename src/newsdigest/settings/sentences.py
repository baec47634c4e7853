"""
Sentences of other rooms in the reader's language.

Rooms say what they refuse and why in plain English, which the command line prints. A screen in
another language needs whole sentences, not replaced words: `templates/newsroom/said.<language>.toml`
holds each English sentence with places in braces and its translation. A sentence is recognised as
a whole or not at all; what stands in its places is put into the reader's forms (dates, states,
languages, quotes). A test goes through every sentence the rooms can raise.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from newsdigest.errors import SettingsError
from newsdigest.text import day_words

_PLACE = re.compile(r"\{([a-z_]+\d?)\}")
_SHAPES = {
    "n": r"-?[\d.,]+", "day": r"\d{4}-\d{2}-\d{2}", "clock": r"\d{2}:\d{2}", "state": r"[a-z][a-z _]*",
    "lang": r"'?[a-z]{2,5}(?:-[A-Za-z]{2,4})?'?", "thing": r"[a-z][a-z ]*", "type": r"[a-z_]+",
    "num": r"[\d,]*\d(?:\.\d+)?", "md": r"\d{1,2} [A-Z][a-z]+",
}  # fmt: skip
_WORDED = {
    "state": ("state", "mailing"), "lang": ("language",), "thing": ("thing",), "type": ("source_type",),
}  # fmt: skip
_COMMAS = str.maketrans(",.", ".,")
Words = Callable[[str], "str | None"]


class Sentences:
    """
    The sentences of one language.

    Args:
        table: English sentence with places to its translation.
        word: Returns a word of the catalogue by key, None where there is none.
    """

    def __init__(self, language: str, table: Mapping[str, str], word: Words) -> None:
        self.language = language
        self._word = word
        # The most particular first: what stands outside the places decides.
        order = sorted(table.items(), key=lambda pair: -len(_PLACE.sub("", pair[0])))
        self._table = [(_pattern(english), own) for english, own in order]
        self.whole = lru_cache(maxsize=2048)(self._whole)

    def _whole(self, text: str) -> str | None:
        """Return the sentence in this language, None for one that is not in the table."""
        for pattern, own in self._table:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            return own.format_map(
                {name: self._worded(name, value) for name, value in found.groupdict().items()}
            )
        return None

    def say(self, text: str) -> str:
        """
        Return the sentence in this language, or each of those joined by "; " or ", same ".

        What is no sentence of ours (a relay's own words, a person's note) is taken over as it is.
        """
        for joint, kept in (("; ", ""), (", same ", "same ")):
            parts = text.split(joint)
            if len(parts) > 1 and (joint != "; " or self.whole(text) is None):
                said = [self.say(part if n == 0 else kept + part) for n, part in enumerate(parts)]
                return (joint[:2] if kept else joint).join(said)
        return self.whole(text) or text

    def _worded(self, name: str, value: str) -> str:
        kind = name.rstrip("0123456789")
        bare = value[1:-1] if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0] else value
        match kind:
            case "day":
                return day_words.written(date.fromisoformat(value), self.language)
            case "n":
                return value
            case "num":
                return value.translate(_COMMAS) if self.language == "de" else value
            case "md":
                return _day_and_month(value, self.language)
            case "said":
                return self.say(value)
            case _ if kind in _WORDED:
                key = bare.replace(" ", "_")
                return next((w for prefix in _WORDED[kind] if (w := self._word(f"{prefix}.{key}"))), bare)
        return _quoted(bare, self.language) if bare is not value else value


def load(folders: Sequence[Path], language: str) -> dict[str, str]:
    """
    Return the table of a language; a workspace's own file lies over the shipped one, sentence by sentence.

    Raises:
        SettingsError: A file cannot be read.
    """
    found: dict[str, str] = {}
    for folder in reversed(folders):
        path = folder / "newsroom" / f"said.{language}.toml"
        if not path.is_file():
            continue
        try:
            found |= {key: str(text) for key, text in tomllib.loads(path.read_text(encoding="utf-8")).items()}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError([f"{path}:1:1: cannot be read ({error}); mend it or remove it"]) from error
    return found


def flat(words: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a catalogue's words by dotted key."""
    made: dict[str, str] = {}
    for key, value in words.items():
        if isinstance(value, Mapping):
            made |= flat(value, f"{prefix}{key}.")
        else:
            made[f"{prefix}{key}"] = str(value)
    return made


def places(text: str) -> set[str]:
    """Return the names of a sentence's places."""
    return set(_PLACE.findall(text))


def _day_and_month(value: str, language: str) -> str:
    day, _, month = value.partition(" ")
    if month not in day_words.MONTHS["en"]:
        return value
    name = day_words.MONTHS[language][day_words.MONTHS["en"].index(month)]
    return f"{day}. {name}" if language == "de" else value


def _quoted(text: str, language: str) -> str:
    return f"„{text}“" if language == "de" else f"“{text}”"


def _pattern(english: str) -> re.Pattern[str]:
    parts, end = [], 0
    for place in _PLACE.finditer(english):
        name = place[1]
        shape = _SHAPES.get(name.rstrip("0123456789"), ".+?")
        parts += [re.escape(english[end : place.start()]), f"(?P<{name}>{shape})"]
        end = place.end()
    return re.compile("".join([*parts, re.escape(english[end:])]), re.DOTALL)
