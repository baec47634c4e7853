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
from collections.abc import Iterable, Iterator, Mapping, Sequence

from newsdigest.sorting.features import Features, mixed, salted
from newsdigest.sorting.rarity import Rarity

SHINGLES = 24
LISTED = 100
ASKED_OWN = 32
ASKED_OTHER = 120
PER_KEY = 24
BY_WORDING = 12
BY_TELLING = 12
LANGUAGES = ("de", "en", "other")


def listed(features: Features, rarity: Rarity) -> set[int]:
    """Return the keys under which an item is listed."""
    salt = _salt(features.language)
    telling = (salted(word, salt) for word in rarity.rarest(features.telling, LISTED))
    return {*_documents(features), *_wording(features), *telling}


def asked(features: Features, rarity: Rarity) -> set[int]:
    """Return the keys under which candidates for an item are looked for."""
    telling = (key for _, asked in _telling(features, rarity) for key, _ in asked)
    return {*_documents(features), *_wording(features), *telling}


def best(features: Features, found: Mapping[int, Sequence[str]], rarity: Rarity) -> list[str]:
    """Return the most promising item ids for one item from the listings of its keys."""
    chosen: dict[str, None] = {}
    for key in _documents(features):
        chosen.update(dict.fromkeys(found.get(key, ())))
    wording: Counter[str] = Counter()
    for key in _wording(features):
        wording.update(found.get(key, ()))
    chosen.update(dict.fromkeys(_top(wording, features.id, BY_WORDING)))
    for _, keys in _telling(features, rarity):
        scores: dict[str, float] = {}
        for key, weight in keys:
            for item_id in found.get(key, ()):
                scores[item_id] = scores.get(item_id, 0.0) + weight
        chosen.update(dict.fromkeys(_top(scores, features.id, BY_TELLING)))
    chosen.pop(features.id, None)
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


def _top(scores: Mapping[str, float], own: str, number: int) -> list[str]:
    others = (id_ for id_ in scores if id_ != own)
    return sorted(others, key=lambda id_: (-scores[id_], id_))[:number]


def _documents(features: Features) -> list[int]:
    return [salted(hash_, 1) for hash_ in features.documents]


def _wording(features: Features) -> list[int]:
    return sorted(mixed(shingle) for shingle in features.shingles)[:SHINGLES]


def _telling(features: Features, rarity: Rarity) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Yield for each language the keys asked for there, with their weights."""
    rarest = rarity.rarest(features.telling, ASKED_OTHER)
    for language in LANGUAGES:
        salt = _salt(language)
        number = ASKED_OWN if salt == _salt(features.language) else ASKED_OTHER
        yield language, [(salted(word, salt), rarity.weight(word)) for word in rarest[:number]]


def _salt(language: str) -> int:
    return 2 + LANGUAGES.index(language if language in LANGUAGES else "other")
