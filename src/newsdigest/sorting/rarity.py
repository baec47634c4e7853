"""
How much a word tells: rare ones much, house words nothing.

Counted over the association's own items, so that "Medizintechnik", in every second of them,
weighs little without anybody having listed it. A new workspace has counted little; a few
hundred imaginary items without the word keep the first weights sober.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

IMAGINARY_ITEMS = 100


@dataclass
class Rarity:
    """Weights of hashes: the logarithm of how many items there are for one that has it."""

    counts: Mapping[int, int]
    items: int
    _known: dict[int, float] = field(default_factory=dict)

    def weight(self, word: int) -> float:
        """Return the weight, about 0 for a word in every item, 9 for a unique one among 10,000."""
        found = self._known.get(word)
        if found is None:
            found = math.log((self.items + IMAGINARY_ITEMS) / (self.counts.get(word, 0) + 0.5))
            found = self._known[word] = max(found, 0.05)
        return found

    def total(self, words: Iterable[int]) -> float:
        """Return the sum of weights."""
        known, weight = self._known, self.weight
        return sum(known[word] if word in known else weight(word) for word in words)

    def rarest(self, words: Iterable[int], number: int) -> list[int]:
        """Return the rarest words, ties by hash."""
        return sorted(words, key=lambda word: (-self.weight(word), word))[:number]
