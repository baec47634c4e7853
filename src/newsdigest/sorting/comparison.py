"""
The signals of two items: numbers between about 0 and 1 that the weights turn into one score.

Within a language, likeness of wording speaks for the same news and a *typed conflict* against
it: a month, an ordinal, an amount that one text gives at its head and the other has nowhere,
while that one gives another of the same type. Across languages wording is worth nothing; there
names, numbers, cognates and concepts shared count, each by its rarity.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping

from newsdigest.sorting import facts_in_text
from newsdigest.sorting.features import Features, fact_hash, name_hashes
from newsdigest.sorting.rarity import IMAGINARY_ITEMS, Rarity

SAME = (
    "shingles", "shingles_both", "words", "words_both", "title", "title_told", "title_equal", "text_equal",
    "days", "conflict_title", "conflict_lead", "missing_lead", "agreement", "same_house", "is_short", "is_cut",
    "rare", "shingles_x_title", "conflict_x_house",
)  # fmt: skip
"""Signals of two items in one language."""

ACROSS = (
    "cosine", "contained", "behind_rival", "before_rivals", "rare", "stems", "concepts", "title_stems",
    "title_concepts", "facts", "conflict_title", "conflict_lead", "missing_lead", "strong_facts", "days", "same_house",
    "is_short", "length_ratio", "is_cut", "vector",
)  # fmt: skip
"""Signals of two items in different languages; the last is 0 without sentence vectors."""

RETOLD = (
    "behind_rival", "before_rivals", "rare", "names", "name_in_title", "amounts", "counts", "stems", "title_stems",
    "concepts", "conflict_title", "conflict_lead", "days", "same_house", "is_short",
)  # fmt: skip
"""Signals of two items in one language that may be two authors' tellings."""

UNKNOWN_DAYS = 0.3
"""What an undated item counts for: about three days apart."""

TYPES = "nomyqvadr"
HARD_TYPES = "omqvry"
"""A difference in one of these tells two releases apart; counts and days are edited more often."""

RARE_NAME = 0.7
"""Weight from which a word of a name is one that few items have."""

ALIKE = 0.4
"""Share of word triples from which two items of one language are copies, and so no rivals."""


SAME_DEAL = 3
"""Amounts and days in common from which two releases of one house and day speak of one thing."""
HOPELESS, WEIGHED = 0.15, 24
"""Share of the lighter one's words below which two texts have nothing in common; words that are weighed first."""
LEAST_SHARED = 3
"""Terms two languages' texts must share at all; one word in two short titles is no translation."""
SAME_TEXT = 0.93
"""Share of word triples from which a text is the other, whatever stands above it."""
EDIT_WORDS, EDIT_SHARE = 30, 0.8
"""A text of at least so many word triples, so many of them kept, is an edit of the other."""


