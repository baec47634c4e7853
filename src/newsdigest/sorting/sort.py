"""
The sorting job: judge what is new, then group it into stories.

Two steps, each its own work list in the store, so that a crash between them loses nothing:
items never judged (or changed since), and judged items that wait for grouping. Grouping takes
waiting items by publication and id, never by arrival, so that the same run in another order
gives the same stories. Reading, thinking and writing are three: no transaction is open while
texts are compared.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from newsdigest.logs import get_logger
from newsdigest.model.items import Item, ItemState, Judgement
from newsdigest.model.sources import Source
from newsdigest.model.speakers import speaker
from newsdigest.model.stories import Story, Trace
from newsdigest.ports.clock import Clock
from newsdigest.ports.judging import Embedder
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.sorting import candidates, features, grouping, preferred
from newsdigest.sorting.features import Features
from newsdigest.sorting.grouping import Grouping
from newsdigest.sorting.rarity import Rarity
from newsdigest.sorting.weights import Weights

log = get_logger(__name__)

JUDGE_BATCH = 200
GROUP_BATCH = 500
FRESH = 1 << 60
GONE = (ItemState.WITHDRAWN, ItemState.TOMBSTONE)
SELDOM = (200_000, 20, 100)
"""New objects before Python looks for unreachable circles among them; it looks every 700 otherwise."""


class ItemJudge(Protocol):
    """Decides about one item: language, topics, kind, dates."""

    def judge(self, item: Item, source: Source) -> Judgement: ...


@dataclass(frozen=True, slots=True)
class SortReport:
    """What one run did."""

    judged: int = 0
    unsure: int = 0
    grouped: int = 0
    stories: int = 0
    proposed: int = 0


@dataclass(frozen=True, slots=True)
class Sorter:
    """Everything grouping needs beside the store."""

    sources: Mapping[str, Source]
    weights: Weights
    order: Sequence[str]
    embedder: Embedder | None = None

    def source(self, source_id: str) -> Source:
        """Return the source, a bare one where it is no longer configured."""
        return self.sources.get(source_id) or Source(id=source_id, name=source_id, url="")


def sort(
    *, store: Store, clock: Clock, judge: ItemJudge, sorter: Sorter, window: timedelta,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> SortReport:  # fmt: skip
    """Judge unjudged items and group what waits; safe to run again at any moment."""
    with _seldom_collecting():
        report = _judge_waiting(store=store, judge=judge, sorter=sorter, progress=progress)
        return _group_waiting(report, store=store, now=clock.now(), sorter=sorter, window=window)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """
    Look for unreachable circles of objects less often.

    A batch makes some hundred thousand small objects, next to none of them in circles, beside models
    that stay: looking all the time was a sixth of the work.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _judge_waiting(
    *, store: Store, judge: ItemJudge, sorter: Sorter, progress: Callable[[int, int], None]
) -> SortReport:
    judged = unsure = 0
    while True:
        with store.read() as unit:
            items = unit.items.unjudged(limit=JUDGE_BATCH)
        if not items:
            break
        verdicts = {item.id: judge.judge(item, sorter.source(item.source_id)) for item in items}
        with store.write() as unit:
            unit.items.judge(verdicts)
            unit.stories.enqueue((i.id, i.published or i.first_seen) for i in items if i.state not in GONE)
        judged += len(items)
        unsure += sum(verdict.language.is_unsure for verdict in verdicts.values())
        progress(judged, judged + JUDGE_BATCH)
    return SortReport(judged=judged, unsure=unsure)


def _group_waiting(
    report: SortReport, *, store: Store, now: datetime, sorter: Sorter, window: timedelta
) -> SortReport:
    with store.write() as unit:
        unit.stories.prune_traces(now - window)
    while True:
        with store.read() as unit:
            items = unit.items.get(ids := unit.stories.queued(limit=GROUP_BATCH))
        if not ids:
            break
        new = [trace_features(item, sorter) for item in embedded(items.values(), sorter.embedder)]
        seen = {item.id: item.first_seen for item in items.values()}
        with store.read() as unit:
            edited = _edited(unit, items)
            made, rarity, left = _compare(unit, new, seen, sorter, edited)
        with store.write() as unit:
            _keep(unit, ids, new, items, made, rarity)
            for item_id, reason in left.items():
                unit.audit.add(at=now, by="judge", what="item_left_story", subject=item_id, detail=reason)
        proposed = sum(bool(story.proposed_ids) for story in made.stories)
        report = replace(
            report, grouped=report.grouped + len(new), stories=report.stories + len(made.stories),
            proposed=report.proposed + proposed,
        )  # fmt: skip
    log.info("items_sorted", judged=report.judged, grouped=report.grouped, unsure=report.unsure)
    return report


def embedded(items: Iterable[Item], embedder: Embedder | None) -> list[tuple[Item, bytes]]:
    """Return items with their sentence vectors (empty without the extra), ordered by id."""
    ordered = sorted(items, key=lambda item: item.id)
    if embedder is None:
        return [(item, b"") for item in ordered]
    vectors = embedder.embed([features.for_vector(item.title, item.core_text) for item in ordered])
    return [(item, features.pack_vector(vector)) for item, vector in zip(ordered, vectors, strict=True)]


