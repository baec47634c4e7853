"""When editions go out: over changes of the clocks, holidays, breaks, week 53 and weeks of sleep."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsdigest.editing import cadence, holidays
from newsdigest.model.newsletters import Cadence

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "Europe/Berlin", "UTC", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca", "Asia/Tehran",
]  # fmt: skip
GRACE = timedelta(hours=2)
PLAIN = Cadence(holidays="")


def days(made: Cadence, first: date, last: date) -> list[date]:
    return [period.day for period in cadence.periods(made, BERLIN, first, last)]


@pytest.mark.parametrize(
    ("year", "easter", "repentance"),
    [(2024, (3, 31), (11, 20)), (2025, (4, 20), (11, 19)), (2026, (4, 5), (11, 18)), (2027, (3, 28), (11, 17)),
     (2038, (4, 25), (11, 17)), (2285, (3, 22), (11, 18))],
)  # fmt: skip
def test_movable_holidays(year: int, easter: tuple[int, int], repentance: tuple[int, int]):
    """Easter (also its earliest and latest day) and Buß- und Bettag fall on the published days."""
    assert holidays.easter(year) == date(year, *easter)
    assert holidays.repentance_day(year) == date(year, *repentance)
    assert holidays.repentance_day(year).weekday() == 2


def test_saxony_has_thirteen_named_days_in_2026():
    """The state's own calendar for 2026 (Sundays of Easter and Whitsun counted)."""
    assert len(holidays.saxony(2026)) == 13
    assert holidays.saxony(2026)[date(2026, 5, 14)] == "Christi Himmelfahrt"


def test_edition_on_a_holiday_moves_with_its_cut_off():
    """Ascension Day is always a Thursday: Wednesday instead, and the copy deadline moves along."""
    [period] = cadence.periods(Cadence(), BERLIN, date(2026, 5, 11), date(2026, 5, 17))
    assert (period.day, period.planned) == (date(2026, 5, 13), date(2026, 5, 14))
    assert period.cut_off == datetime(2026, 5, 12, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "expected"), [("before", [date(2026, 5, 13)]), ("after", [date(2026, 5, 15)]), ("skip", [])]
)
def test_rules_for_holidays(rule: str, expected: list[date]):
    """Before, after, or not at all."""
    assert days(Cadence(on_holiday=rule), date(2026, 5, 11), date(2026, 5, 17)) == expected


def test_summer_break_and_specials():
    """Nothing goes out in a pause; an extra day is one period more."""
    made = Cadence(pauses=((date(2026, 8, 3), date(2026, 8, 16)),), specials=(date(2026, 8, 18),))
    assert days(made, date(2026, 7, 27), date(2026, 8, 20)) == [
        date(2026, 7, 30),
        date(2026, 8, 18),
        date(2026, 8, 20),
    ]


def test_every_second_week_passes_week_53_evenly():
    """2026 has a week 53: fourteen days between editions all the same, where parity would give seven or twenty-one."""
    found = days(Cadence(every_weeks=2, holidays=""), date(2026, 12, 1), date(2027, 2, 1))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(days=14)}
    [period] = cadence.periods(PLAIN, BERLIN, date(2026, 12, 31), date(2026, 12, 31))
    assert period.week == (2026, 53)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 3, 29), 10, datetime(2026, 3, 29, 8, tzinfo=UTC)),  # summer time has begun
        (date(2026, 10, 25), 10, datetime(2026, 10, 25, 9, tzinfo=UTC)),  # summer time is over
        (date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # 02:30 does not exist: 03:30
        (date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 02:30 comes twice: the first
    ],
    ids=["spring", "autumn", "skipped_time", "repeated_time"],
)
def test_changes_of_the_clocks(day: date, hour: int, expected: datetime):
    """The local time holds, whatever the clocks do."""
    at = time(hour, 30 if hour == 2 else 0)
    assert cadence.local_instant(day, at, BERLIN) == expected


@given(
    zone=st.sampled_from(ZONES), weekday=st.integers(0, 6), hour=st.integers(0, 23), every=st.sampled_from([1, 2]),
    ticks=st.lists(st.integers(12 * 60, 40 * 24 * 60), min_size=5, max_size=60),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_exactly_one_edition_a_period(zone: str, weekday: int, hour: int, every: int, ticks: list[int]):
    """
    Over two years in twelve zones, however irregularly the clock nudges: every period is composed or kept as missed, once (Q4).
    """
    tz = ZoneInfo(zone)
    made = Cadence(
        weekday=weekday, time=time(hour, 30), every_weeks=every, holidays="", anchor=date(2026, 1, 5)
    )
    now = datetime(2026, 1, 5, tzinfo=UTC)
    last: date | None = None
    done: list[date] = []
    number = 0
    while now < datetime(2028, 1, 5, tzinfo=UTC):
        plan = cadence.plan(made, tz, now=now, last_day=last, grace=GRACE)
        handled = [*plan.missed, *([plan.due] if plan.due else [])]
        done += [period.day for period in handled]
        last = max([*done, *([last] if last else [])], default=None)
        now += timedelta(minutes=ticks[number % len(ticks)])
        number += 1
    assert len(done) == len(set(done))
    assert done == sorted(done)
    if done:
        planned = [p.day for p in cadence.periods(made, tz, done[0], done[-1])]
        assert done == planned


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_of_weekly_editions(zone: str):
    """104 or 105 weeks give as many editions, each at its local time, never twice at one instant."""
    tz = ZoneInfo(zone)
    found = list(cadence.periods(PLAIN, tz, date(2026, 1, 1), date(2027, 12, 31)))
    assert len(found) == 105
    assert len({period.send_at for period in found}) == 105
    for period in found:
        assert period.cut_off < period.send_at
        assert period.send_at.astimezone(tz).time() == time(10, 0)
        assert period.send_at.astimezone(tz).date() == period.day


def test_three_weeks_down_give_one_edition_and_two_rows():
    """Late rather than never, once, and the gap is kept."""
    now = datetime(2026, 3, 26, 8, tzinfo=UTC)
    plan = cadence.plan(PLAIN, BERLIN, now=now, last_day=date(2026, 3, 5), grace=GRACE)
    assert plan.due is not None
    assert plan.due.day == date(2026, 3, 26)
    assert [period.day for period in plan.missed] == [date(2026, 3, 12), date(2026, 3, 19)]


def test_a_new_newsletter_owes_nothing():
    """Installed on a Friday, nothing of Thursday is due; the next one is to come."""
    plan = cadence.plan(PLAIN, BERLIN, now=datetime(2026, 3, 13, 8, tzinfo=UTC), last_day=None, grace=GRACE)
    assert (plan.due, plan.missed) == (None, ())
    assert plan.upcoming is not None
    assert plan.upcoming.day == date(2026, 3, 19)


def test_backward_clock_step_composes_nothing_again():
    """A clock set back an hour after composing finds nothing due."""
    plan = cadence.plan(
        PLAIN, BERLIN, now=datetime(2026, 3, 11, 10, tzinfo=UTC), last_day=date(2026, 3, 12), grace=GRACE
    )
    assert plan.due is None
