"""
The snippets other sites embed: a few headlines of a channel, each with the day that matters to a reader.

An event is shown by its own day and a call by its deadline, and both are gone the day after: on
somebody's home page a date of publication beside an event reads as the date of the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Protocol

from newsdigest.model.channels import Channel, ChannelEntry
from newsdigest.model.items import EventDates
from newsdigest.text import dates

EMBEDDED = 8
"""So many headlines stand in a snippet."""
_BY_DAY = frozenset({"events", "calls"})
"""Channels that stand in the order of what is next rather than of what is new."""


class Render(Protocol):
    """Renders a template in a language; see `ports.publishing.PageRenderer.page`."""

    def __call__(self, template: str, language: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """
    One line of a snippet.

    Attributes:
        day: First day of an event, else the day of publication at the site's place; None beside a deadline only.
        machine_day: The same as HTML's `datetime` wants it, with the hour of an event where it is known.
        last_day: Of an event of several days.
    """

    entry: ChannelEntry
    day: date | None
    machine_day: str
    is_event: bool = False
    last_day: date | None = None
    deadline: date | None = None


def snippets(
    channels: Sequence[Channel],
    *,
    render: Render,
    now: datetime,
) -> dict[PurePosixPath, bytes]:
    """Return a fragment of HTML per channel, without style or script: the page around it gives the look."""
    return {
        PurePosixPath(f"embed/{channel.language}/{channel.id}.html"): render(
            "web/embed.html.j2", channel.language, title=channel.title, lines=headlines(channel, now=now)
        ).encode()
        for channel in channels
        if channel.id != "archive"
    }


def headlines(channel: Channel, *, now: datetime) -> tuple[Headline, ...]:
    """Return what a snippet shows: nothing that is over; events and calls by what is next, all else as it stands."""
    today = _local(now, channel.zone)
    ahead = [entry for entry in channel.entries if not _is_over(entry, channel.id, today)]
    if channel.id in _BY_DAY:
        # What has no day stands last, the newest of it first as before.
        ahead.sort(key=lambda entry: _day_of(entry, channel.id) or date.max)
    return tuple(_headline(entry, channel.zone, today) for entry in ahead[:EMBEDDED])


def _is_over(entry: ChannelEntry, channel_id: str, today: date) -> bool:
    if entry.event is not None and (entry.kind == "event" or channel_id == "events"):
        return (entry.event.end or entry.event.start) < today
    return entry.kind in ("event", "call", "job") and entry.deadline is not None and entry.deadline < today


def _day_of(entry: ChannelEntry, channel_id: str) -> date | None:
    start = entry.event.start if entry.event else None
    return (start or entry.deadline) if channel_id == "events" else (entry.deadline or start)


def _headline(entry: ChannelEntry, zone: str, today: date) -> Headline:
    event = entry.event
    # Registration may be closed while the event is still ahead.
    deadline = entry.deadline if entry.deadline and entry.deadline >= today else None
    if event is not None:
        return Headline(
            entry=entry, day=event.start, machine_day=_machine_day(event), is_event=True,
            last_day=event.last_day if event.has_day else None, deadline=deadline,
        )  # fmt: skip
    if deadline is not None:
        return Headline(entry=entry, day=None, machine_day="", deadline=deadline)
    day = _local(entry.published, zone)
    return Headline(entry=entry, day=day, machine_day=day.isoformat())


def _machine_day(event: EventDates) -> str:
    """Return what HTML's `datetime` takes: a day, perhaps with its hour, a week or a month."""
    if event.precision == "month":
        return f"{event.start:%Y-%m}"
    if event.precision == "week":
        return f"{event.start:%G-W%V}"
    return event.start.isoformat() + (f"T{event.start_time:%H:%M}" if event.start_time else "")


def _local(instant: datetime, zone: str) -> date:
    return date.fromisoformat(dates.local_day(instant, zone))
