"""
Lessons: the same mistake corrected three times is not made a fourth time.

Weights need dozens of corrections; an editor who has put "Pflegeroboter" under care in three stories
expects the fourth to come right. So what corrections have in common is looked for word by word. A word
that stands in three stories which all missed a topic *gives* it from then on; a keyword that put a topic
into three stories which editors took out *takes* nothing more by itself. One correction to the contrary
forbids a lesson, and so does a word that would change many stored stories nobody corrected. A lesson is
a sentence an editor can read, and part of a version that can be rolled back.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from newsdigest.model.topics import TopicEvidence, TopicExample
from newsdigest.ports.judging import TopicScorer
from newsdigest.sorting import lexicon, topic
from newsdigest.text import folding

LEAST = 3
"""Stories corrected alike."""
BROAD = 10
"""A lesson may change so many times as many stored stories that nobody corrected."""
LETTERS, SHORTEST = 9, 5
"""Words are compared by their beginning, so that endings make no difference."""
LEAD_WORDS = 60
WORTH, SHARE = 1.5, 0.7
"""Score of a topic given: enough to be chosen by itself, and beside others."""
GIVES, TAKES = "gives", "takes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """
    What is done from now on.

    Attributes:
        does: `gives` (the word gives the topic) or `takes` (the keyword alone gives it no more).
        word: The beginning of a folded word; of `takes` the keyword as written.
        stories: Corrected stories it comes from.
        touches: Stored stories nobody corrected that it would change.
    """

    does: str
    topic: str
    word: str
    stories: int
    touches: int = 0

    @property
    def line(self) -> str:
        """It in a sentence."""
        said = f"({self.stories} corrected stories, changes {self.touches} others)"
        if self.does == GIVES:
            return f"a story with '{self.word}…' is about {self.topic} {said}"
        return f"'{self.word}' alone no longer means {self.topic} {said}"


@dataclass(frozen=True, slots=True)
class _Look:
    """What an item says, what the keywords make of it, and what an editor does (None: nobody has)."""

    group: str
    words: frozenset[str]
    given: Mapping[str, frozenset[str]]
    wanted: frozenset[str] | None = None

    @property
    def missed(self) -> set[str]:
        return set(self.wanted or ()) - self.given.keys()

    @property
    def wrong(self) -> set[str]:
        return set() if self.wanted is None else self.given.keys() - self.wanted


def find(
    examples: Sequence[TopicExample], keywords: TopicScorer, *, stock: Iterable[TopicExample] = (), least: int = LEAST
) -> tuple[Lesson, ...]:  # fmt: skip
    """
    Return what corrections of the same mistake teach, by topic.

    Args:
        stock: Stored items without corrections, their topics unknown.
    """
    said = [_look(one, keywords, one.topics) for one in examples]
    rest = [_look(one, keywords, None) for one in stock]
    made: list[Lesson] = []
    for name in sorted({name for one in said for name in one.missed}):
        made += _given(name, [one for one in said if name in one.missed], said, rest, least)
    for name in sorted({name for one in said for name in one.wrong}):
        made += _taken(name, said, rest, least)
    return tuple(made)


def _given(
    name: str, missed: list[_Look], said: Sequence[_Look], rest: Sequence[_Look], least: int
) -> Iterable[Lesson]:
    """Words that explain most of the stories that missed the topic, one after the other."""
    while missed:
        best: tuple[int, int, int, str] | None = None
        for word, groups in _groups((word, one) for one in missed for word in one.words).items():
            if len(groups) < least or any(
                word in one.words and one.wanted is not None and name not in one.wanted for one in said
            ):
                continue
            touches = sum(word in one.words and name not in one.given for one in rest)
            if touches <= BROAD * len(groups):
                best = max(best or (0, 0, 0, ""), (len(groups), -touches, len(word), word))
        if best is None:
            return
        yield Lesson(does=GIVES, topic=name, word=best[3], stories=best[0], touches=-best[1])
        missed = [one for one in missed if best[3] not in one.words]


def _taken(name: str, said: Sequence[_Look], rest: Sequence[_Look], least: int) -> Iterable[Lesson]:
    """Keywords that gave the topic where no editor wanted it."""
    wrong = [one for one in said if name in one.wrong]
    for word, groups in sorted(_groups((word, one) for one in wrong for word in one.given[name]).items()):
        is_right = any(
            word in one.given.get(name, ()) and one.wanted is not None and name in one.wanted for one in said
        )
        touches = sum(one.given.get(name) == frozenset([word]) for one in rest)
        if len(groups) >= least and not is_right and touches <= BROAD * len(groups):
            yield Lesson(does=TAKES, topic=name, word=word, stories=len(groups), touches=touches)


def _groups(found: Iterable[tuple[str, _Look]]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for word, one in found:
        groups[word].add(one.group)
    return groups


def _look(one: TopicExample, keywords: TopicScorer, wanted: frozenset[str] | None) -> _Look:
    chosen = topic.choose(keywords.score(title=one.title, text=one.text))
    return _Look(
        one.group, words(one.title, one.text), {it.id: _triggers(it.reasons) for it in chosen}, wanted
    )


def words(title: str, text: str) -> frozenset[str]:
    """Return the beginnings of the longer words of a title and a text's first lines."""
    row = (*folding.words(title), *folding.words(text[:2000])[:LEAD_WORDS])
    return frozenset(
        word[:LETTERS]
        for word in row
        if len(word) >= SHORTEST and not word.isdigit() and word not in lexicon.function_words()
    )


