"""
The signals of two items: numbers between about 0 and 1 that the weights turn into one score.

Within a language, likeness of wording speaks for the same news and a *typed conflict* against
it: a month, an ordinal, an amount that one text gives at its head and the other has nowhere,
while that one gives another of the same type. Across languages wording is worth nothing; there
names, numbers, cognates and concepts shared count, each by its rarity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from newsdigest.sorting import facts_in_text
from newsdigest.sorting.features import Features
from newsdigest.sorting.rarity import Rarity

SAME = (
    "shingles", "shingles_both", "words", "words_both", "title", "title_told", "title_equal", "text_equal",
    "days", "conflict_title", "conflict_lead", "missing_lead", "agreement", "same_house", "is_short", "is_cut",
    "rare", "shingles_x_title", "conflict_x_house",
)  # fmt: skip
"""Signals of two items in one language."""

ACROSS = (
    "rare", "rare_share", "stems", "concepts", "title_stems", "title_concepts", "facts", "conflict_title",
    "conflict_lead", "missing_lead", "strong_facts", "days", "same_house", "is_short", "length_ratio", "is_cut", "vector",
)  # fmt: skip
"""Signals of two items in different languages; the last is 0 without sentence vectors."""

UNKNOWN_DAYS = 0.3
"""What an undated item counts for: about three days apart."""

TYPES = "nomyqvadr"
HARD_TYPES = "omqvar"
"""A difference in one of these tells two releases apart; counts and days are edited more often."""


def same_language(a: Features, b: Features, rarity: Rarity) -> tuple[float, ...]:
    """Return the signals named in SAME."""
    shingles = len(a.shingle_set & b.shingle_set)
    fewer, all_ = min(len(a.shingles), len(b.shingles)), len(a.shingle_set | b.shingle_set)
    shared = rarity.total(a.word_set & b.word_set)
    weight_a, weight_b = rarity.total(a.words), rarity.total(b.words)
    title_a, title_b, both = _title_weights(a, b, rarity)
    contained = shingles / fewer if fewer else 0.0
    in_title, in_lead, missing = conflicts(a, b)
    same_house = float(a.house == b.house)
    likeness = 2 * both / (title_a + title_b) if title_a + title_b else 0.0
    return (
        contained,
        shingles / all_ if all_ else 0.0,
        shared / min(weight_a, weight_b) if weight_a and weight_b else 0.0,
        shared / (weight_a + weight_b - shared) if shared else 0.0,
        likeness,
        max(_told(a, b, title_a, rarity), _told(b, a, title_b, rarity)),
        float(bool(a.title) and a.title == b.title),
        float(a.text_hash == b.text_hash and a.text_hash != 0),
        _days(a, b),
        in_title,
        in_lead,
        missing,
        agreement(a, b),
        same_house,
        1 / (1 + min(a.length, b.length) / 20),
        float(a.is_cut or b.is_cut),
        _rare(a.word_set & b.word_set, rarity),
        contained * likeness,
        in_lead * same_house,
    )


def across(a: Features, b: Features, rarity: Rarity) -> tuple[float, ...]:
    """Return the signals named in ACROSS."""
    words = a.word_set & b.word_set
    shared = rarity.total(words)
    in_title, in_lead, missing = conflicts(a, b)
    facts = {fact for fact in a.facts & b.facts if fact[0] != "w"}
    fewer = min(len(a.facts), len(b.facts))
    shorter, longer = sorted((a.length, b.length))
    return (
        _rare(words, rarity),
        shared / (10 + min(rarity.total(a.words), rarity.total(b.words))),
        _share(a.stem_set, b.stem_set, rarity),
        _share(a.concept_set, b.concept_set, rarity),
        _share(frozenset(a.title_stems), frozenset(b.title_stems), rarity),
        _share(frozenset(a.title_concepts), frozenset(b.title_concepts), rarity),
        len(facts) / (1 + fewer),
        in_title,
        in_lead,
        missing,
        agreement(a, b),
        _days(a, b),
        float(a.house == b.house),
        1 / (1 + shorter / 20),
        shorter / longer if longer else 0.0,
        float(a.is_cut or b.is_cut),
        likeness_of_vectors(a, b),
    )


def conflicts(a: Features, b: Features) -> tuple[float, float, float]:
    """
    Return how much the facts of two items contradict each other.

    The first is for titles, the second for leads (with titles): the number of types of which each
    has one that the other has nowhere. The third is the share of facts in either lead that the
    other does not have at all, whatever it says instead.
    """
    in_title = _conflict(a.title_facts, b.facts, b.title_facts, a.facts)
    in_lead = _conflict(a.lead_facts, b.facts, b.lead_facts, a.facts)
    missing = [fact for fact in a.lead_facts if not facts_in_text.is_told(fact, b.facts)] if not b.is_cut else []
    missing += [fact for fact in b.lead_facts if not facts_in_text.is_told(fact, a.facts)] if not a.is_cut else []
    return in_title, in_lead, len(missing) / (2 + len(a.lead_facts) + len(b.lead_facts))


def agreement(a: Features, b: Features) -> float:
    """Return how strongly hard facts agree: the same amount, reference or version, or a day of both leads."""
    strong = {fact for fact in a.facts & b.facts if fact[0] in "arv"}
    days = {fact for fact in a.lead_facts & b.lead_facts if fact[0] == "d"}
    near = {
        fact for fact in a.facts - b.facts if fact[0] == "a" and facts_in_text.is_told(fact, b.facts)
    }
    return min(len(strong) + len(near) + 0.5 * len(days), 3) / 3


def differing(a: Features, b: Features) -> list[tuple[str, str]]:
    """Return pairs of facts of one type that stand at the heads of the two and contradict each other."""
    found = []
    for kind in HARD_TYPES + "d":
        mine = sorted(f for f in a.lead_facts if f[0] == kind and not facts_in_text.is_told(f, b.facts))
        theirs = sorted(f for f in b.lead_facts if f[0] == kind and not facts_in_text.is_told(f, a.facts))
        if mine and theirs:
            found.append((mine[0], theirs[0]))
    return found


def likeness_of_vectors(a: Features, b: Features) -> float:
    """Return the cosine of the two sentence vectors, 0 where one has none."""
    if not a.vector or not b.vector or len(a.vector) != len(b.vector):
        return 0.0
    mine, theirs = memoryview(a.vector).cast("b"), memoryview(b.vector).cast("b")
    dot = sum(x * y for x, y in zip(mine, theirs, strict=True))
    return dot / math.sqrt(sum(x * x for x in mine) * sum(y * y for y in theirs) or 1)


def _conflict(
    mine: frozenset[str], their_all: frozenset[str], theirs: frozenset[str], my_all: frozenset[str]
) -> float:
    found = 0.0
    for kind in TYPES:
        if any(f[0] == kind and not facts_in_text.is_told(f, their_all) for f in mine) and any(
            f[0] == kind and not facts_in_text.is_told(f, my_all) for f in theirs
        ):
            found += 1.0 if kind in HARD_TYPES else 0.5
    return min(found, 3) / 3


def _title_weights(a: Features, b: Features, rarity: Rarity) -> tuple[float, float, float]:
    return rarity.total(a.title_set), rarity.total(b.title_set), rarity.total(a.title_set & b.title_set)


def _told(a: Features, b: Features, weight: float, rarity: Rarity) -> float:
    """The share of a's title, by weight, that stands somewhere in b."""
    if not weight:
        return 0.0
    return rarity.total(a.title_set & (b.word_set | b.title_set)) / weight


def _rare(words: Iterable[int], rarity: Rarity) -> float:
    """The weight of the three rarest words, 0 to about 1."""
    top = sorted((rarity.weight(word) for word in words), reverse=True)[:5]
    return sum(top) / 40


def _share(a: frozenset[int], b: frozenset[int], rarity: Rarity) -> float:
    """The shared weight as a share of the lighter side's, drawn to 0 for few."""
    lighter = min(rarity.total(a), rarity.total(b))
    return rarity.total(a & b) / (lighter + 5) if lighter else 0.0


def _days(a: Features, b: Features) -> float:
    if a.day <= 0 or b.day <= 0:
        return UNKNOWN_DAYS
    return min(math.log1p(abs(a.day - b.day)), 5) / 5
