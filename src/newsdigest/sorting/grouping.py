"""
Which items tell one story: pairs are judged, groups made, reasons kept.

Pure: the sort job hands in the features of new items, of their candidates and of all members of
the stories those are in, and stores what comes back. The same set of new items gives the same
stories in whatever order they came.

A wrong merge loses a member's news silently, a double costs a glance. So items join silently
(`merged`) only where wording leaves no doubt and no hard fact differs; all else above the
threshold is `proposed`: one story, with a reason, for an editor to accept or split.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsdigest.model import ids
from newsdigest.model.stories import Correction, CorrectionRecord, Match, MatchState, Story
from newsdigest.sorting import comparison, reasons, retelling, round_ups
from newsdigest.sorting.clustering import Edge, Groups, cluster
from newsdigest.sorting.features import Features
from newsdigest.sorting.rarity import Rarity
from newsdigest.sorting.weights import Model, Weights


@dataclass(frozen=True, slots=True)
class Decisions:
    """What editors decided about pairs, the latest word of each pair counting."""

    same: frozenset[tuple[str, str]] = frozenset()
    never: frozenset[tuple[str, str]] = frozenset()
    by: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Stories to store, ids of stories that others have swallowed, and round-ups with what they tell among others."""

    stories: tuple[Story, ...]
    removed: tuple[str, ...]
    attached: tuple[Match, ...] = ()


def decisions(corrections: Iterable[CorrectionRecord]) -> Decisions:
    """Return editors' decisions about pairs from all corrections, oldest first."""
    latest: dict[tuple[str, str], CorrectionRecord] = {}
    for record in corrections:
        if record.what in (Correction.SAME, Correction.DIFFERENT) and record.other:
            latest[pair(record.subject, record.other)] = record
    return Decisions(
        same=frozenset(key for key, record in latest.items() if record.what is Correction.SAME),
        never=frozenset(key for key, record in latest.items() if record.what is Correction.DIFFERENT),
        by={key: record.by for key, record in latest.items()},
    )


def pair(a: str, b: str) -> tuple[str, str]:
    """Return two ids in order."""
    return (a, b) if a < b else (b, a)


class Judge:
    """Scores pairs, each once."""

    def __init__(
        self,
        features: Mapping[str, Features],
        rarity: Rarity,
        weights: Weights,
        pairs: Iterable[tuple[str, str]],
    ) -> None:
        self._features = features
        self._weights = weights
        self._contradictions: dict[tuple[str, str], bool] = {}
        self.comparison = comparison.Comparison(features, rarity)
        self.comparison.meet(sorted(pairs))
        self._scores: dict[tuple[str, str], tuple[float, tuple[float, ...], bool]] = {}

    def score(self, a: str, b: str) -> float:
        """Return how probably two items tell the same news, 0 to 1."""
        return self._look(a, b)[0]

    def differ(self, a: str, b: str) -> bool:
        """Whether two items cannot tell the same news; asked for the veto."""
        first, second = self._features.get(a), self._features.get(b)
        if first is None or second is None:
            return False
        if self._contradict(first, second):
            return True
        if first.language != second.language or self.score(a, b) >= self._weights.same.differ:
            return False
        return not retelling.may_stand_beside(first, second, self.comparison, self._weights.retold)

    def match(self, a: str, b: str) -> Match | None:
        """Return the match of two items, None where they are not held to tell the same news."""
        a, b = pair(a, b)
        first, second = self._features[a], self._features[b]
        if self.comparison.is_hopeless(first, second) and not self._is_retold(first, second):
            return None
        score, signals, is_held = self._look(a, b)
        if not is_held or self._contradict(first, second):
            return None
        model = self._model(first, second)
        level, reason = reasons.explain(first, second, signals)
        sure = (
            first.language == second.language
            and score >= model.sure
            and reasons.is_certain(first, second, signals)
        )
        state = MatchState.MERGED if sure else MatchState.PROPOSED
        return Match(a=a, b=b, reason=reason, score=round(score, 4), state=state, level=level)

    def _is_retold(self, a: Features, b: Features) -> bool:
        """Whether two items of few common words tell one event all the same, sharing a rare name."""
        if a.language != b.language or self.comparison.rarest(a.name_set & b.name_set, 1) < retelling.RARE:
            return False
        return retelling.score(a, b, self.comparison, self._weights.retold) > 0

    def _contradict(self, a: Features, b: Features) -> bool:
        """Whether hard facts part them; one and the same text cannot contradict itself."""
        if a.text_hash and a.text_hash == b.text_hash and a.title == b.title:
            return False
        key = pair(a.id, b.id)
        if key not in self._contradictions:
            self._contradictions[key] = bool(
                comparison.contradictions(a, b) or self.comparison.are_of_two_subjects(a, b)
            )
        return self._contradictions[key]

    def _model(self, a: Features, b: Features) -> Model:
        if a.language == b.language:
            return self._weights.same
        return self._weights.across_vectors if a.vector and b.vector else self._weights.across

    def _look(self, a: str, b: str) -> tuple[float, tuple[float, ...], bool]:
        """Score, signals, and whether the two are held to tell the same news."""
        key = pair(a, b)
        known = self._scores.get(key)
        if known is None:
            first, second = self._features[key[0]], self._features[key[1]]
            model = self._model(first, second)
            signals = self.comparison.signals(first, second)
            score = model.score(signals)
            retold = 0.0
            if score < model.probable:
                retold = retelling.score(first, second, self.comparison, self._weights.retold)
            is_held = score >= model.probable or retold > 0
            if reasons.is_same_document(first, second, signals):
                score, is_held = max(score, 0.99), True
            known = self._scores[key] = (max(score, retold), signals, is_held)
        return known


