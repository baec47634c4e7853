"""
A small lexicon of the trade: which German and which English words mean the same.

Written for this project (`data/lexicon.txt`), one concept a line, `german stems = english stems`.
A stem stands for the words that begin with it; German ones of five letters and more are also
found inside compounds. `word$` is a whole word. An operator's large dictionary was measured
too (2 points better across languages) but is none of ours to ship.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from newsdigest.text import folding

SHORTEST = 3
INSIDE_COMPOUNDS = 5
LONGEST = 24
_Table = dict[str, tuple[int, ...]]


def concepts(words: Iterable[str], language: str) -> set[int]:
    """Return the concepts (hashes) of folded words; empty for languages the lexicon does not know."""
    if language not in ("de", "en"):
        return set()
    found: set[int] = set()
    for word in words:
        found.update(_concepts(word, language))
    return found


@lru_cache(maxsize=1)
def function_words() -> frozenset[str]:
    """Return folded German and English words that say nothing about a subject."""
    return frozenset(folding.words(_data("function_words.txt")))


@lru_cache(maxsize=60_000)
def _concepts(word: str, language: str) -> tuple[int, ...]:
    starts, wholes, sizes = _tables()[language]
    found = dict.fromkeys(wholes.get(word, ()))
    place, last = 0, len(word) - SHORTEST if language == "de" else 0
    while place <= last:
        # Most places begin no stem; nothing is called for them.
        possible = sizes.get(word[place : place + SHORTEST])
        size = _longest(starts, possible, word, place) if possible else 0
        if size:
            found.update(dict.fromkeys(starts[word[place : place + size]]))
        place += size or 1
    return tuple(found)


def _longest(starts: _Table, sizes: tuple[int, ...], word: str, place: int) -> int:
    """Length of the longest stem at that place; inside a word only long stems count."""
    shortest = SHORTEST if place == 0 else INSIDE_COMPOUNDS
    left = len(word) - place
    for size in sizes:
        if shortest <= size <= left and word[place : place + size] in starts:
            return size
    return 0


@lru_cache(maxsize=1)
def _tables() -> dict[str, tuple[_Table, _Table, _Table]]:
    tables: dict[str, tuple[_Table, _Table]] = {"de": ({}, {}), "en": ({}, {})}
    for line in _data("lexicon.txt").splitlines():
        if "=" not in line or line.startswith("#"):
            continue
        german, english = line.split("=")
        concept = zlib.crc32(b"=" + english.split()[0].encode())
        for language, stems in (("de", german), ("en", english)):
            for stem in stems.split():
                table = tables[language][1 if stem.endswith("$") else 0]
                folded = folding.fold(stem.rstrip("$"))
                table[folded] = (*table.get(folded, ()), concept)
    return {language: (*pair, _sizes(pair[0])) for language, pair in tables.items()}


def _sizes(starts: _Table) -> _Table:
    """Lengths of the stems by their first letters, longest first: most places in a word begin none."""
    found: dict[str, set[int]] = {}
    for stem in starts:
        if SHORTEST <= len(stem) <= LONGEST:
            found.setdefault(stem[:SHORTEST], set()).add(len(stem))
    return {beginning: tuple(sorted(sizes, reverse=True)) for beginning, sizes in found.items()}


def _data(name: str) -> str:
    return resources.files("newsdigest.sorting").joinpath("data", name).read_text(encoding="utf-8")
