"""
Where two tellings of one story disagree about days: a moved event on one page only, another deadline.

Stands in the model because two rooms need it: sorting knows the tellings, editing warns the editor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Protocol

from newsdigest.model.items import EventDates, Item


class Dated(Protocol):
    """What two tellings are compared by: a `Judgement`, or what was read."""

    @property
    def event(self) -> EventDates | None: ...
    @property
    def deadline(self) -> date | None: ...


def contradictions(
    first: Dated, second: Dated, *, names: tuple[str, str] = ("one text", "the other")
) -> tuple[str, ...]:
    """
    Return where two tellings of one story disagree on days, in words for the editor.

    A telling that names no day does not contradict; a month or a week contains its days.
    """
    found = []
    one, other = first.event, second.event
    if one and other:
        if not _agree(one, other):
            found.append(
                f"the event's date differs: {names[0]} says {said(one)}, {names[1]} says {said(other)}"
            )
        elif one.start_time and other.start_time and one.start_time != other.start_time:
            times = f"{names[0]} says {one.start_time:%H:%M}, {names[1]} says {other.start_time:%H:%M}"
            found.append(f"the event's time differs: {times}")
        if one.is_cancelled != other.is_cancelled:
            found.append(f"only {names[0 if one.is_cancelled else 1]} says that the event is cancelled")
    if first.deadline and second.deadline and first.deadline != second.deadline:
        found.append(
            f"the deadline differs: {names[0]} says {first.deadline}, {names[1]} says {second.deadline}"
        )
    return tuple(found)


def said(event: EventDates) -> str:
    """Return the days of an event, e.g. `2026-03-12 to 2026-03-14`."""
    if event.precision == "month":
        return f"{event.start:%Y-%m}"
    return f"{event.start} to {event.end}" if event.end and event.end != event.start else f"{event.start}"


def _agree(one: EventDates, other: EventDates) -> bool:
    if one.precision == other.precision == "day":
        # A text that names only the first day of several agrees.
        ends = {one.end or one.start, other.end or other.start}
        return one.start == other.start and (len(ends) == 1 or one.start in ends)
    return one.start <= (other.end or other.start) and other.start <= (one.end or one.start)


def among(tellings: Sequence[Item]) -> tuple[str, ...]:
    """Return the disagreements of all judged tellings of a story, each named by its title's beginning."""
    found: list[str] = []
    for one, other in combinations([item for item in tellings if item.judgement], 2):
        assert one.judgement
        assert other.judgement
        names = _called(one), _called(other)
        found += contradictions(one.judgement, other.judgement, names=names)
    return tuple(dict.fromkeys(found))


def is_outdated(item: Item, tellings: Sequence[Item]) -> bool:
    """
    Whether another telling says that the event was moved or cancelled, and the item still shows what was before.

    Its day would be wrong in print; without such a word nobody knows which of two days is right.
    """
    shown = item.judgement.event if item.judgement else None
    if shown is None or shown.is_moved or shown.is_cancelled:
        return False
    others = [one.judgement.event for one in tellings if one.judgement and one.judgement.event]
    return any(other.is_cancelled or (other.is_moved and not _agree(shown, other)) for other in others)


def _called(item: Item) -> str:
    title = " ".join(item.title.split()) or item.url
    short = title if len(title) <= 50 else title[:49].rstrip() + "…"
    return f"“{short}” ({item.judgement.language.language if item.judgement else 'und'})"
