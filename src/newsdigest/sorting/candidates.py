"""
Which earlier items a new one is compared with: at most a few dozen, whatever the stock.

Two ways lead to a candidate. Copies share word triples: of each item the 24 smallest hashes are
listed, a fair sample, so that two near-equal texts meet under many of them. Other tellings
(another language, another author) share rare names, numbers and concepts: of each item the
rarest are listed under its language, and others are asked for language by language, because
the many neighbours of its own would crowd out the one translation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import TypeVar

from newsdigest.sorting.features import Features, salted
from newsdigest.sorting.rarity import Rarity

LISTED = 40
LISTED_WORDING = 16
ASKED_OWN = 32
ASKED_OTHER = 80
ASKED_RARELY = 40
"""For languages that are neither German nor English; few items are in them."""
PER_KEY = 24
BY_WORDING = 12
BY_TELLING = 12
DOCUMENT, LINKING = 1, 9
"""Salts of addresses: of what stands there, and of what points there."""
LANGUAGES = ("de", "en", "other")
Name = TypeVar("Name", int, str)
"""How an index names its items: ids in memory, small numbers in the store."""


def listed(features: Features, rarity: Rarity) -> set[int]:
    """Return the keys under which an item is listed."""
    salt = _salt(features.language)
    telling = salted(rarity.rarest(features.telling, LISTED), salt)
    return {
        *_documents(features),
        *_pointed_at(features, LINKING),
        *_wording(features)[:LISTED_WORDING],
        *telling,
    }


class Question:
    """
    What candidates for one item are looked for under; made once, asked and answered.

    Attributes:
        keys: All of it, for the index.
    """

    def __init__(self, features: Features, rarity: Rarity) -> None:
        self._documents = [
            *_documents(features), *_pointed_at(features, DOCUMENT),
            *salted(features.documents, LINKING),
        ]  # fmt: skip
        self._wording = _wording(features)
        rarest = rarity.rarest(features.telling, ASKED_OTHER)
        weights = [rarity.weight(word) for word in rarest]
        self._telling = [
            list(zip(salted(rarest[:number], salt), weights, strict=False))
            for salt, number in _numbers(features.language)
        ]
        self.keys = {*self._documents, *self._wording, *(key for part in self._telling for key, _ in part)}

    def best(self, found: Mapping[int, Sequence[Name]], *, own: Name) -> list[Name]:
        """Return the most promising items, other than its own, from the listings of the keys."""
        chosen: dict[Name, None] = {}
        for key in self._documents:
            chosen.update(dict.fromkeys(found.get(key, ())))
        wording: Counter[Name] = Counter()
        for key in self._wording:
            if key in found:
                wording.update(found[key])
        chosen.update(dict.fromkeys(_top(wording, own, BY_WORDING)))
        for part in self._telling:
            scores: dict[Name, float] = {}
            for key, weight in part:
                for name in found.get(key, ()):
                    scores[name] = scores.get(name, 0.0) + weight
            chosen.update(dict.fromkeys(_top(scores, own, BY_TELLING)))
        chosen.pop(own, None)
        return list(chosen)


class Listing:
    """An index in memory: key to item ids, newest first."""

    def __init__(self, items: Iterable[Features], rarity: Rarity) -> None:
        self._rows: dict[int, list[str]] = {}
        for features in sorted(items, key=lambda one: (-one.day, one.id)):
            for key in listed(features, rarity):
                row = self._rows.setdefault(key, [])
                if len(row) < PER_KEY:
                    row.append(features.id)

    def look(self, keys: Iterable[int]) -> dict[int, list[str]]:
        """Return the listings of those keys that have any."""
        return {key: self._rows[key] for key in keys if key in self._rows}


def _top(scores: Mapping[Name, float], own: Name, number: int) -> list[Name]:
    best = nlargest(number + 1, zip(scores.values(), scores, strict=True))
    return [name for _, name in best if name != own][:number]


def _documents(features: Features) -> list[int]:
    return salted(features.documents, DOCUMENT)


def _pointed_at(features: Features, salt: int) -> list[int]:
    return salted(features.links, salt)


def _wording(features: Features) -> list[int]:
    return features.sample


def _numbers(language: str) -> list[tuple[int, int]]:
    """How many of the rarest are asked for under which language's salt."""
    own = _salt(language)
    asked = {_salt("de"): ASKED_OTHER, _salt("en"): ASKED_OTHER, _salt("other"): ASKED_RARELY, own: ASKED_OWN}
    return list(asked.items())


def _salt(language: str) -> int:
    return 2 + LANGUAGES.index(language if language in LANGUAGES else "other")
