"""
Editors' decisions about stories: merge, split, and why a story is one.

A decision is a record about pairs of items and is kept for ever; it outranks the judge in every
later run. The stories themselves are changed at once, so that the editor sees what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

from newsdigest.errors import NotFoundError, UsageError
from newsdigest.logs import get_logger
from newsdigest.model import ids
from newsdigest.model.items import Item
from newsdigest.model.stories import Correction, CorrectionRecord, Match, MatchState, Story
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.sorting import features
from newsdigest.sorting.grouping import pair
from newsdigest.sorting.sort import Sorter, with_lead

log = get_logger(__name__)


def merge(*, store: Store, clock: Clock, story_ids: Sequence[str], by: str, sorter: Sorter) -> Story:
    """
    Make one story of several, or accept what was proposed in a single one; return it.

    Raises:
        NotFoundError: A story does not exist.
        UsageError: There is nothing to join.
    """
    now = clock.now()
    with store.write() as unit:
        found = _stories(unit, story_ids)
        if sum(len(story.all_ids) for story in found) == 1:
            raise UsageError(f"{found[0].id} has one telling and nothing proposed; name the stories to join")
        order = sorted(found, key=lambda story: (story.first_seen or now, story.id))
        keep = order[0]
        everything = list(dict.fromkeys(id_ for story in order for id_ in story.all_ids))
        pairs = [pair(keep.item_ids[0], other) for other in everything[1:]]
        _decide(unit, Correction.SAME, pairs, by=by, now=now)
        unit.stories.remove(story.id for story in order[1:])
        said = [_match(key, MatchState.MERGED, f"{by} joined them", by) for key in pairs]
        made = replace(
            keep, item_ids=tuple(everything), proposed_ids=(),
            lead_by_language=tuple(
                {language: lead for story in reversed(order) for language, lead in story.lead_by_language}.items()
            ),
            first_seen=min(story.first_seen or now for story in order),
            last_seen=max(story.last_seen or now for story in order),
            matches=_latest([match for story in order for match in story.matches], said),
        )  # fmt: skip
        made = _with_leads(unit, made, sorter)
        unit.stories.put([made])
        unit.audit.add(
            at=now, by=by, what="stories_merged", subject=keep.id, detail=" ".join(sorted(story_ids))
        )
    log.info("stories_merged", story=keep.id, items=len(everything))
    return made


def split(
    *, store: Store, clock: Clock, story_id: str, item_ids: Sequence[str], by: str, sorter: Sorter
) -> tuple[Story, Story]:
    """
    Take items out of a story, never to be joined with the rest again; return what stays and what leaves.

    Without items, all that is only proposed leaves, each item for itself if they were not held
    together by more than the story.

    Raises:
        NotFoundError: There is no such story, or no such item in it.
        UsageError: Nothing would stay or leave.
    """
    now = clock.now()
    with store.write() as unit:
        (story,) = _stories(unit, [story_id])
        leaving = list(item_ids) or list(story.proposed_ids)
        for id_ in leaving:
            if id_ not in story.all_ids:
                raise NotFoundError("item", id_)
        staying = [id_ for id_ in story.all_ids if id_ not in leaving]
        if not staying or not leaving:
            raise UsageError(
                f"{story_id}: name items so that some leave and some stay; it has {', '.join(story.all_ids)}"
            )
        pairs = [pair(a, b) for a, b in product(staying, leaving)]
        _decide(unit, Correction.DIFFERENT, pairs, by=by, now=now)
        parted = [_match(key, MatchState.SPLIT, f"{by} parted them", by) for key in pairs]
        unit.stories.put_matches(parted)
        seen = {id_: item.first_seen for id_, item in unit.items.get(story.all_ids).items()}
        stays = _part(unit, story, staying, seen, sorter, id_=story.id)
        # The founder may be among those who leave; its name stays with the story all the same.
        new_id = ids.story_id(leaving[0])
        leaves = _part(
            unit, story, leaving, seen, sorter, id_=new_id if new_id != story.id else ids.story_id(new_id)
        )
        unit.stories.put([stays, leaves])
        unit.audit.add(at=now, by=by, what="story_split", subject=story_id, detail=" ".join(leaving))
    log.info("story_split", story=story_id, left=len(leaving))
    return stays, leaves


def explain(*, store: Store, story_id: str) -> tuple[Story, dict[str, Item]]:
    """
    Return a story with its items, to say in plain words why it is one.

    Raises:
        NotFoundError: There is no such story.
    """
    with store.read() as unit:
        (story,) = _stories(unit, [story_id])
        return story, unit.items.get(story.all_ids)


def _stories(unit: UnitOfWork, story_ids: Sequence[str]) -> list[Story]:
    """Stories by their ids; an item's id stands for the story it is in."""
    named = dict(unit.stories.of_items(story_ids))
    wanted = [named.get(id_, id_) for id_ in story_ids]
    found = unit.stories.get(wanted)
    for id_ in wanted:
        if id_ not in found:
            raise NotFoundError("story", id_)
    return [found[id_] for id_ in dict.fromkeys(wanted)]


def _decide(
    unit: UnitOfWork, what: Correction, pairs: Iterable[tuple[str, str]], *, by: str, now: datetime
) -> None:
    for a, b in pairs:
        unit.stories.correct(
            CorrectionRecord(
                id="c" + ids.derive(what.value, a, b, now.isoformat()), what=what, subject=a, other=b,
                after=what.value, by=by, at=now,
            )
        )  # fmt: skip


def _match(key: tuple[str, str], state: MatchState, reason: str, by: str) -> Match:
    return Match(a=key[0], b=key[1], reason=reason, score=1.0, state=state, level="decision", by=by)


def _latest(old: Iterable[Match], new: Iterable[Match]) -> tuple[Match, ...]:
    by_pair = {(match.a, match.b): match for match in (*old, *new)}
    return tuple(sorted(by_pair.values(), key=lambda match: (-match.score, match.a, match.b)))


def _part(
    unit: UnitOfWork,
    story: Story,
    members: Sequence[str],
    seen: dict[str, datetime],
    sorter: Sorter,
    *,
    id_: str,
) -> Story:
    assert story.first_seen is not None, "a stored story has been seen"
    known = [seen[item_id] for item_id in members if item_id in seen] or [story.first_seen]
    made = Story(
        id=id_,
        lead_by_language=story.lead_by_language,
        item_ids=tuple(item_id for item_id in members if item_id in story.item_ids) or tuple(members[:1]),
        first_seen=min(known),
        last_seen=max(known),
        matches=tuple(match for match in story.matches if match.a in members and match.b in members),
    )
    made = replace(made, proposed_ids=tuple(item_id for item_id in members if item_id not in made.item_ids))
    return _with_leads(unit, made, sorter)


def _with_leads(unit: UnitOfWork, story: Story, sorter: Sorter) -> Story:
    known = {
        id_: features.unpack(id_, trace.data) for id_, trace in unit.stories.traces(story.all_ids).items()
    }
    # Tellings older than the window have left no trace; where they led, they go on leading.
    kept = tuple(lead for lead in story.lead_by_language if lead[1] in story.all_ids)
    return with_lead(replace(story, lead_by_language=kept), known, sorter)
