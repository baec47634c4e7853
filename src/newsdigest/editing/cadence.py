"""
When a newsletter goes out: local calendar days, turned into instants only at the end.

A period is a planned local day. Days are counted in the local calendar and the clock time is
put on last, so neither change of the clocks moves, doubles or loses an edition. The cut-off
keeps its distance in days, also where an edition moves away from a holiday; else a Thursday
edition moved to Wednesday would find its copy deadline behind it. "Every second week" is
counted from an anchor day, not by the parity of the week's number: a year with a week 53
would give two odd weeks in a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from newsdigest.editing import holidays
from newsdigest.model.newsletters import Cadence

DAY = timedelta(days=1)
_NEAR = 30
_LOOK_AHEAD = 400  # days: a summer break and a year of pauses end within


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """
    One planned edition.

    Attributes:
        day: Local date of sending.
        planned: Local date before it moved for a holiday; the same as `day` else.
        send_at, cut_off: Aware UTC.
        is_special: An extra date of the settings.
    """

    day: date
    planned: date
    send_at: datetime
    cut_off: datetime
    is_special: bool = False

    @property
    def week(self) -> tuple[int, int]:
        """ISO year and week of the day of sending, e.g. (2026, 53)."""
        year, week, _ = self.day.isocalendar()
        return year, week


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What is to be done about a newsletter now.

    Attributes:
        due: Compose this one: its cut-off is over, and it has no edition yet.
        missed: Passed over while nobody was awake; kept as skipped rows.
        upcoming: The next one whose cut-off is still to come.
    """

    due: Period | None
    missed: tuple[Period, ...]
    upcoming: Period | None


def periods(cadence: Cadence, zone: tzinfo, first: date, last: date) -> Iterator[Period]:
    """Yield the periods sent on local days from `first` to `last`, both included, by day."""
    # A day may move up to a week away from a holiday (Christmas, New Year).
    start, end = first - 14 * DAY, last + 14 * DAY
    free = holidays.calendar(cadence.holidays, range(start.year - 1, end.year + 2))
    found: dict[date, Period] = {}
    for planned in _regular_days(cadence, start, end):
        day = _moved(planned, cadence, free)
        if day is None or _is_paused(day, cadence) or _is_paused(planned, cadence):
            continue
        found.setdefault(day, _period(cadence, zone, day, planned))
    for day in cadence.specials:
        found[day] = _period(cadence, zone, day, day, is_special=True)
    yield from (found[day] for day in sorted(found) if first <= day <= last)


def plan(cadence: Cadence, zone: tzinfo, *, now: datetime, last_day: date | None, grace: timedelta) -> Plan:
    """
    Return what is due now.

    Late rather than never, and once: of several periods passed since the last edition, the
    newest is due and the others count as missed. A newsletter without any edition starts
    with the period that runs; what lay before it was never promised.

    Args:
        last_day: Local day of the newest edition, None where there is none.
        grace: How long after its start the first edition ever may still be drafted.
    """
    today = now.astimezone(zone).date()
    first = last_day + DAY if last_day is not None else today - 14 * DAY
    passed: list[Period] = []
    upcoming = None
    # A near look finds it nearly always; the clock asks every half minute.
    for reach in (_NEAR, _LOOK_AHEAD):
        found = list(periods(cadence, zone, first, today + timedelta(days=reach)))
        passed = [period for period in found if period.cut_off <= now]
        upcoming = next((period for period in found if period.cut_off > now), None)
        if upcoming is not None:
            break
    if last_day is None:
        passed = [period for period in passed if period.send_at + grace >= now][-1:]
    due = passed[-1] if passed else None
    return Plan(due=due, missed=tuple(passed[:-1]), upcoming=upcoming)


def period_of(cadence: Cadence, zone: tzinfo, day: date) -> Period | None:
    """Return the period sent on that local day, None where nothing is planned."""
    return next(periods(cadence, zone, day, day), None)


def previous(cadence: Cadence, zone: tzinfo, period: Period) -> Period | None:
    """Return the period before that one, None where there is none within a year."""
    earlier = list(periods(cadence, zone, period.day - timedelta(days=_LOOK_AHEAD), period.day - DAY))
    return earlier[-1] if earlier else None


def local_instant(day: date, at: time, zone: tzinfo) -> datetime:
    """
    Return the UTC instant of a local time of day.

    A time the clocks skip in spring means the same distance after midnight (02:30 becomes
    03:30); a time they repeat in autumn means its first occurrence.
    """
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


def _period(cadence: Cadence, zone: tzinfo, day: date, planned: date, *, is_special: bool = False) -> Period:
    back = (cadence.weekday - cadence.cut_off_weekday) % 7
    if back == 0 and cadence.cut_off_time >= cadence.time:
        back = 7
    return Period(
        day=day,
        planned=planned,
        send_at=local_instant(day, cadence.time, zone),
        cut_off=local_instant(day - back * DAY, cadence.cut_off_time, zone),
        is_special=is_special,
    )


def _regular_days(cadence: Cadence, start: date, end: date) -> Iterator[date]:
    anchor = cadence.anchor - cadence.anchor.weekday() * DAY
    monday = start - start.weekday() * DAY
    while monday <= end:
        if ((monday - anchor).days // 7) % max(cadence.every_weeks, 1) == 0:
            yield monday + cadence.weekday * DAY
        monday += 7 * DAY


def _moved(day: date, cadence: Cadence, free: dict[date, str]) -> date | None:
    """Return the day itself, the nearest working day in the set direction, or None to leave it out."""
    if day not in free:
        return day
    if cadence.on_holiday == "skip":
        return None
    step = -DAY if cadence.on_holiday == "before" else DAY
    while day in free or day.weekday() >= 5:
        day += step
    return day


def _is_paused(day: date, cadence: Cadence) -> bool:
    return any(first <= day <= last for first, last in cadence.pauses)
