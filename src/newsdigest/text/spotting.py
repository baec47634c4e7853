"""
Spotting labels in a text: which triggers of which label hit, with hits in negative contexts taken back.

One table holds the triggers of all labels, so that a text is walked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from newsdigest.text import triggers
from newsdigest.text.triggers import Hit, Trigger, TriggerTable

NEAR = 12
"""Words to either side within which a negative context counts."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One trigger of one label, and the numbers of the words where it begins."""

    label: str
    trigger: Trigger
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    trigger: Trigger
    role: str  # positive, mask, near, taken
    group: int = 0


class Spotter:
    """
    Looks for the triggers of several labels at once.

    Args:
        positives: Triggers of each label, as written.
        negatives: Negative contexts of each label, as written.
    """

    def __init__(
        self, positives: Mapping[str, Iterable[str]], negatives: Mapping[str, Iterable[str]]
    ) -> None:
        entries: list[_Entry] = []
        for label, written in positives.items():
            entries += [_Entry(label, triggers.parse(one), "positive") for one in written]
        group = 0
        for label, written in negatives.items():
            for one in written:
                taken, contexts = triggers.parse_near(one)
                group += 1
                entries.append(_Entry(label, taken, "taken" if contexts else "mask", group))
                entries += [_Entry(label, context, "near", group) for context in contexts]
        self._entries = entries
        self._lengths = [sum(map(len, entry.trigger.parts)) for entry in entries]
        self._table = TriggerTable([entry.trigger for entry in entries])

    def spot(self, words: Sequence[str]) -> list[Spot]:
        """Return what hits in these folded words, by label and trigger, each trigger once."""
        entries = self._entries
        hits = self._table.find(words)
        masked = (
            self._masked(hits) if any(entries[hit.key].role in ("mask", "taken") for hit in hits) else set()
        )
        places: dict[tuple[str, Trigger], list[int]] = {}
        covered: dict[str, set[int]] = {}
        for hit in sorted(hits, key=lambda hit: (hit.start, -self._lengths[hit.key])):
            entry = entries[hit.key]
            if entry.role != "positive":
                continue
            span = range(hit.start, hit.end)
            if any((entry.label, place) in masked for place in span):
                continue
            # One word is one piece of evidence for a label, the longest trigger's.
            taken = covered.setdefault(entry.label, set())
            if any(place in taken for place in span):
                continue
            taken.update(span)
            places.setdefault((entry.label, entry.trigger), []).append(hit.start)
        return [Spot(label, trigger, tuple(found)) for (label, trigger), found in places.items()]

    def _masked(self, hits: Sequence[Hit]) -> set[tuple[str, int]]:
        """Return (label, word number) whose hits do not count."""
        near: dict[int, list[int]] = {}
        for hit in hits:
            entry = self._entries[hit.key]
            if entry.role == "near":
                near.setdefault(entry.group, []).append(hit.start)
        masked: set[tuple[str, int]] = set()
        for hit in hits:
            entry = self._entries[hit.key]
            if entry.role == "mask" or (
                entry.role == "taken"
                and any(abs(place - hit.start) <= NEAR for place in near.get(entry.group, ()))
            ):
                masked.update((entry.label, place) for place in range(hit.start, hit.end))
        return masked
