"""
The same event in another author's words: ministry and association, member and institute.

Wording says nothing here. What two authors of one event share are rare names and terms, told on
nearly the same days, and more of them than either shares with anything else. A regression of its
own weighs that, learnt from invented news that up to seven authors tell each in their own words
(`tools/retold/`). Beside it stand a few rules for what it has seen too rarely: the hard facts at
the head of two texts (a call by its deadline and sum), a new member's greeting, a newspaper's bare
headline. Whatever is found is only ever proposed.

Signals tried and left out of the regression, as they gained nothing: the share of either title told by the
other, shared full names, days and references, and how much of a lead the other lacks.
"""

from __future__ import annotations

from newsdigest.sorting import comparison as signals
from newsdigest.sorting import facts_in_text
from newsdigest.sorting.comparison import Comparison
from newsdigest.sorting.features import Features, is_linked, shared_names
from newsdigest.sorting.weights import Model

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
STATEMENT, NEW_MEMBER = "statement", "new_member"
REPORTS = ("", "news", "people")
SEVERAL = 2
"""Rare full names (a person, an institution) that make it unlikely that two houses' news of a day are two."""
NAME, LINK, FURTHER = 0.6, 1.0, 0.3
"""Points for each such name, for a link to the other's page, for each further amount or day in common."""
HEADLINE, HEADLINE_DAYS = 16, 3.0
"""Words up to which an item is a bare headline (with a paywall's line)."""
TOLD = 0.5
"""Share of a headline's weight that the release must tell."""
MEMBER_DAYS = 45.0
MOST_FACTS = 3
LONGEST_DAYS = 21.0
"""Days beyond which the regression says no to everything it was taught, and need not be asked."""
POINTS = {"r": 1.4, "a": 1.0, "d": 0.6}
"""References, amounts of money, days; counts, ordinals and versions recur in every report of a series."""


def score(a: Features, b: Features, comparison: Comparison, model: Model) -> float:
    """Return 0, or 0.5 to 0.9 by how probably the two tell one event; never sure."""
    if _is_same_member(a, b, comparison):
        return PROPOSED
    likely = probability(a, b, comparison, model)
    by_words = (likely - model.probable) / (1 - model.probable)
    by_facts = _points(a, b, comparison) - NEEDED
    if by_words >= 0 or by_facts >= 0:
        return min(0.9, PROPOSED + max(0.4 * by_words, by_facts / 4))
    return _headline(a, b, comparison)


def may_stand_beside(a: Features, b: Features, comparison: Comparison, model: Model) -> bool:
    """Whether two items may be in one story when others connect them: authors of one event need no words alike."""
    return (
        _is_same_member(a, b, comparison)
        or _is_named_in_headline(a, b, comparison)
        or probability(a, b, comparison, model) >= model.differ
        or _points(a, b, comparison) >= NEEDED_BESIDE
    )


def probability(a: Features, b: Features, comparison: Comparison, model: Model) -> float:
    """
    Return how probably two items of one language are tellings of one event, 0 to 1.

    It is 0 across languages, and in a workspace's first days: while every word is rare, two clinics with one
    machine would be one event.
    """
    if a.language != b.language or (STATEMENT in (a.kind, b.kind) and a.house != b.house):
        return 0.0  # a reaction to a policy is other news than the policy, and than another's reaction
    if not comparison.knows_words or abs(a.day - b.day) > LONGEST_DAYS:
        return 0.0
    key = (a.id, b.id) if a.id < b.id else (b.id, a.id)
    known = comparison.retold.get(key)
    if known is None:  # asked for by the match and again by every veto
        known = comparison.retold[key] = model.score(weigh(a, b, comparison))
    return known


def weigh(a: Features, b: Features, comparison: Comparison) -> tuple[float, ...]:
    """Return the signals named in `comparison.RETOLD`."""
    told = [fact for fact in a.lead_facts if facts_in_text.is_told(fact, b.facts)]
    told += [fact for fact in b.lead_facts - a.lead_facts if facts_in_text.is_told(fact, a.facts)]
    in_title, in_lead, _ = signals.conflicts(a, b)
    in_titles = (a.name_set & a.title_set & b.told_set) | (b.name_set & b.title_set & a.told_set)
    return (
        *comparison.before_rivals(a, b),
        comparison.rarest(a.told_set & b.told_set),
        comparison.rarest(a.name_set & b.name_set, 4),
        comparison.rarest(in_titles, 1),
        _weight_of_facts(told, "a", comparison),
        _weight_of_facts(told, "n", comparison),
        comparison.share(a, b, "stem_set"),
        comparison.share(a, b, "title_stem_set"),
        comparison.share(a, b, "concept_set"),
        in_title,
        in_lead,
        signals.days_apart(a, b),
        float(a.house == b.house),
        1 / (1 + min(a.length, b.length) / 20),
    )


