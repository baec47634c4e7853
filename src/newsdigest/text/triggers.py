"""
Triggers: many keywords looked up in a text at once.

A trigger is written as an editor would:

    medizintechnik   inside a word, so that compounds match (`Medizintechnikunternehmen`)
    ^reha            at the start of a word
    =gmp             a whole word
    tissue engineer  several words in a row, each the start of a word (`=` before it: each whole);
                     of a word of three or four letters only its inflections, of a shorter one only
                     itself; written together counts too
    ~patient         a weak hint (before the other marks)
    mdr ~ tv, funk   negative contexts only: a hit on `mdr` is void near one of the words listed

Hyphen and space are the same. Words are looked up in a trie, and what was found for a word is
remembered: texts repeat their words, so a long text costs little more than its number of words.
One regular expression of all triggers was tried: with 1,554 of them it took more than a hundred
times as long over the 1,423 items of a development set (7.8 s against 0.05 s).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from newsdigest.text import folding

REMEMBERED_WORDS = 60_000
LEAST_INSIDE = 3
"""Letters of what is looked for inside words."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """
    One parsed trigger.

    Attributes:
        parts: Folded words, one or more.
        is_start: The (first) word must begin with it.
        is_whole: Each word must be equal.
        is_weak: Only a hint.
    """

    written: str
    parts: tuple[str, ...]
    is_start: bool = False
    is_whole: bool = False
    is_weak: bool = False


class Hit(NamedTuple):
    """Where a trigger was found: `start` and `end` (exclusive) count words."""

    key: int
    start: int
    end: int


def parse(written: str) -> Trigger:
    """
    Return the trigger that was written.

    Raises:
        ValueError: Nothing is left of it after folding, or it is an infix of fewer than three letters.
    """
    rest = written.strip()
    is_weak = rest.startswith("~")
    rest = rest[1:] if is_weak else rest
    mark, rest = (rest[0], rest[1:]) if rest[:1] in ("^", "=") else ("", rest)
    parts = tuple(folding.words(rest))
    if not parts:
        raise ValueError(f"the trigger {written!r} has no letters or digits")
    if not mark and len(parts) == 1 and len(parts[0]) < LEAST_INSIDE:
        raise ValueError(
            f"{written!r} is too short to be looked for inside words; write '={rest}' or '^{rest}'"
        )
    return Trigger(
        written=rest.strip(), parts=parts, is_start=mark == "^", is_whole=mark == "=", is_weak=is_weak
    )


def parse_near(written: str) -> tuple[Trigger, tuple[Trigger, ...]]:
    """
    Return a negative context: what is taken back, and near which words (empty: always).

    Raises:
        ValueError: As for `parse`.
    """
    taken, _, near = written.partition(" ~ ")
    contexts = (part.strip() for part in near.split(",")) if near else ()
    return parse(taken), tuple(parse(f"={part}" if len(part) < 3 else part) for part in contexts)


class TriggerTable:
    """Finds triggers in folded words. Keys are the positions in the sequence given."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        self._inside: Trie = {}
        self._start: Trie = {}
        self._whole: dict[str, list[int]] = {}
        self._several: list[tuple[int, Trigger, str]] = []
        self._inside_starts: set[str] = set()
        self._first_whole: dict[str, list[int]] = {}
        self._first_start: Trie = {}
        self._remembered: dict[str, tuple[int, ...]] = {}
        self._lengths = [sum(map(len, trigger.parts)) for trigger in triggers]
        for key, trigger in enumerate(triggers):
            self._add(key, trigger)

    def _add(self, key: int, trigger: Trigger) -> None:
        first, joined = trigger.parts[0], "".join(trigger.parts)
        if trigger.is_whole:
            self._whole.setdefault(joined, []).append(key)
        elif trigger.is_start or len(trigger.parts) > 1:
            _grow(self._start, joined, key)
        else:
            _grow(self._inside, joined, key)
            self._inside_starts.add(joined[:LEAST_INSIDE])
        if len(trigger.parts) > 1:
            if trigger.is_whole or len(first) <= 2:
                self._first_whole.setdefault(first, []).append(len(self._several))
            else:
                _grow(self._first_start, first, len(self._several))
            self._several.append((key, trigger, trigger.parts[1][0]))

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Return all hits in the order of their first word, of those at one word the longest trigger's first."""
        found: list[Hit] = []
        remembered = self._remembered
        for place, word in enumerate(words):
            known = remembered.get(word)
            if known is None:
                known = self._look_up(word)
            for key in known:
                if key >= 0:
                    found.append(Hit(key, place, place + 1))
                    continue
                several, trigger, letter = self._several[-1 - key]
                if (
                    place + 1 < len(words)
                    and words[place + 1][:1] == letter
                    and _follows(trigger, words, place)
                ):
                    found.append(Hit(several, place, place + len(trigger.parts)))
        return found

    def _look_up(self, word: str) -> tuple[int, ...]:
        """Return keys of one-word hits, and -1 - n for the n-th row of words that may begin here."""
        keys = [*self._whole.get(word, ()), *_walk(self._start, word, 0)]
        beginnings = self._inside_starts
        for start in range(len(word) - LEAST_INSIDE + 1):
            if word[start : start + LEAST_INSIDE] in beginnings:
                keys += _walk(self._inside, word, start)
        several = [*self._first_whole.get(word, ()), *_walk(self._first_start, word, 0)]
        made = (*dict.fromkeys(keys), *(-1 - number for number in dict.fromkeys(several)))
        made = tuple(sorted(made, key=self._length, reverse=True))
        if len(self._remembered) >= REMEMBERED_WORDS:
            self._remembered.clear()
        self._remembered[word] = made
        return made

    def _length(self, key: int) -> int:
        return self._lengths[key if key >= 0 else self._several[-1 - key][0]]


def _follows(trigger: Trigger, words: Sequence[str], place: int) -> bool:
    if place + len(trigger.parts) > len(words):
        return False
    for offset, part in enumerate(trigger.parts):
        word = words[place + offset]
        if word == part:
            continue
        # A short part may be inflected ("gene" > "genes"), but is no stem ("gene" in "general").
        grows = len(part) >= 5 or (len(part) > 2 and len(word) <= len(part) + 2)
        if trigger.is_whole or not grows or not word.startswith(part):
            return False
    return True


Trie = dict[str, Any]
"""Letter to the next trie; the empty string to the keys that end here."""


def _grow(trie: Trie, word: str, key: int) -> None:
    for letter in word:
        trie = trie.setdefault(letter, {})
    trie.setdefault("", []).append(key)


def _walk(trie: Trie, word: str, start: int) -> list[int]:
    found: list[int] = []
    for letter in word[start:]:
        step = trie.get(letter)
        if step is None:
            break
        trie = step
        found += trie.get("", ())
    return found


def find_all(triggers: Iterable[str], text: str) -> list[str]:
    """Return the triggers, as written, found in a text (for one-off use)."""
    parsed = [parse(trigger) for trigger in triggers]
    return [parsed[hit.key].written for hit in TriggerTable(parsed).find(folding.words(text))]
