"""
Dates as publishers write them, German and English, turned into aware UTC.

What feedparser does with them is measured in the feeds spec (F4, F5): German forms are not read,
`CEST` counts as UTC, an epoch becomes the year 1756, the year 2099 is believed. Here a fixed set of
forms is read, ISO first, and nothing is guessed: `05/06/2025` may be May or June and gives None.
A time without a zone is local to the source. A guessing library (dateparser) was refused: it reads
"heute" and "Mai" in running text as dates, and takes 10 ms a string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=2)
DEFAULT_ZONE = "Europe/Berlin"

_MONTHS = {
    "jan": 1,
    "januar": 1,
    "jänner": 1,
    "jän": 1,
    "jaenner": 1,
    "january": 1,
    "janvier": 1,
    "janv": 1,
    "feb": 2,
    "februar": 2,
    "feber": 2,
    "february": 2,
    "febr": 2,
    "fév": 2,
    "février": 2,
    "mar": 3,
    "mär": 3,
    "märz": 3,
    "maerz": 3,
    "mrz": 3,
    "march": 3,
    "mae": 3,
    "mars": 3,
    "apr": 4,
    "april": 4,
    "avr": 4,
    "avril": 4,
    "mai": 5,
    "may": 5,
    "jun": 6,
    "juni": 6,
    "june": 6,
    "juin": 6,
    "jul": 7,
    "juli": 7,
    "july": 7,
    "juil": 7,
    "juillet": 7,
    "aug": 8,
    "august": 8,
    "août": 8,
    "sep": 9,
    "sept": 9,
    "september": 9,
    "septembre": 9,
    "okt": 10,
    "oct": 10,
    "oktober": 10,
    "october": 10,
    "octobre": 10,
    "nov": 11,
    "november": 11,
    "novembre": 11,
    "dez": 12,
    "dec": 12,
    "dezember": 12,
    "december": 12,
    "déc": 12,
    "décembre": 12,
}

# Hours east of Greenwich. `BST` is British, `IST` Indian: the ones European feeds carry.
_ZONES = {
    "z": 0,
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "wet": 0,
    "west": 1,
    "bst": 1,
    "cet": 1,
    "mez": 1,
    "met": 1,
    "cest": 2,
    "mesz": 2,
    "mest": 2,
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "ist": 5.5,
    "sgt": 8,
    "hkt": 8,
    "kst": 9,
    "jst": 9,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "ast": -4,
    "adt": -3,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}

_NAME = r"[^\W\d_]{3,10}"
_MONTH = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_TIME = (
    r"(?P<hour>[0-2]?\d)[:.h](?P<minute>[0-5]\d)(?:[:.](?P<second>[0-6]\d)(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?(?![^\W_]))?"
)
_ZONE = r"(?P<zone>[zZ]|(?:gmt|utc)?\s?[+\-−]\s?\d{1,2}(?::?\d{2})?|[a-zA-Z]+/[a-zA-Z_]+|[a-zA-Z]{2,5})?"
_UHR = r"(?:\s*uhr)?"
_JOIN = r"(?:\s*,?\s*(?:um|at|t|[-–—|])?\s*|(?<=\d)t)"
_TAIL = rf"(?:{_JOIN}{_TIME}{_UHR}\s*{_ZONE})?"
_FORMS = tuple(
    re.compile(rf"{form}\s*\Z", re.IGNORECASE)
    for form in (
        # First what most feeds have: 01 Sep 2025 07:00:00 +0200, 1. September 2025, 07:00 Uhr, 01-Sep-2025
        (
            rf"(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th"
            rf"|er)?[\s-]*(?:of\s+)?(?P<name>{_NAME})\.?,?[\s-]*(?P<year>\d{{4}}|\d\d){_TAIL}"
        ),
        # 2025-09-01T07:00:00+02:00, 2025-09-01 07:00, 2025-09
        (
            rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:(?:t|\s+"
            rf"|\s*,\s*){_TIME}{_UHR}\s*{_ZONE})?"
        ),
        rf"(?P<year>\d{{4}})[/.](?P<month>\d{{1,2}})[/.](?P<day>\d{{1,2}}){_TAIL}",
        r"(?P<year>\d{4})-(?P<month>\d{2})",
        # 20250901, 20250901T070000Z
        (
            r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
            r"(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>z|[+-]\d{2}:?\d{2})?)?"
        ),
        # 01.09.2025 07:00 Uhr, 1.9.25
        rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}|\d\d){_TAIL}",
        # September 1, 2025 7:00 am
        rf"(?P<name>{_NAME})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?,?\s+(?P<year>\d{{4}}){_TAIL}",
        # Mon Sep  1 07:00:00 [CEST] 2025
        rf"(?P<name>{_NAME})\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?:{_ZONE}\s+)?(?P<year>\d{{4}})",
        # September 2025
        rf"(?P<name>{_NAME})\.?\s+(?P<year>\d{{4}})",
    )
)
_SLASHED = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<by>[/-])(?P<b>\d{{1,2}})(?P=by)(?P<year>\d{{4}}){_TAIL}\s*\Z", re.IGNORECASE
)
_WEEKDAY = re.compile(
    r"\A(?:mo|di|mi|do|fr|sa|so|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|die|mit|don|fre|sam|son"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lun|mer|jeu|ven|dim|mar(?=,))"
    r"(?:\.,|[.,]|(?=\s))\s*(?:(?:den|the)\s+)?",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\A\s*(?:ver(?:ö|oe)ffentlicht|erstellt|ge(?:ä|ae)ndert|aktualisiert|stand|datum|published|posted"
    r"|updated|date|vom|am|on|from)"
    r"(?:\s+(?:am|on))?\s*:?\s+",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^()]{0,40}\)\s*\Z")
_OFFSET = re.compile(r"(?:gmt|utc)?\s?([+\-−])\s?(\d{1,2}):?(\d{2})?\Z", re.IGNORECASE)
_IN_TEXT = re.compile(
    rf"(?<![\d.])(?:\d{{4}}-\d\d-\d\d(?:t\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:?\d\d)?)?"
    rf"|\d{{1,2}}\.\s?\d{{1,2}}\.\s?\d{{4}}"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th)?\s+(?:{_MONTH})\.?,?\s+\d{{4}}|(?:{_MONTH})\.?\s+\d{{1,2}}(?:st|nd"
    rf"|rd|th)?,?\s+\d{{4}}"
    rf"|(?:{_MONTH})\.?\s+\d{{4}})(?!\w)",
    re.IGNORECASE,
)


def local_day(instant: datetime, zone: str = DEFAULT_ZONE) -> str:
    """Return the day of an instant where its source is at home: a Berlin midnight is still the day before in UTC."""
    return instant.astimezone(zone_of(zone)).date().isoformat()


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, aware UTC; `is_date_only` where the text gave no time (local midnight stands for it)."""

    at: datetime
    is_date_only: bool = False


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return the time zone of an IANA name; Europe/Berlin for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def parse(raw: str, *, zone: str = DEFAULT_ZONE, now: datetime | None = None) -> Moment | None:
    """
    Return the moment a string names, or None where it names none.

    Args:
        raw: As published; up to 120 characters are looked at.
        zone: IANA name for times without a zone.
        now: Where given, only moments from 1995 to two days ahead of it are believed (F5).
    """
    text = " ".join(raw[:120].replace("\u200b", "").split())
    found = _read(text, zone) if text else None
    if found is None or (now is not None and not EARLIEST <= found.at <= now + AHEAD):
        return None
    return found