class Comparison:
    """Compares items under one set of word weights; what concerns a single item is computed once."""

    def __init__(self, features: Mapping[str, Features], rarity: Rarity) -> None:
        self._features = features
        self._rarity = rarity
        self._totals: dict[tuple[str, str], float] = {}
        self._cosines: dict[tuple[str, str], float] = {}
        self._rivals: dict[tuple[str, str], list[tuple[float, str]]] = {}
        self.retold: dict[tuple[str, str], float] = {}
        """What `retelling` found out about pairs."""

    def meet(self, pairs: Iterable[tuple[str, str]]) -> None:
        """
        Note which items are compared at all: another telling is known by being *more* alike than its rivals.

        Rivals of an item are its candidates in the other's language. All pairs of a run are
        announced before the first is scored, so that scores do not depend on their order.
        """
        for a, b in pairs:
            first, second = self._features[a], self._features[b]
            cosine = self.cosine(first, second)
            self._rivals.setdefault((a, second.language), []).append((cosine, b))
            self._rivals.setdefault((b, first.language), []).append((cosine, a))
        for row in self._rivals.values():
            row.sort(key=lambda rival: (-rival[0], rival[1]))

    def signals(self, a: Features, b: Features) -> tuple[float, ...]:
        """Return the signals named in SAME or ACROSS."""
        return self._same(a, b) if a.language == b.language else self._across(a, b)

    def is_hopeless(self, a: Features, b: Features) -> bool:
        """Whether a short look shows that two items have nothing in common."""
        if set(a.documents) & set(b.documents):
            return False
        if a.language != b.language:
            if len(a.telling_set & b.telling_set) < LEAST_SHARED:
                return True
            return self.cosine(a, b) < 0.04 and not (a.vector and b.vector)
        # Most pairs end here, so no sets are made of the second's words, and few words of it are weighed.
        if not a.shingle_set.isdisjoint(b.shingles):
            return False
        shared = self._rarity.total(a.word_set.intersection(b.words))
        return self._outweighs(a, shared / HOPELESS) and self._outweighs(b, shared / HOPELESS)

    def cosine(self, a: Features, b: Features) -> float:
        """Return how alike the vocabularies that both languages share are."""
        key = (a.id, b.id) if a.id < b.id else (b.id, a.id)
        known = self._cosines.get(key)
        if known is None:
            dot = self._rarity.squares(a.telling_set & b.telling_set)
            known = self._cosines[key] = dot / ((self._norm(a) * self._norm(b)) or 1)
        return known

    def _same(self, a: Features, b: Features) -> tuple[float, ...]:
        rarity = self._rarity
        shingles = len(a.shingle_set & b.shingle_set)
        fewer, all_ = min(len(a.shingles), len(b.shingles)), len(a.shingles) + len(b.shingles) - shingles
        words = a.word_set & b.word_set
        shared = rarity.total(words)
        weight_a, weight_b = self._total(a, "words"), self._total(b, "words")
        title_a, title_b = self._total(a, "title_set"), self._total(b, "title_set")
        both = rarity.total(a.title_set & b.title_set)
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
            max(self.told(a, b), self.told(b, a)),
            float(bool(a.title) and a.title == b.title),
            float(a.text_hash == b.text_hash and a.text_hash != 0),
            days_apart(a, b),
            in_title,
            in_lead,
            missing,
            agreement(a, b),
            same_house,
            1 / (1 + min(a.length, b.length) / 20),
            float(a.is_cut or b.is_cut),
            self.rarest(words),
            contained * likeness,
            in_lead * same_house,
        )

    def _across(self, a: Features, b: Features) -> tuple[float, ...]:
        cosine = self.cosine(a, b)
        gaps = self.before_rivals(a, b)
        in_title, in_lead, missing = conflicts(a, b)
        shorter, longer = sorted((a.length, b.length))
        shared = self._rarity.total(a.telling_set & b.telling_set)
        return (
            cosine,
            shared / (1.5 + min(self._total(a, "telling_set"), self._total(b, "telling_set"))),
            gaps[0],
            gaps[1],
            self.rarest(a.word_set & b.word_set),
            self.share(a, b, "stem_set"),
            self.share(a, b, "concept_set"),
            self.share(a, b, "title_stem_set"),
            self.share(a, b, "title_concept_set"),
            len(a.facts & b.facts) / (1 + min(len(a.facts), len(b.facts))),
            in_title,
            in_lead,
            missing,
            agreement(a, b),
            days_apart(a, b),
            float(a.house == b.house),
            1 / (1 + shorter / 20),
            shorter / longer if longer else 0.0,
            float(a.is_cut or b.is_cut),
            likeness_of_vectors(a, b),
        )

    def shared_names(self, a: Features, b: Features) -> int:
        """Return how many rare names of two words and more the two share: persons, institutions."""
        shared = a.couple_set & b.couple_set
        if not shared:
            return 0
        groups: list[set[int]] = []
        for couple in sorted(shared):
            touching = [group for group in groups if group & set(couple)]
            groups = [group for group in groups if group not in touching]
            groups.append(set(couple).union(*touching))
        weight = self._rarity.weight
        return sum(sum(weight(word) >= RARE_NAME for word in group) >= 1 for group in groups)

    def are_of_two_subjects(self, a: Features, b: Features) -> bool:
        """Whether each title names its own house and neither text the other's: two winners of one evening."""
        if a.house == b.house:
            return False
        mine, theirs = self._own_name(a), self._own_name(b)
        return bool(mine and theirs) and not (mine & b.told_set or theirs & a.told_set)

    def _own_name(self, one: Features) -> set[int]:
        """The rare words of a house's name, where its title names it."""
        weight = self._rarity.weight
        return {word for word in name_hashes(one.house) & one.title_set if weight(word) >= RARE_NAME}

    def weight(self, words: Iterable[int]) -> float:
        """Return the sum of the words' weights."""
        return self._rarity.total(words)

    def weight_of_name(self, name: str) -> float:
        """Return how rare the rarest word of a name is, 0 to 1."""
        return max((self._rarity.weight(hash_) for hash_ in name_hashes(name)), default=0.0)

    def named_in_title(self, one: Features) -> frozenset[int]:
        """Return the rarest words among the names in an item's title; a word nobody has where there is none."""
        names = {word for name in one.names for word in name_hashes(name)} & one.title_set
        heaviest = max(map(self._rarity.weight, names), default=0.0)
        if heaviest < RARE_NAME:
            return frozenset([-1])
        return frozenset(word for word in names if self._rarity.weight(word) >= heaviest - 0.02)

    def weight_of_fact(self, fact: str) -> float:
        """Return how rare a fact is, 0 to 1."""
        return self._rarity.weight(fact_hash(fact))

    def before_rivals(self, a: Features, b: Features) -> tuple[float, float]:
        """Return by how much two items are more alike than either is to its best rival, the lesser first."""
        cosine = self.cosine(a, b)
        first, second = cosine - self._best_rival(a, b), cosine - self._best_rival(b, a)
        return (first, second) if first < second else (second, first)

    @property
    def knows_words(self) -> bool:
        """Whether more real items were counted than imaginary ones: before, every word is about as rare."""
        return self._rarity.items >= IMAGINARY_ITEMS

    def _best_rival(self, one: Features, other: Features) -> float:
        """The likeness of the best candidate in the other's language that is a copy of neither."""
        is_own = one.language == other.language
        for cosine, id_ in self._rivals.get((one.id, other.language), ()):
            rival = self._features[id_]
            if id_ != other.id and not _are_copies(rival, other) and not (is_own and _are_copies(rival, one)):
                return cosine
        return 0.0

    def _total(self, one: Features, vocabulary: str) -> float:
        key = (one.id, vocabulary)
        known = self._totals.get(key)
        if known is None:
            known = self._totals[key] = self._rarity.total(getattr(one, vocabulary))
        return known

    def _outweighs(self, one: Features, weight: float) -> bool:
        """Whether an item's words weigh more than that; few of them tell, as a rule."""
        return self._rarity.total(one.words[:WEIGHED]) > weight or self._total(one, "words") > weight

    def _norm(self, one: Features) -> float:
        key = (one.id, "norm")
        known = self._totals.get(key)
        if known is None:
            known = self._totals[key] = math.sqrt(self._rarity.squares(one.telling_set))
        return known

    def told(self, a: Features, b: Features) -> float:
        """Return the share of a's title, by weight, that stands somewhere in b."""
        weight = self._total(a, "title_set")
        return self._rarity.total(a.title_set & (b.word_set | b.title_set)) / weight if weight else 0.0

    def rarest(self, words: Iterable[int], number: int = 5) -> float:
        """Return the mean weight of the rarest words, 0 to about 1; of words that are not there it is 0."""
        return sum(sorted(map(self._rarity.weight, words), reverse=True)[:number]) / number

    def share(self, a: Features, b: Features, vocabulary: str) -> float:
        """Return the shared weight of a vocabulary as a share of the lighter side's, drawn to 0 for few."""
        lighter = min(self._total(a, vocabulary), self._total(b, vocabulary))
        if not lighter:
            return 0.0
        return self._rarity.total(getattr(a, vocabulary) & getattr(b, vocabulary)) / (lighter + 0.7)