def group(
    *,
    pairs: Iterable[tuple[str, str]],
    new: Iterable[str],
    features: Mapping[str, Features],
    seen: Mapping[str, datetime],
    stories: Sequence[Story],
    decided: Decisions,
    rarity: Rarity,
    weights: Weights,
    reshaped: Collection[str] = (),
) -> Grouping:
    """
    Return the stories that change because of new items.

    Args:
        pairs: New items with their candidates.
        new: Items that are to be in a story afterwards.
        features: Of all items concerned: new, candidates, members of `stories`.
        seen: When each of them was first seen.
        stories: The stories of all candidates (and of new items that had one), whole.
        reshaped: Ids of those that have changed already.
    """
    compared = {pair(a, b) for a, b in pairs}
    judge = Judge(features, rarity, weights, compared)
    matches = {(a, b): match for a, b in sorted(compared) if (match := judge.match(a, b))}
    new = set(new)
    attached = _round_ups(new, compared, matches, features, stories, judge)
    matches = {
        key: match for key, match in matches.items() if not round_ups.is_void(match, attached, features)
    }
    everything = sorted({*new, *(id_ for story in stories for id_ in story.all_ids)})
    groups = Groups(everything, never=decided.never)
    for story in stories:
        for id_ in story.all_ids[1:]:
            groups.join(story.all_ids[0], id_)
    edges = [Edge(-match.score, match.a, match.b) for match in matches.values()]
    here = set(everything)
    together = [key for key in decided.same if key[0] in here and key[1] in here]
    cluster(groups, (e for e in edges if e.a in here and e.b in here), together=together, differ=judge.differ)
    for key in together:
        matches[key] = _decided(key, decided)
    age = {id_: (seen[id_], features[id_].day if id_ in features else 0.0, id_) for id_ in everything}
    return replace(
        _grouping(groups, matches, stories, seen, age, new, reshaped),
        attached=tuple(match for found in attached.values() for match in found),
    )


def _round_ups(
    new: Iterable[str],
    compared: Iterable[tuple[str, str]],
    matches: Mapping[tuple[str, str], Match],
    features: Mapping[str, Features],
    stories: Sequence[Story],
    judge: Judge,
) -> dict[str, list[Match]]:
    of = {id_: story.id for story in stories for id_ in story.all_ids}

    def are_one(a: str, b: str) -> bool:
        return pair(a, b) in matches or (a in of and of[a] == of.get(b))

    return round_ups.find(new, compared, features, judge.comparison, are_one)


def without_edited(
    stories: Sequence[Story], edited: Collection[str], features: Mapping[str, Features], decided: Decisions
) -> tuple[list[Story], dict[str, str]]:
    """
    Return the stories without edited items that no longer fit, and for each of those the reason.

    An edited item stays where it is, unless hard facts now part it from a telling in its own language
    (the date moved is none; another number of a series is). What an editor joined stays joined.
    """
    kept, left = [], {}
    for story in stories:
        for id_ in sorted(set(story.all_ids) & set(edited) & features.keys()):
            rest = [other for other in story.all_ids if other != id_]
            is_joined = any(id_ in key and set(key) <= set(story.all_ids) for key in decided.same)
            if not is_joined and (reason := _parted(id_, rest, features)):
                left[id_] = reason
                story = _without(story, id_)
        kept.append(story)
    return kept, left


