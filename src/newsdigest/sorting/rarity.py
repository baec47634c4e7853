"""
How much a word tells: rare ones much, house words nothing.

Counted over the association's own items, so that "Medizintechnik", in every second of them,
weighs little without anybody having listed it. A new workspace has counted little; a few
hundred imaginary items without the word keep the first weights sober.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

IMAGINARY_ITEMS = 100


@dataclass
class Rarity:
    """Weights of hashes, from the logarithm of how many items there are for one that has it."""

    counts: Mapping[int, int]
    items: int
    _known: dict[int, float] = field(default_factory=dict)
    _heaviest: float = 1.0

    def __post_init__(self) -> None:
        self._heaviest = math.log((self.items + IMAGINARY_ITEMS) / 1.5)

    def weight(self, word: int) -> float:
        """
        Return the weight: about 0 for a word in every item, 1 for one met once.

        Put in proportion to the size of the stock, so that thresholds learnt on a large one hold
        for a workspace's first hundred items.
        """
        found = self._known.get(word)
        if found is None:
            found = (
                math.log((self.items + IMAGINARY_ITEMS) / (self.counts.get(word, 0) + 0.5)) / self._heaviest
            )
            found = self._known[word] = min(max(found, 0.01), 1.0)
        return found

    def total(self, words: Iterable[int]) -> float:
        """Return the sum of weights."""
        known, weight = self._known, self.weight
        return sum(known[word] if word in known else weight(word) for word in words)

    def rarest(self, words: Iterable[int], number: int) -> list[int]:
        """Return the rarest words, ties by hash."""
        weight = self.weight
        return [word for _, word in heapq.nsmallest(number, [(-weight(word), word) for word in words])]
