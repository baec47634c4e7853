"""
The learning job: what editors corrected, turned into better topics; and advice on sources.

Nightly, and on demand. Two things are learned from all corrections of topics: lessons from mistakes
corrected three times (`lessons`), and weights of words, from some dozens. Both are judged on stories
they have not seen (cross-validation, no story on both sides). Weights are activated only where they
gain a point over the keywords, lessons where they make nothing worse. Every version is kept in the
store, so it travels with a backup and to other machines, and can be rolled back to. An editor's word
about an item stands above any model.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from newsdigest.errors import UsageError
from newsdigest.logs import get_logger
from newsdigest.model.items import Item
from newsdigest.model.stories import Correction, CorrectionRecord
from newsdigest.model.topics import TopicExample
from newsdigest.ports.clock import Clock
from newsdigest.ports.judging import TopicLearner, TopicScorer
from newsdigest.ports.storage import Store
from newsdigest.ports.storage.audit import RunStore
from newsdigest.sorting import lessons, topic
from newsdigest.sorting.lessons import Lesson, LessonScorer

log = get_logger(__name__)

LEAST_POSITIVES = 5
FOLDS = 10
BETTER_BY = 1.0
"""Points of F1 that a new model must gain on stories it has not seen; less is chance."""
SURELY = 1.64
"""Deviations by which improved items must outnumber the others."""
ALIKE = 3
"""Corrections of one source in one direction before a setting is advised."""
AGAIN = timedelta(days=14)
"""Items first seen since then are judged again when another model works."""
STOCK, STOCK_ITEMS = timedelta(days=90), 2000
"""Stored items that show how many a lesson would change: the newest of so many days."""
_INDEX, _MODEL = "learned.topics", "learned.topics.{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One fitted model; F1 values in percent, on the corrected items."""

    number: int
    at: str
    corrections: int
    topics: tuple[str, ...]
    before: float
    after: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All versions, and which one works (0: keywords alone)."""

    active: int = 0
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnReport:
    """
    What one run found.

    Attributes:
        keywords, before, after: Micro-F1 in percent on the corrected items: by keywords alone, by
            what works now (a model has seen most of these, which flatters it), and by the new
            model on stories it had not seen.
        lessons: What mistakes corrected three times teach, a sentence each.
        advice: Settings that would save corrections.
    """

    corrections: int
    by_kind: tuple[tuple[str, int], ...] = ()
    topics: tuple[str, ...] = ()
    keywords: float = 0.0
    before: float = 0.0
    after: float = 0.0
    version: int = 0
    is_activated: bool = False
    note: str = ""
    lessons: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """One line about it."""
        if not self.topics and not self.lessons:
            return f"{self.corrections} corrected items: {self.note}"
        done = f"version {self.version} activated" if self.is_activated else self.note
        return f"{self.corrections} corrected items: topics F1 {self.before:.1f} before, {self.after:.1f} after; {done}"


def learn(*, store: Store, clock: Clock, keywords: TopicScorer, learner: TopicLearner) -> LearnReport:
    """Refit from all corrections, compare, keep the version, and activate it if it is better."""
    with store.read() as unit:
        records = unit.stories.corrections()
        items = unit.items.get({record.subject for record in records})
        stories = unit.stories.of_items(items)
        shelf = read_shelf(unit.runs)
        known = {number: unit.runs.get_value(_MODEL.format(number)) for number in _last_and_active(shelf)}
        recent = unit.items.seen_between(clock.now() - STOCK, clock.now() + AGAIN)[-STOCK_ITEMS:]
    examples = _examples(records, items, stories)
    taught = lessons.find(examples, keywords, stock=_stock(recent, records))
    report = LearnReport(
        corrections=len(examples),
        by_kind=tuple(sorted(Counter(record.what.value for record in records).items())),
        topics=_taught(examples),
        lessons=tuple(one.line for one in taught),
        advice=_advice(records, items),
    )
    if not report.topics and not taught:
        note = (
            f"too few to learn from; a mistake must be corrected in {lessons.LEAST} stories,"
            f" or a topic have {LEAST_POSITIVES} corrected items"
        )
        return replace(report, note=note)
    active = known.get(shelf.active)
    by_keywords = round(f1(examples, keywords), 2)
    before = round(f1(examples, scorer(active, learner)), 2) if active else by_keywords
    after, weighs, teaches = _tried(examples, keywords, learner, by_keywords, taught)
    report = replace(report, keywords=by_keywords, before=before, after=after)
    is_better = weighs or teaches
    model = _model(learner.fit(examples), weighs=weighs or not teaches, taught=taught if teaches else ())
    same = [number for number, text in known.items() if text == model]
    if same:
        return replace(report, version=same[0], note="nothing new to learn from since the last run")
    report = replace(
        report, version=max((one.number for one in shelf.versions), default=0) + 1, is_activated=is_better,
        note="" if is_better else "not activated: no better than the keywords on stories it has not seen",
    )  # fmt: skip
    _keep(store, clock, shelf, report, model)
    log.info("topics_learned", corrections=len(examples), after=report.after, activated=is_better)
    return report


def _tried(
    examples: Sequence[TopicExample], keywords: TopicScorer, learner: TopicLearner, by_keywords: float,
    taught: Sequence[Lesson],
) -> tuple[float, bool, bool]:  # fmt: skip
    """Return the F1 on stories not seen, and whether weights and whether lessons are worth activating."""
    unseen = _cross_validated(examples, lambda rest: learner.scorer(learner.fit(rest)))
    after = round(_percent(unseen), 2)
    weighs = bool(_taught(examples)) and after >= by_keywords + BETTER_BY
    weighs = weighs and _is_no_chance([_counts(one, keywords) for one in examples], unseen)
    if not taught:
        return after, weighs, False

    def with_lessons(rest: Sequence[TopicExample]) -> TopicScorer:
        # One of the three stories is held back, so that two must do.
        found = lessons.find(rest, keywords, least=lessons.LEAST - 1)
        known = [one for one in found if (one.does, one.topic, one.word) in names]
        return LessonScorer(learner.scorer(learner.fit(rest)) if weighs else keywords, known)

    names = {(one.does, one.topic, one.word) for one in taught}
    bar = after if weighs else by_keywords
    improved = round(_percent(_cross_validated(examples, with_lessons)), 2)
    return (improved, weighs, True) if improved >= bar else (after, weighs, False)


def _model(weights: str, *, weighs: bool, taught: Sequence[Lesson]) -> str:
    """Return the weights (none where they are not worth it) and lessons as one JSON text."""
    if weighs and not taught:
        return weights
    data = json.loads(weights)
    if not weighs:
        data["learned"] = {}
    data["lessons"] = lessons.to_plain(taught)
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)


def scorer(model: str, learner: TopicLearner) -> TopicScorer:
    """
    Return the scorer of a version: keywords with its weights, then its lessons.

    Raises:
        SettingsError: The model is damaged, or of another format.
    """
    weighed = learner.scorer(model)
    taught = lessons.from_plain(json.loads(model).get("lessons", ()))
    return LessonScorer(weighed, taught) if taught else weighed


def _stock(recent: Sequence[Item], records: Sequence[CorrectionRecord]) -> list[TopicExample]:
    corrected = {record.subject for record in records if record.what is Correction.TOPICS}
    return [
        TopicExample(title=item.title, text=item.core_text or item.text, topics=frozenset(), group=item.id)
        for item in recent
        if item.id not in corrected
    ]


def _taught(examples: Sequence[TopicExample]) -> tuple[str, ...]:
    positives = Counter(name for one in examples for name in one.topics)
    return tuple(sorted(name for name, count in positives.items() if count >= LEAST_POSITIVES))


def _last_and_active(shelf: Shelf) -> list[int]:
    last = max((one.number for one in shelf.versions), default=0)
    return [number for number in dict.fromkeys((shelf.active, last)) if number]


def roll_back(*, store: Store, clock: Clock, to: int | None = None) -> Shelf:
    """
    Make an earlier version work again (default: the one before the active one; 0: keywords alone).

    Raises:
        UsageError: There is no such version.
    """
    with store.write() as unit:
        shelf = read_shelf(unit.runs)
        if to is None:
            if not shelf.active:
                raise UsageError("nothing to roll back: keywords alone are at work")
            to = max(
                (one.number for one in shelf.versions if one.number < shelf.active and not one.note),
                default=0,
            )
        if to and to not in {one.number for one in shelf.versions}:
            raise UsageError(f"there is no version {to}; `newsdigest learn --list` shows them")
        made = Shelf(active=to, versions=shelf.versions)
        _write_shelf(unit.runs, made)
        unit.items.rejudge(
            item.id for item in unit.items.seen_between(clock.now() - AGAIN, clock.now() + AGAIN)
        )
        unit.audit.add(
            at=clock.now(), by="learn", what="topics_rolled_back", subject=str(to), detail=str(shelf.active)
        )
    return made


def active_model(runs: RunStore) -> tuple[int, str | None]:
    """Return number and text of the model at work; (0, None) for keywords alone."""
    shelf = read_shelf(runs)
    return shelf.active, runs.get_value(_MODEL.format(shelf.active)) if shelf.active else None


def read_shelf(runs: RunStore) -> Shelf:
    """Return the versions there are."""
    text = runs.get_value(_INDEX)
    if not text:
        return Shelf()
    data = json.loads(text)
    return Shelf(
        active=data["active"],
        versions=tuple(Version(**{**one, "topics": tuple(one["topics"])}) for one in data["versions"]),
    )


def f1(examples: Sequence[TopicExample], by: TopicScorer) -> float:
    """Return the micro-F1 in percent of a scorer on labelled items."""
    return _percent([_counts(one, by) for one in examples])


def _cross_validated(
    examples: Sequence[TopicExample], fit: Callable[[Sequence[TopicExample]], TopicScorer]
) -> list[tuple[int, int, int]]:
    """Count each example by what is fitted on the others, in order."""
    groups = sorted({one.group for one in examples})
    counts: dict[int, tuple[int, int, int]] = {}
    for fold in range(min(FOLDS, len(groups))):
        held = set(groups[fold::FOLDS])
        rest = [one for one in examples if one.group not in held]
        found = fit(rest) if rest else None
        counts |= {n: _counts(one, found) for n, one in enumerate(examples) if one.group in held and found}
    return [counts[number] for number in sorted(counts)]


def _is_no_chance(before: Sequence[tuple[int, int, int]], after: Sequence[tuple[int, int, int]]) -> bool:
    """
    Whether so many more items came out better than worse that it is not by chance (one in twenty).

    A point of F1 on thirty items is: models activated for it lost four points on others.
    """
    changes = [sum(old[1:]) - sum(new[1:]) for old, new in zip(before, after, strict=False)]
    better, worse = sum(change > 0 for change in changes), sum(change < 0 for change in changes)
    return better - worse > SURELY * math.sqrt(better + worse)


def _counts(one: TopicExample, by: TopicScorer) -> tuple[int, int, int]:
    given = {score.id for score in topic.choose(by.score(title=one.title, text=one.text))}
    return len(given & one.topics), len(given - one.topics), len(one.topics - given)


def _percent(counts: Sequence[tuple[int, int, int]]) -> float:
    right, wrong, missed = (sum(part) for part in zip(*counts, strict=True)) if counts else (0, 0, 0)
    total = 2 * right + wrong + missed
    return 100.0 * 2 * right / total if total else 100.0


def _examples(
    records: Sequence[CorrectionRecord], items: dict[str, Item], stories: dict[str, str]
) -> list[TopicExample]:
    """The latest word about each item that still has its text."""
    latest = {record.subject: record.after for record in records if record.what is Correction.TOPICS}
    made = []
    for item_id, after in sorted(latest.items()):
        item = items.get(item_id)
        if item and (item.title or item.text):
            topics = frozenset(one for one in after.split(",") if one)
            group = stories.get(item_id, item_id)
            made.append(
                TopicExample(title=item.title, text=item.core_text or item.text, topics=topics, group=group)
            )
    return made


def _advice(records: Sequence[CorrectionRecord], items: dict[str, Item]) -> tuple[str, ...]:
    """Settings that would have saved three or more corrections of one source."""
    settings = {Correction.LANGUAGE: "fixed_language", Correction.KIND: "item_kind"}
    latest = {(record.what, record.subject): record.after for record in records if record.what in settings}
    said: dict[tuple[str, Correction], Counter[str]] = defaultdict(Counter)
    for (what, subject), after in latest.items():
        if subject in items:
            said[items[subject].source_id, what][after] += 1
    return (*_advised_topics(records, items), *(
        f"source {source}: {count} of {counted.total()} corrections say {after}; consider `{settings[what]}: {after}`"
        for (source, what), counted in sorted(said.items())
        for after, count in counted.most_common(1)
        if count >= ALIKE and count == counted.total()
    ))  # fmt: skip


def _advised_topics(records: Sequence[CorrectionRecord], items: dict[str, Item]) -> Iterator[str]:
    """Topics that editors put to every corrected item of a source."""
    latest = {one.subject: one for one in records if one.what is Correction.TOPICS and one.subject in items}
    added: dict[str, list[set[str]]] = defaultdict(list)
    for id_, record in sorted(latest.items()):
        added[items[id_].source_id].append(set(record.after.split(",")) - set(record.before.split(",")))
    for source, found in sorted(added.items()):
        for name in sorted(set.intersection(*found)) if len(found) >= ALIKE else ():
            yield f"source {source}: all {len(found)} corrections add {name}; consider `topics: [{name}]`"


def _keep(store: Store, clock: Clock, shelf: Shelf, report: LearnReport, model: str) -> None:
    now = clock.now()
    version = Version(
        number=report.version, at=now.isoformat(timespec="seconds"), corrections=report.corrections,
        topics=report.topics, before=report.keywords, after=report.after, note=report.note,
    )  # fmt: skip
    active = version.number if report.is_activated else shelf.active
    with store.write() as unit:
        unit.runs.put_value(_MODEL.format(version.number), model)
        _write_shelf(unit.runs, Shelf(active=active, versions=(*shelf.versions, version)))
        if report.is_activated:
            unit.items.rejudge(item.id for item in unit.items.seen_between(now - AGAIN, now + AGAIN))
            unit.audit.add(at=now, by="learn", what="topics_model_activated", subject=str(version.number))


def _write_shelf(runs: RunStore, shelf: Shelf) -> None:
    versions = [{name: getattr(one, name) for name in Version.__dataclass_fields__} for one in shelf.versions]
    runs.put_value(_INDEX, json.dumps({"active": shelf.active, "versions": versions}, ensure_ascii=False))