def _parted(id_: str, others: Iterable[str], features: Mapping[str, Features]) -> str:
    """What contradicts in the words of both texts, "" where nothing does."""
    one = features[id_]
    for other in others:
        theirs = features.get(other)
        if theirs and theirs.language == one.language and comparison.contradictions(one, theirs):
            return reasons.contradiction(one, theirs)
    return ""


def _without(story: Story, id_: str) -> Story:
    rest = tuple(other for other in story.item_ids if other != id_)
    proposed = tuple(other for other in story.proposed_ids if other != id_)
    return replace(
        story, item_ids=rest or proposed[:1], proposed_ids=proposed if rest else proposed[1:],
        matches=tuple(match for match in story.matches if id_ not in (match.a, match.b)),
        lead_by_language=tuple(lead for lead in story.lead_by_language if lead[1] != id_),
    )  # fmt: skip


def _decided(key: tuple[str, str], decided: Decisions) -> Match:
    by = decided.by.get(key, "editor")
    return Match(
        a=key[0],
        b=key[1],
        reason=f"{by} joined them",
        score=1.0,
        state=MatchState.MERGED,
        level="decision",
        by=by,
    )


def _grouping(
    groups: Groups,
    matches: Mapping[tuple[str, str], Match],
    before: Sequence[Story],
    seen: Mapping[str, datetime],
    age: Mapping[str, tuple[datetime, float, str]],
    new: set[str],
    reshaped: Collection[str],
) -> Grouping:
    old = {story.id: story for story in before}
    of = {id_: story.id for story in before for id_ in story.all_ids}
    inside: dict[str, dict[tuple[str, str], Match]] = {}
    for (a, b), match in matches.items():
        if a in age and b in age and groups.of(a) == groups.of(b):
            inside.setdefault(groups.of(a), {})[a, b] = match
    made: list[Story] = []
    untouched: set[str] = set()
    for members in groups.all():
        swallowed = sorted({of[id_] for id_ in members if id_ in of}, key=lambda id_: (_age(old[id_]), id_))
        mine = inside.get(groups.of(members[0]), {})
        if not mine and new.isdisjoint(members) and swallowed[0] not in reshaped:
            untouched.add(swallowed[0])  # met as a candidate only
            continue
        for id_ in swallowed:
            mine = {pair(match.a, match.b): match for match in old[id_].matches} | mine
        order = sorted(members, key=age.__getitem__)
        founder = old[swallowed[0]].item_ids[0] if swallowed else order[0]
        merged = _merged(founder, members, mine.values())
        made.append(
            Story(
                id=swallowed[0] if swallowed else _new_id(founder, old),
                item_ids=(founder, *(id_ for id_ in order if id_ in merged and id_ != founder)),
                proposed_ids=tuple(id_ for id_ in order if id_ not in merged),
                first_seen=min(seen[id_] for id_ in members),
                last_seen=max(seen[id_] for id_ in members),
                matches=tuple(sorted(mine.values(), key=lambda match: (-match.score, match.a, match.b))),
            )
        )
    kept = untouched | {story.id for story in made}
    return Grouping(stories=tuple(made), removed=tuple(sorted(id_ for id_ in old if id_ not in kept)))


def _new_id(founder: str, taken: Collection[str]) -> str:
    """A story's name; one whose founder was edited out of it keeps the first name."""
    named = ids.story_id(founder)
    return ids.story_id(named) if named in taken else named


def _age(story: Story) -> datetime:
    assert story.first_seen is not None, "a stored story has been seen"
    return story.first_seen


def _merged(founder: str, members: Iterable[str], matches: Iterable[Match]) -> set[str]:
    """The members that hang together with the founder by matches nobody needs to look at."""
    members = list(members)
    if len(members) == 1:
        return set(members)
    sure = Groups(members)
    for match in matches:
        if match.state is MatchState.MERGED:
            sure.join(match.a, match.b)
    return set(sure.members[sure.of(founder)])