def _triggers(reasons: Iterable[str]) -> frozenset[str]:
    """The keywords of `keyword (title)`, `keyword (text)`."""
    return frozenset(reason.rpartition(" (")[0] for reason in reasons if not reason.startswith("learned"))


class LessonScorer:
    """See `ports.judging.TopicScorer`: another scorer's topics after the lessons."""

    def __init__(self, base: TopicScorer, lessons: Iterable[Lesson]) -> None:
        self._base = base
        lessons = tuple(lessons)
        self._given = tuple(one for one in lessons if one.does == GIVES)
        self._taken: dict[str, set[str]] = defaultdict(set)
        for one in lessons:
            if one.does == TAKES:
                self._taken[one.topic].add(one.word)
        named = " ".join(f"{one.does} {one.topic} {one.word}" for one in lessons)
        self._name = hashlib.sha256(named.encode()).hexdigest()[:8]

    @property
    def version(self) -> str:
        """The other's version and a number for the lessons."""
        return f"{self._base.version}+{self._name}"

    def score(self, *, title: str, text: str) -> tuple[TopicEvidence, ...]:
        """Return the topics after the lessons, best first."""
        found = {one.topic: one for one in self._base.score(title=title, text=text)}
        for name in self._taken.keys() & found.keys():
            if _triggers(found[name].reasons) <= self._taken[name]:
                del found[name]
        best = max((one.score for one in found.values()), default=0.0)
        here = words(title, text) if self._given else frozenset()
        for lesson in self._given:
            if lesson.word in here:
                own = found.get(lesson.topic, TopicEvidence(topic=lesson.topic, score=0.0))
                score = round(max(own.score, WORTH, SHARE * best), 3)
                reasons = (*own.reasons, f"learned: {lesson.word}…")
                found[lesson.topic] = replace(own, score=score, reasons=reasons)
        return tuple(sorted(found.values(), key=lambda one: (-one.score, one.topic)))


def to_plain(lessons: Iterable[Lesson]) -> list[dict[str, Any]]:
    """Return lessons as a model keeps them."""
    return [asdict(one) for one in lessons]


def from_plain(kept: Iterable[Mapping[str, Any]]) -> tuple[Lesson, ...]:
    """Return the lessons a model keeps."""
    return tuple(Lesson(**one) for one in kept)
