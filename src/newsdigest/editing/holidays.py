"""
Public holidays of Saxony, computed.

Law: Sächsisches SFG, section 1: Repentance Day (Buß- und Bettag) is a holiday in Saxony only; Corpus
Christi only in some Sorbian parishes and so not here. The `holidays` package was tried and
refused: fourteen lines of a law that has not changed since 1995 need no dependency of 20 MB.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta


def easter(year: int) -> date:
    """
    Return Easter Sunday of a Gregorian year.

    Source: the anonymous algorithm in Meeus, Astronomical Algorithms (1991), chapter 8.
    """
    a = year % 19
    b, c = divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def repentance_day(year: int) -> date:
    """Return Buß- und Bettag: the Wednesday before 23 November."""
    eve = date(year, 11, 22)
    return eve - timedelta(days=(eve.weekday() - 2) % 7)


def saxony(year: int) -> dict[date, str]:
    """Return the public holidays of a year with their German names."""
    sunday = easter(year)
    return {
        date(year, 1, 1): "Neujahr",
        sunday - timedelta(days=2): "Karfreitag",
        sunday: "Ostersonntag",
        sunday + timedelta(days=1): "Ostermontag",
        date(year, 5, 1): "Tag der Arbeit",
        sunday + timedelta(days=39): "Christi Himmelfahrt",
        sunday + timedelta(days=49): "Pfingstsonntag",
        sunday + timedelta(days=50): "Pfingstmontag",
        date(year, 10, 3): "Tag der Deutschen Einheit",
        date(year, 10, 31): "Reformationstag",
        repentance_day(year): "Buß- und Bettag",
        date(year, 12, 25): "1. Weihnachtstag",
        date(year, 12, 26): "2. Weihnachtstag",
    }


def calendar(name: str, years: Iterable[int]) -> dict[date, str]:
    """Return the holidays of those years by the calendar's name: `saxony`, or "" for none."""
    if name != "saxony":
        return {}
    return {day: word for year in years for day, word in saxony(year).items()}