def _weight_of_facts(told: list[str], kind: str, comparison: Comparison) -> float:
    """The weight of the rarest facts of a kind that both tell; a fact of many items tells little."""
    weights = sorted((comparison.weight_of_fact(fact) for fact in told if fact[0] == kind), reverse=True)
    return sum(weights[:MOST_FACTS])


def _points(a: Features, b: Features, comparison: Comparison) -> float:
    apart = abs(a.day - b.day) if a.day > 0 and b.day > 0 else 0.0
    if apart > MAX_DAYS or (a.kind == STATEMENT) != (b.kind == STATEMENT):
        return 0.0  # a reaction to a policy is other news than the policy
    facts, kinds = _facts(a, b, comparison)  # first, as most pairs share none
    names = comparison.shared_names(a, b)
    linked = is_linked(a, b)
    if not kinds and not linked and names < SEVERAL:
        return 0.0
    alike = comparison.cosine(a, b)
    if alike < LEAST_ALIKE:
        return 0.0
    is_other_house = a.house != b.house
    is_well_alike = alike >= WELL_ALIKE and is_other_house
    # Of one visit two houses name the guest and his institution on the same day.
    is_one_day = (
        names >= SEVERAL and is_other_house and apart <= 1.5 and a.kind == b.kind and a.kind in REPORTS
    )
    if not (kinds & {"r", "a"} or is_one_day or (kinds and (is_well_alike or linked))):
        return 0.0
    points = facts + 4 * alike + _title(a, b, comparison) + NAME * min(names, 3) + LINK * linked
    return points - 0.5 * (not is_other_house and a.language == b.language)


def _facts(a: Features, b: Features, comparison: Comparison) -> tuple[float, set[str]]:
    """Weigh facts told at the head of one and anywhere in the other; those of many items tell nothing."""
    told = {fact for fact in a.lead_facts if fact[0] in POINTS and facts_in_text.is_told(fact, b.facts)}
    told |= {fact for fact in b.lead_facts if fact[0] in POINTS and facts_in_text.is_told(fact, a.facts)}
    best: dict[str, float] = {}
    for fact in told:
        best[fact[0]] = max(best.get(fact[0], 0.0), comparison.weight_of_fact(fact))
    rare = {kind for kind, weight in best.items() if weight >= RARE}
    further = len([fact for fact in told & a.facts & b.facts if fact[0] in rare]) - len(rare)
    return sum(POINTS[kind] * best[kind] for kind in rare) + FURTHER * max(0, min(further, 3)), rare


def _headline(a: Features, b: Features, comparison: Comparison) -> float:
    """
    A newspaper's bare headline, and the release it is about: most of its words stand there, one in the title.

    Compared by stems, as a headline has its own compounds ("Anlegergeld", "Anleger").
    """
    short, long = (a, b) if a.length < b.length else (b, a)
    if (
        short.length >= HEADLINE
        or long.length < 2 * HEADLINE
        or a.house == b.house
        or a.language != b.language
    ):
        return 0.0
    if abs(a.day - b.day) > HEADLINE_DAYS:
        return 0.0
    stems = short.title_stem_set & long.stem_set
    total = comparison.weight(short.title_stem_set)
    told = comparison.weight(stems) / total if total else 0.0
    in_title = max((comparison.weight([stem]) for stem in stems & long.title_stem_set), default=0.0)
    if len(stems) < 3 or told < TOLD or in_title < RARE:
        return 0.0
    return min(0.9, PROPOSED + (told - TOLD) / 2)


def _is_named_in_headline(a: Features, b: Features, comparison: Comparison) -> bool:
    """A bare headline has no text whose difference could speak against a release that its title names."""
    if min(a.length, b.length) >= HEADLINE or a.language != b.language:
        return False
    return (
        max((comparison.weight([stem]) for stem in a.title_stem_set & b.title_stem_set), default=0.0) >= RARE
    )


def _is_same_member(a: Features, b: Features, comparison: Comparison) -> bool:
    """Both greet a new member: the name that is rarest in one's title stands in the other, and so does another name."""
    if {a.kind, b.kind} != {NEW_MEMBER} or abs(a.day - b.day) > MEMBER_DAYS or a.house == b.house:
        return False
    shared = [name for name in shared_names(a, b) if comparison.weight_of_name(name) >= RARE]
    named = comparison.named_in_title(a) <= b.told_set or comparison.named_in_title(b) <= a.told_set
    return named and len(shared) >= SEVERAL


RARE = 0.5
"""Weight of a fact told by a handful of items among hundreds."""


def _title(a: Features, b: Features, comparison: Comparison) -> float:
    """How much of the weight of either title the other tells."""
    return 1.5 * max(comparison.told(a, b), comparison.told(b, a)) if a.language == b.language else 0.5
