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


class _Weights(dict[int, float]):
    """Weights by hash, worked out when first asked for; a lookup that hits costs no call of ours."""

    def __init__(self, counts: Mapping[int, int], items: int) -> None:
        super().__init__()
        self._counts = counts
        self._items = items + IMAGINARY_ITEMS
        self._heaviest = math.log(self._items / 1.5)
        self._by_count: dict[int, float] = {}

    def __missing__(self, word: int) -> float:
        count = self._counts.get(word, 0)
        found = self._by_count.get(count)
        if found is None:  # most words have one of few counts
            found = math.log(self._items / (count + 0.5)) / self._heaviest
            self._by_count[count] = found = min(max(found, 0.01), 1.0)
        self[word] = found
        return found


@dataclass
class Rarity:
    """Weights of hashes, from the logarithm of how many items there are for one that has it."""

    counts: Mapping[int, int]
    items: int
    _weights: _Weights = field(init=False, repr=False)
    _ranked: dict[tuple[int, ...], list[int]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._weights = _Weights(self.counts, self.items)

    def weight(self, word: int) -> float:
        """
        Return the weight: about 0 for a word in every item, 1 for one met once.

        Put in proportion to the size of the stock, so that thresholds learnt on a large one hold
        for a workspace's first hundred items.
        """
        return self._weights[word]

    def total(self, words: Iterable[int]) -> float:
        """Return the sum of weights."""
        return sum(map(self._weights.__getitem__, words))

    def squares(self, words: Iterable[int]) -> float:
        """Return the sum of squared weights."""
        weights = [self._weights[word] for word in words]
        return sum(weight * weight for weight in weights)

    def rarest(self, words: tuple[int, ...], number: int) -> list[int]:
        """Return the rarest words, ties by hash."""
        ranked = self._ranked.get(words)
        if ranked is None:  # asked for three times an item: to list it, to ask, to keep it
            # Sorted twice, as sorting pairs of weight and hash takes five times as long.
            self._ranked[words] = ranked = sorted(sorted(words), key=self._weights.__getitem__, reverse=True)
        return ranked[:number]
