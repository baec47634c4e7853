"""Dates as publishers write them: every form we read, to the second (F4, F5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import dates

CASES = {
    "09/01/2025 7:00:00 AM": "2025-09-01T05:00:00",
    "2025.09.01": "2025-08-31T22:00:00 day",
    "31-08-2025 07:00": "2025-08-31T05:00:00",
    "2025-09-01T07:00:00 Europe/London": "2025-09-01T06:00:00",
    "2025-09-01 07:00 No/Where": "2025-09-01T05:00:00",
    "Mon, 01 Sep 2025 07:00:00 +0200": "2025-09-01T05:00:00",
    "Mon, 01 Sep 2025 07:00:00 GMT": "2025-09-01T07:00:00",
    "Mon, 1 Sep 2025 07:00 +0200": "2025-09-01T05:00:00",
    "01 Sep 2025 07:00:00 EST": "2025-09-01T12:00:00",
    "Mon, 01 Sep 2025 07:00:00 -0000": "2025-09-01T07:00:00",
    "Mon, 01 Sep 2025 07:00:00 +0200 (CEST)": "2025-09-01T05:00:00",
    "Mon, 01 Sep 25 07:00:00 UT": "2025-09-01T07:00:00",
    "Thu, 01 Jan 04 19:48:21 GMT": "2004-01-01T19:48:21",
    "Mo, 05 Mai 2025 10:00:00 +0200": "2025-05-05T08:00:00",
    "Mo., 05. Mai 2025 10:00:00 +0200": "2025-05-05T08:00:00",
    "Mi, 05 Mrz 2025 10:00:00 +0100": "2025-03-05T09:00:00",
    "Mi, 05 Mär 2025 10:00:00 +0100": "2025-03-05T09:00:00",
    "Mi, 05 März 2025 10:00:00 +0100": "2025-03-05T09:00:00",
    "Mi, 01 Okt 2025 10:00:00 MESZ": "2025-10-01T08:00:00",
    "Mo, 01 Dez 2025 10:00:00 MEZ": "2025-12-01T09:00:00",
    "Mi, 01 Jän 2025 10:00:00 MEZ": "2025-01-01T09:00:00",
    "Fri, 01 Aug 2025 10:00:00 CEST": "2025-08-01T08:00:00",
    "Wed, 01 Jan 2025 10:00:00 CET": "2025-01-01T09:00:00",
    "Fri, 01 Aug 2025 10:00:00 BST": "2025-08-01T09:00:00",
    "Fri, 01 Aug 2025 10:00:00 PDT": "2025-08-01T17:00:00",
    "Fri, 01 Aug 2025 10:00:00 JST": "2025-08-01T01:00:00",
    "Fri, 01 Aug 2025 10:00:00 XYZ": "2025-08-01T08:00:00",
    "Fri, 01 Aug 2025 10:00:00": "2025-08-01T08:00:00",
    "Wed, 01 Jan 2025 10:00:00": "2025-01-01T09:00:00",
    "01.09.2025 07:00": "2025-09-01T05:00:00",
    "01.09.2025, 07:00 Uhr": "2025-09-01T05:00:00",
    "01.09.2025 um 07.30 Uhr": "2025-09-01T05:30:00",
    "1.9.2025 7:05:09": "2025-09-01T05:05:09",
    "01.09.25 07:00": "2025-09-01T05:00:00",
    "01.09.2025 - 07:00": "2025-09-01T05:00:00",
    "Montag, 1. September 2025, 07:00 Uhr": "2025-09-01T05:00:00",
    "1. September 2025 um 7:00 Uhr": "2025-09-01T05:00:00",
    "Veröffentlicht am 1. September 2025, 07:00": "2025-09-01T05:00:00",
    "Stand: 01.09.2025 07:00": "2025-09-01T05:00:00",
    "2025-09-01T07:00:00Z": "2025-09-01T07:00:00",
    "2025-09-01T07:00:00+02:00": "2025-09-01T05:00:00",
    "2025-09-01T07:00:00.123456+0200": "2025-09-01T05:00:00",
    "2025-09-01T07:00+02": "2025-09-01T05:00:00",
    "2025-09-01T07:00:00-08:00": "2025-09-01T15:00:00",
    "2025-09-01 07:00:00 UTC": "2025-09-01T07:00:00",
    "2025-09-01 07:00": "2025-09-01T05:00:00",
    "20250901T070000Z": "2025-09-01T07:00:00",
    "20250901070000": "2025-09-01T05:00:00",
    "2025/09/01 07:00:00": "2025-09-01T05:00:00",
    "1756710000": "2025-09-01T07:00:00",
    "1756710000000": "2025-09-01T07:00:00",
    "September 1, 2025 7:00 am": "2025-09-01T05:00:00",
    "Sep 1, 2025 7:00 PM": "2025-09-01T17:00:00",
    "1st September 2025 12:00 am": "2025-08-31T22:00:00",
    "Mon Sep  1 07:00:00 2025": "2025-09-01T05:00:00",
    "Mon Sep  1 07:00:00 CEST 2025": "2025-09-01T05:00:00",
    "25/12/2025 10:00": "2025-12-25T09:00:00",
    "12/25/2025 10:00": "2025-12-25T09:00:00",
    "01-Sep-2025 07:00:00 +0200": "2025-09-01T05:00:00",
    "Wed, 03 Sep 2025 24:00:00 +0000": "2025-09-04T00:00:00",
    "Sat, 31 Dec 2016 23:59:60 +0000": "2016-12-31T23:59:59",
    # Only a day: local midnight stands for it.
    "2025-09-01": "2025-08-31T22:00:00 day",
    "01.09.2025": "2025-08-31T22:00:00 day",
    "1. September 2025": "2025-08-31T22:00:00 day",
    "Sept. 1, 2025": "2025-08-31T22:00:00 day",
    "1 Sept 2025": "2025-08-31T22:00:00 day",
    "3. März 2026": "2026-03-02T23:00:00 day",
    "Mär 3, 2026": "2026-03-02T23:00:00 day",
    "20250901": "2025-08-31T22:00:00 day",
    "April 2025": "2025-03-31T22:00:00 day",
    "2025-04": "2025-03-31T22:00:00 day",
    # The nights when the clocks change.
    "30.03.2025 02:30": "2025-03-30T01:30:00",
    "26.10.2025 02:30": "2025-10-26T00:30:00",
}
NONE = [
    "",
    " ",
    "heute",
    "gestern, 10 Uhr",
    "05/06/2025",
    "05-06-2025",
    "05-06-2025 8:00 AM",
    "30 Feb 2025",
    "Fri, 30 Feb 2024 10:00:00 GMT",
    "2025-13-01",
    "2025-02-30",
    "00.00.2025",
    "Mai",
    "2025",
    "12",
    "KW 12",
    "Anfang Juni",
    "0000-00-00 00:00:00",
    "T",
    "1 1 1",
    "31. Juni 2025",
    "99999999999999999999",
]


@pytest.mark.parametrize(("written", "expected"), CASES.items(), ids=CASES)
def test_a_written_date_is_read_exactly(written: str, expected: str):
    """At least 60 forms, German and English, with the source's zone where none is named."""
    instant, _, day = expected.partition(" ")
    assert dates.parse(written) == dates.Moment(
        datetime.fromisoformat(instant).replace(tzinfo=UTC), bool(day)
    )