def find(text: str, *, zone: str = DEFAULT_ZONE, now: datetime | None = None) -> Moment | None:
    """Return the first moment written somewhere in a longer text (a list page's date line), or None."""
    for match in _IN_TEXT.finditer(text[:4000]):
        if found := parse(match[0], zone=zone, now=now):
            return found
    return None


def _read(text: str, zone: str) -> Moment | None:
    if text.isdigit() and len(text) in (10, 13):
        return Moment(datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC))
    text = _COMMENT.sub("", _WEEKDAY.sub("", _LABEL.sub("", text, count=1), count=1)).strip(" ,")
    for form in _FORMS:
        if (match := form.match(text)) and (found := _moment(match.groupdict(), zone)):
            return found
    if match := _SLASHED.match(text):
        parts = match.groupdict()
        first, second = int(parts.pop("a")), int(parts.pop("b"))
        # One of them over 12 tells which is the day; both under 13 tell nothing, but "8:00 AM" is American.
        is_american = bool(parts.get("half")) and parts["by"] == "/"
        if (first > 12) != (second > 12) or first == second or is_american:
            day, month = (first, second) if first > 12 else (second, first)
            return _moment({**parts, "day": str(day), "month": str(month)}, zone)
    return None


def _moment(parts: dict[str, str | None], zone: str) -> Moment | None:
    month = (
        int(parts["month"] or 0) if parts.get("month") else _MONTHS.get((parts.get("name") or "").lower(), 0)
    )
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:
        year += 2000 if year < 69 else 1900
    try:
        day = date(year, month, int(parts.get("day") or 1))
    except ValueError:
        return None
    if parts.get("hour") is None:
        return _utc(datetime(day.year, day.month, day.day, tzinfo=zone_of(zone)), is_date_only=True)
    hour, minute = int(parts["hour"] or 0), int(parts["minute"] or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    second = min(int(parts.get("second") or 0), 59)
    # 24:00 is the end of the day; anything later is a mistake of which only the day is kept.
    later = timedelta(days=1) if hour == 24 else timedelta()
    if hour > 24:
        return _utc(datetime(day.year, day.month, day.day, tzinfo=zone_of(zone)), is_date_only=True)
    local = datetime(day.year, day.month, day.day, hour % 24, minute, second)  # noqa: DTZ001 - the zone follows
    return _utc(
        local.replace(tzinfo=_named(parts.get("zone")) or zone_of(zone)), is_date_only=False, later=later
    )


def _utc(local: datetime, *, is_date_only: bool, later: timedelta = timedelta()) -> Moment | None:
    try:
        return Moment(local.astimezone(UTC) + later, is_date_only)
    except (OverflowError, ValueError):
        return None


def _named(written: str | None) -> tzinfo | None:
    """Return the zone that was written; None for none or an unknown name (then the source's zone holds)."""
    if not written:
        return None
    if match := _OFFSET.match(written):
        away = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(away if match[1] == "+" else -away) if away < timedelta(hours=24) else None
    if "/" in written:
        try:
            return ZoneInfo(written)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    hours = _ZONES.get(written.lower())
    return None if hours is None else timezone(timedelta(hours=hours))
