"""
Folding: one spelling for all the ways a word is written, for matching only, never for display.

Case, umlauts (ä = ae), sharp s, other accents, hyphens (`Start-up` = `start up`), soft hyphens
and gender forms (`Forscher:innen`, `Forscher*innen` = `forscherinnen`) are made equal. Lone
surrogates become spaces, so that nothing behind this can fail on them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_GENDER = re.compile(r"(?<=[a-zß-ÿ])(?:[:*_·]|/-?)[iI]n(nen)?\b")
_INNER_CAPITAL = re.compile(r"(?<=[a-zß-ÿ])In(nen)?\b")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "’": "'"}
_WORD = re.compile(r"[^\W_]+(?:&[^\W_]+)*")


def scrub(text: str) -> str:
    """Return the text without lone surrogates and invisible characters (soft hyphen, zero width)."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", _SURROGATE.sub(" ", text))


def fold(text: str) -> str:
    """Return the text folded for matching; its length may differ from the original's."""
    text = scrub(text)
    if "in" in text or "In" in text:
        text = _INNER_CAPITAL.sub(r"in\1", _GENDER.sub(r"in\1", text))
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    # One by one: `translate` raises a KeyError inside for every letter that is not in its table.
    for letter, spelt in _UMLAUTS.items():
        text = text.replace(letter, spelt)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text)
    marks = {ord(letter): None for letter in set(text) if unicodedata.combining(letter)}
    return text.translate(marks) if marks else text


def words(text: str) -> list[str]:
    """Return the folded words of a text in order; hyphens part words, `&` between letters does not."""
    return list(_words(text))


@lru_cache(maxsize=8)
def _words(text: str) -> tuple[str, ...]:
    """Topics and kinds look at one text after another; it is folded once for both."""
    return tuple(_WORD.findall(fold(text)))


def words_of_folded(folded: str) -> list[str]:
    """Return the words of a text that `fold` has folded."""
    return _WORD.findall(folded)