def trace_features(item_and_vector: tuple[Item, bytes], sorter: Sorter) -> Features:
    """Return what grouping looks at in an item."""
    item, vector = item_and_vector
    source = sorter.source(item.source_id)
    verdict = item.judgement
    return features.of_item(
        item,
        # Of a file nobody knows the sender of, its own id: it shares its template with none.
        house=speaker(item, source) or item.id,
        language=verdict.language.language if verdict else "und",
        kind=verdict.kind.value if verdict else "",
        vector=vector,
    )


def _edited(unit: UnitOfWork, items: Mapping[str, Item]) -> set[str]:
    """Items whose text is another than the one they were grouped by."""
    known = unit.stories.traces(items)
    return {id_ for id_, trace in known.items() if trace.fingerprint != items[id_].fingerprint}


def _compare(
    unit: UnitOfWork,
    new: Sequence[Features],
    seen: dict[str, datetime],
    sorter: Sorter,
    edited: Collection[str],
) -> tuple[Grouping, Rarity, dict[str, str]]:
    """Read candidates and their stories, and judge; also return what left its story, and why."""
    known = unit.stories.traces(one.id for one in new)
    again = {id_: features.unpack(id_, trace.data) for id_, trace in known.items()}
    asked = {word for one in (*new, *again.values()) for word in features.counted(one)}
    counts = Counter(unit.stories.word_counts(asked))
    for one in again.values():  # counted already; a changed item does not count twice
        counts.subtract(features.counted(one))
    counts.update(word for one in new for word in features.counted(one))
    rarity = Rarity(counts, unit.stories.count_traces() + len(new) - len(again))
    found = _found(unit, new, rarity)
    concerned = {one.id for one in new} | {id_ for ids in found.values() for id_ in ids}
    stories = list(unit.stories.get(set(unit.stories.of_items(concerned).values())).values())
    everything = {one.id: one for one in new}
    others = (concerned | {id_ for story in stories for id_ in story.all_ids}) - set(everything)
    for id_, trace in unit.stories.traces(others).items():
        everything[id_] = features.unpack(id_, trace.data)
        seen[id_] = trace.seen
    # Items older than the window have left no trace; their stories keep them.
    for story in stories:
        for id_ in story.all_ids:
            seen.setdefault(id_, story.first_seen or min(seen.values()))
    decided = grouping.decisions(unit.stories.corrections())
    whole = stories
    stories, left = grouping.without_edited(whole, edited, everything, decided)
    made = grouping.group(
        pairs=[(one.id, other) for one in new for other in found[one.id] if other in everything],
        new=[one.id for one in new], features=everything, seen=seen, stories=stories,
        decided=decided, rarity=rarity, weights=sorter.weights,
        reshaped={story.id for story, before in zip(stories, whole, strict=True) if story is not before},
    )  # fmt: skip
    return with_leads(made, everything, sorter), rarity, left


def _found(unit: UnitOfWork, new: Sequence[Features], rarity: Rarity) -> dict[str, list[str]]:
    """Candidates of each new item, among the stored and among the new ones."""
    questions = {one.id: candidates.Question(one, rarity) for one in new}
    keys = {key for question in questions.values() for key in question.keys}
    both = unit.stories.candidates(keys, per_key=candidates.PER_KEY)
    # New items are named by numbers above all stored ones, so that of equals the newest comes first.
    numbers = {one.id: FRESH + place for place, one in enumerate(new)}
    for key, ids in candidates.Listing(new, rarity).look(keys).items():
        both[key] = [*(numbers[id_] for id_ in ids), *both.get(key, ())]
    chosen = {id_: question.best(both, own=numbers[id_]) for id_, question in questions.items()}
    # Only what is chosen is asked for by name: keys that many share list thousands of others.
    names = dict(unit.stories.numbered({n for found in chosen.values() for n in found if n < FRESH}))
    names |= {number: id_ for id_, number in numbers.items()}
    # A changed item is stored under its older trace, too.
    return {
        id_: [one for one in dict.fromkeys(names[n] for n in found if n in names) if one != id_]
        for id_, found in chosen.items()
    }


def with_leads(made: Grouping, known: Mapping[str, Features], sorter: Sorter) -> Grouping:
    """Return the stories with the telling that leads in each language."""
    return replace(made, stories=tuple(with_lead(story, known, sorter) for story in made.stories))


def with_lead(story: Story, known: Mapping[str, Features], sorter: Sorter) -> Story:
    """Return the story with its leads; languages whose tellings left no trace keep theirs."""
    members = [known[id_] for id_ in story.all_ids if id_ in known]
    fresh = dict(preferred.leads(members, sorter.sources, sorter.order))
    return replace(story, lead_by_language=tuple(sorted({**dict(story.lead_by_language), **fresh}.items())))


def _keep(
    unit: UnitOfWork,
    ids: Sequence[str],
    new: Sequence[Features],
    items: Mapping[str, Item],
    made: Grouping,
    rarity: Rarity,
) -> None:
    unit.stories.put_traces(
        Trace(
            item_id=one.id, fingerprint=items[one.id].fingerprint, seen=items[one.id].first_seen,
            keys=tuple(sorted(candidates.listed(one, rarity))), words=features.counted(one), data=features.pack(one),
        )
        for one in new
    )  # fmt: skip
    unit.stories.remove(made.removed)
    unit.stories.put(made.stories)
    unit.stories.put_matches(made.attached)
    unit.stories.dequeue(ids)
