"""
The same event in another author's words: ministry and association, member and institute.

Wording says nothing here, and a regression over wording learns nothing about it. What two
authors of one event share are the hard facts at the head of their texts. So these few rules
count them; whatever they find is only ever proposed.
"""

from __future__ import annotations

from newsdigest.sorting import facts_in_text
from newsdigest.sorting.comparison import Comparison
from newsdigest.sorting.features import Features

MAX_DAYS = 6.0
LEAST_ALIKE = 0.07
"""Cosine below which two texts share facts by chance (two awards of one evening)."""

WELL_ALIKE = 0.35
"""Cosine from which a day alone is fact enough for texts of two houses; one house's share a template."""

PROPOSED = 0.5

NEEDED = 2.4
"""Points from which two items are proposed as one story."""
NEEDED_BESIDE = 1.6
"""Points from which the lack of shared wording is no veto, when another item connects the two."""
POINTS = {"r": 1.4, "a": 1.0, "d": 0.6}
"""References, amounts of money, days; counts, ordinals and versions recur in every report of a series."""


def score(a: Features, b: Features, comparison: Comparison) -> float:
    """Return 0, or 0.5 to 0.9 by how many rare facts and words the two share; never sure."""
    points = _points(a, b, comparison)
    return min(0.9, PROPOSED + (points - NEEDED) / 4) if points >= NEEDED else 0.0


def may_stand_beside(a: Features, b: Features, comparison: Comparison) -> bool:
    """Whether two items may be in one story when others connect them: authors of one event need no words alike."""
    return _points(a, b, comparison) >= NEEDED_BESIDE


def _points(a: Features, b: Features, comparison: Comparison) -> float:
    if abs(a.day - b.day) > MAX_DAYS and a.day > 0 and b.day > 0:
        return 0.0
    facts, kinds = _facts(a, b, comparison)  # first, as most pairs share none
    if not kinds:
        return 0.0
    alike = comparison.cosine(a, b)
    if alike < LEAST_ALIKE:
        return 0.0
    is_well_alike = alike >= WELL_ALIKE and a.house != b.house
    if not kinds & {"r", "a"} and not is_well_alike:
        return 0.0
    return facts + 4 * alike + _title(a, b, comparison) - 0.5 * (a.house == b.house)


def _facts(a: Features, b: Features, comparison: Comparison) -> tuple[float, set[str]]:
    """Weigh facts told at the head of one and anywhere in the other; those of many items tell nothing."""
    told = {fact for fact in a.lead_facts if fact[0] in POINTS and facts_in_text.is_told(fact, b.facts)}
    told |= {fact for fact in b.lead_facts if fact[0] in POINTS and facts_in_text.is_told(fact, a.facts)}
    best: dict[str, float] = {}
    for fact in told:
        best[fact[0]] = max(best.get(fact[0], 0.0), comparison.weight_of_fact(fact))
    rare = {kind for kind, weight in best.items() if weight >= RARE}
    return sum(POINTS[kind] * best[kind] for kind in rare), rare


RARE = 0.5
"""Weight of a fact told by a handful of items among hundreds."""


def _title(a: Features, b: Features, comparison: Comparison) -> float:
    """How much of the weight of either title the other tells."""
    return 1.5 * max(comparison.told(a, b), comparison.told(b, a)) if a.language == b.language else 0.5