def test_there_are_sixty_forms():
    """The promise of the issue."""
    assert len(CASES) >= 60


@pytest.mark.parametrize("written", NONE)
def test_what_is_no_date_is_none(written: str):
    """Nothing is guessed."""
    assert dates.parse(written) is None


def test_the_zone_of_the_source_is_used_where_none_is_written():
    """Three zones, one string."""
    found = [
        dates.parse("2025-07-01 12:00", zone=zone) for zone in ("Europe/London", "Asia/Seoul", "No/Where")
    ]
    assert [moment.at.hour for moment in found if moment] == [11, 3, 10]


@pytest.mark.parametrize(
    ("written", "is_plausible"),
    [
        ("1994-12-31", False),
        ("1996-01-01", True),
        ("2026-03-05", True),
        ("2026-03-08", False),
        ("2099-01-01", False),
    ],
)
def test_only_plausible_dates_are_believed(written: str, is_plausible: bool):
    """From 1995 to two days ahead (F5)."""
    assert (dates.parse(written, now=datetime(2026, 3, 4, tzinfo=UTC)) is not None) == is_plausible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dresden, 4. März 2026 – Neues", "2026-03-03T23:00:00"),
        ("04.03.2026 | Presse", "2026-03-03T23:00:00"),
        ("posted 3 March 2026 by Anna", "2026-03-02T23:00:00"),
        ("Telefon 0351 5550-8600, Raum 3.2.2026a", None),
        ("Version 12.3.4 vom Mai", None),
    ],
)
def test_dates_are_found_in_text(text: str, expected: str | None):
    """For list pages, whose date lines carry other words."""
    found = dates.find(text)
    assert (found.at.isoformat()[:19] if found else None) == expected


@given(st.text(max_size=80))
def test_any_text_is_read_or_none(text: str):
    """Never an exception; what is read is aware UTC."""
    found = dates.parse(text)
    assert found is None or found.at.utcoffset() == timedelta()


@given(st.datetimes(min_value=datetime(1996, 1, 1), max_value=datetime(2035, 1, 1)))
def test_iso_round_trip(moment: datetime):
    """What ISO 8601 says is what we read, to the second."""
    aware = moment.replace(microsecond=0, tzinfo=UTC)
    assert dates.parse(aware.isoformat()) == dates.Moment(aware)
