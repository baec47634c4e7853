"""
Embargoes: until when nobody may read a story, by all of its tellings.

An embargo is data. Judged by the tellings as they are now: a source may lift or extend it after
the story was placed in an edition. What has no telling any more is judged by what was noted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from newsdigest.model.editions import Edition, Placement
from newsdigest.model.items import Item, ItemState
from newsdigest.model.stories import Story

_SHOWN = frozenset({ItemState.FRESH, ItemState.BASE_LINE})


def until(items: Iterable[Item]) -> datetime | None:
    """Return the latest embargo of the tellings that may be shown, aware UTC; None without one."""
    ends = [
        item.judgement.embargo_until
        for item in items
        if item.state in _SHOWN and item.judgement and item.judgement.embargo_until
    ]
    return max(ends, default=None)


def broken(
    edition: Edition, at: datetime, *, stories: Mapping[str, Story], items: Mapping[str, Item]
) -> list[tuple[Placement, datetime]]:
    """
    Return what stands in the edition and must not be read at that instant, with the end of its embargo.

    Args:
        stories: Those of the edition, by id, as they are now.
        items: Their tellings by id, as they are now.
    """
    found = []
    for placement in edition.placements:
        if placement.is_dropped:
            continue
        end = _end(placement, stories.get(placement.story_id), items)
        if end is not None and end > at:
            found.append((placement, end))
    return found


def told(edition: Edition) -> Collection[str]:
    """Return the ids of the stories that stand in the edition."""
    return {p.story_id for p in edition.placements if not p.is_dropped}


def _end(placement: Placement, story: Story | None, items: Mapping[str, Item]) -> datetime | None:
    wanted = story.all_ids if story else (placement.item_id,)
    now_told = [items[id_] for id_ in wanted if id_ in items]
    return until(now_told) if now_told else placement.embargo_until