def _are_copies(a: Features, b: Features) -> bool:
    if a.title and a.title == b.title:
        return True
    fewer = min(len(a.shingles), len(b.shingles))
    return bool(fewer) and len(a.shingle_set & b.shingle_set) >= ALIKE * fewer


def conflicts(a: Features, b: Features) -> tuple[float, float, float]:
    """
    Return how much the facts of two items contradict each other.

    The first is for titles, the second for leads (with titles): the number of types of which each
    has one that the other has nowhere. The third is the share of facts in either lead that the
    other does not have at all, whatever it says instead.
    """
    mine = [fact for fact in a.lead_facts if not facts_in_text.is_told(fact, b.facts)]
    theirs = [fact for fact in b.lead_facts if not facts_in_text.is_told(fact, a.facts)]
    in_lead = _conflict({fact[0] for fact in mine}, {fact[0] for fact in theirs})
    in_title = in_lead and _conflict(
        {fact[0] for fact in mine if fact in a.title_facts},
        {fact[0] for fact in theirs if fact in b.title_facts},
    )
    missing = (0 if b.is_cut else len(mine)) + (0 if a.is_cut else len(theirs))
    return in_title, in_lead, missing / (2 + len(a.lead_facts) + len(b.lead_facts))


def agreement(a: Features, b: Features) -> float:
    """Return how strongly hard facts agree: the same amount, reference or version, or a day of both leads."""
    strong = {fact for fact in a.facts & b.facts if fact[0] in "arv"}
    days = {fact for fact in a.lead_facts & b.lead_facts if fact[0] == "d"}
    near = {fact for fact in a.facts - b.facts if fact[0] == "a" and facts_in_text.is_told(fact, b.facts)}
    return min(len(strong) + len(near) + 0.5 * len(days), 3) / 3


