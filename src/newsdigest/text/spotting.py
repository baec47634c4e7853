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
        self._positive = [entry.label if entry.role == "positive" else "" for entry in entries]
        self._takes_back = frozenset(
            key for key, entry in enumerate(entries) if entry.role in ("mask", "taken")
        )
        self._table = TriggerTable([entry.trigger for entry in entries])

    def spot(self, words: Sequence[str]) -> list[Spot]:
        """Return what hits in these folded words, by label and trigger, each trigger once."""
        hits = self._table.find(words)
        takes_back, positive = self._takes_back, self._positive
        masked = self._masked(hits) if any(hit[0] in takes_back for hit in hits) else set()
        places: dict[int, list[int]] = {}
        covered: dict[str, int] = {}
        for key, start, end in hits:
            label = positive[key]
            # One word is one piece of evidence for a label, the longest trigger's; hits come in order.
            if not label or covered.get(label, 0) > start:
                continue
            if masked and any((label, place) in masked for place in range(start, end)):
                continue
            covered[label] = end
            places.setdefault(key, []).append(start)
        entries = self._entries
        return [Spot(entries[key].label, entries[key].trigger, tuple(found)) for key, found in places.items()]

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
