"""
The events of a channel as iCalendar (RFC 5545), written by hand: few fields, stable bytes.

A library was refused, as it brings the clock into every file (DTSTAMP, PRODID with its version) and
the part of the standard we need is one page. DTSTAMP is the entry's last change, so unchanged
events give unchanged bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsdigest.model.channels import Channel, ChannelEntry
from newsdigest.text import xml_text

LINE = 75  # octets, RFC 5545 section 3.1


class CalendarChannel:
    """See `ports.publishing.ChannelCalendar`."""

    def calendar(self, channel: Channel) -> bytes:
        """Return one event per entry whose day is known, times in UTC."""
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//newsdigest//events//EN",
            "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH",
            f"X-WR-CALNAME:{_text(channel.title)}",
        ]
        zone = ZoneInfo(channel.zone)
        for entry in channel.entries:
            if entry.event is not None and entry.event.has_day:
                lines += _event(entry, zone)
        lines.append("END:VCALENDAR")
        return b"".join(_folded(line) for line in lines)


def _event(entry: ChannelEntry, zone: ZoneInfo) -> Iterator[str]:
    event = entry.event
    assert event is not None
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.guid.removeprefix('urn:uuid:')}@newsdigest"
    yield f"DTSTAMP:{_utc(entry.changed)}"
    yield f"LAST-MODIFIED:{_utc(entry.changed)}"
    last = event.last_day or event.start
    # Of several days without an hour of the end, a calendar would show the first only.
    if event.start_time is None or (event.last_day and event.end_time is None):
        yield f"DTSTART;VALUE=DATE:{event.start:%Y%m%d}"
        # The end of an all-day event is the first day after it (section 3.6.1).
        yield f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"
    else:
        start = datetime.combine(event.start, event.start_time, zone)
        yield f"DTSTART:{_utc(start)}"
        end = datetime.combine(last, event.end_time, zone) if event.end_time else None
        if end is not None and end > start:
            yield f"DTEND:{_utc(end)}"
    yield f"SUMMARY:{_text(entry.title)}"
    if entry.teaser:
        yield f"DESCRIPTION:{_text(entry.teaser)}"
    if event.place:
        yield f"LOCATION:{_text(event.place)}"
    yield f"URL:{entry.url}"
    if event.is_cancelled:
        yield "STATUS:CANCELLED"
    yield "END:VEVENT"


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    clean = xml_text.clean(text).replace("\r\n", "\n").replace("\r", "\n").strip()
    escaped = clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n").replace("\t", " ")


def _folded(line: str) -> bytes:
    """Return the line in pieces of at most 75 octets, never within a character."""
    made, piece = b"", b""
    for character in line:
        raw = character.encode()
        if len(piece) + len(raw) > LINE:
            made += piece + b"\r\n"
            piece = b" "
        piece += raw
    return made + piece + b"\r\n"