def contradictions(a: Features, b: Features) -> list[tuple[str, str]]:
    """
    Return pairs of facts that show two items to be different news, however alike their wording.

    Numbered meetings, jobs, versions, quarters: each head names its own ordinal, reference,
    version, quarter, month or year, and the other text does not have it anywhere. A plain
    number counts in titles only, as counts inside a text are often corrected or rounded. A
    reference or version that both titles name outweighs the rest, which is then a slip.
    """
    if any(fact[0] in "rv" for fact in a.title_facts & b.title_facts):
        return []
    found = _other_numbers_of_one_series(a, b) or _other_subjects(a, b)
    for kind in HARD_TYPES:
        # Years and, across languages, months stand in many a text beside the one that matters.
        in_title = kind == "y" or (kind == "m" and a.language != b.language)
        mine, theirs = (a.title_facts, b.title_facts) if in_title else (a.lead_facts, b.lead_facts)
        found += _replaced(mine, theirs, a.facts, b.facts, kind)
    if not found and not _is_edit(a, b):
        found = _replaced(a.title_facts, b.title_facts, a.facts, b.facts, "nv")
    return found


def _other_numbers_of_one_series(a: Features, b: Features) -> list[tuple[str, str]]:
    """File, job and call numbers stand anywhere in a text; ZT-2026-17 and ZT-2026-18 are two jobs."""
    mine, theirs = _references(a), _references(b)
    for series in sorted(mine.keys() & theirs.keys()):
        if not mine[series] & theirs[series]:
            return [(min(mine[series]), min(theirs[series]))]
    return []


def _references(one: Features) -> dict[str, set[str]]:
    """References by series: what is left of them without the last number."""
    found: dict[str, set[str]] = {}
    for fact in one.facts:
        if fact[0] == "r" and not fact.startswith("r:10."):
            found.setdefault(fact.rstrip("0123456789"), set()).add(fact)
    return found


def _other_subjects(a: Features, b: Features) -> list[tuple[str, str]]:
    """
    Two texts of one house whose titles each name something the other text does not know.

    One house's texts are written over a template, so that "Region Nord" and "Region Süd" alone
    tell two jobs apart. Copies under another title keep their text and are left alone.
    """
    if a.house != b.house or a.language != b.language:
        return []
    if a.page and a.page == b.page and a.title_set != b.title_set and not set(a.documents) & set(b.documents):
        return [("w:title", "w:title")]  # a page lists each item once
    if _tell_one_deal(a, b):
        return []
    fewer = min(len(a.shingles), len(b.shingles))
    if fewer and len(a.shingle_set & b.shingle_set) >= SAME_TEXT * fewer:
        return []
    mine = (a.title_set & a.word_set) - b.word_set
    theirs = (b.title_set & b.word_set) - a.word_set
    return [("w:title", "w:title")] if mine and theirs else []


def _tell_one_deal(a: Features, b: Features) -> bool:
    """A company's ad hoc and its own news of the hour: other words, but the same sums and the same days."""
    if abs(a.day - b.day) > 1 or {a.kind, b.kind} & {"call", "job", "event"}:
        return False
    shared = [fact[0] for fact in a.facts & b.facts if fact[0] in "ad"]
    return len(shared) >= SAME_DEAL and {"a", "d"} <= set(shared)


def _is_edit(a: Features, b: Features) -> bool:
    """Whether one long text is the other but for a few words: then a number in its title was corrected."""
    fewer = min(len(a.shingles), len(b.shingles))
    days = _replaced(a.lead_facts, b.lead_facts, a.facts, b.facts, "d")
    return not days and fewer >= EDIT_WORDS and len(a.shingle_set & b.shingle_set) >= EDIT_SHARE * fewer


def _replaced(
    mine: frozenset[str], theirs: frozenset[str], my_all: frozenset[str], their_all: frozenset[str], kind: str
) -> list[tuple[str, str]]:
    only_mine = sorted(f for f in mine if f[0] in kind and not facts_in_text.is_told(f, their_all))
    only_theirs = sorted(f for f in theirs if f[0] in kind and not facts_in_text.is_told(f, my_all))
    return [(only_mine[0], only_theirs[0])] if only_mine and only_theirs else []


def likeness_of_vectors(a: Features, b: Features) -> float:
    """Return the cosine of the two sentence vectors, 0 where one has none."""
    if not a.vector or not b.vector or len(a.vector) != len(b.vector):
        return 0.0
    mine, theirs = a.vector_values, b.vector_values
    dot: float = sum(map(operator.mul, mine, theirs))
    return dot / 1e4


def _conflict(mine: set[str], theirs: set[str]) -> float:
    """How much the types weigh of which either side has a fact that the other does not tell."""
    both = mine & theirs
    found = sum(1.0 if kind in HARD_TYPES + "a" else 0.5 for kind in both if kind in TYPES)
    return min(found, 3) / 3


def days_apart(a: Features, b: Features) -> float:
    """Return the logarithm of the days between two items, 0 to 1."""
    if a.day <= 0 or b.day <= 0:
        return UNKNOWN_DAYS
    return min(math.log1p(abs(a.day - b.day)), 5) / 5
