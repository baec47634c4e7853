"""Dates, spans and numbers as people read them, in German and English. Pure; zones are passed in."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from newsdigest.text.day_words import MONTHS

WEEKDAYS = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def day(value: date, language: str) -> str:
    """Return e.g. `Do, 12. März 2026` or `Thu 12 March 2026`."""
    weekday, month = WEEKDAYS[language][value.weekday()], MONTHS[language][value.month - 1]
    if language == "de":
        return f"{weekday}, {value.day}. {month} {value.year}"
    return f"{weekday} {value.day} {month} {value.year}"


def short_day(value: date, language: str) -> str:
    """Return e.g. `12.3.` or `12 Mar`."""
    return (
        f"{value.day}.{value.month}."
        if language == "de"
        else f"{value.day} {MONTHS['en'][value.month - 1][:3]}"
    )


def instant(value: datetime, language: str, zone: tzinfo) -> str:
    """Return e.g. `Do, 12. März, 10:00 Uhr` or `Thu 12 March, 10:00`, local to the zone."""
    local = value.astimezone(zone)
    weekday, month = WEEKDAYS[language][local.weekday()], MONTHS[language][local.month - 1]
    if language == "de":
        return f"{weekday}, {local.day}. {month}, {local:%H:%M} Uhr"
    return f"{weekday} {local.day} {month}, {local:%H:%M}"


def weekday_time(value: datetime, language: str, zone: tzinfo) -> str:
    """Return e.g. `Do 10:00` or `Thu 10:00`."""
    local = value.astimezone(zone)
    return f"{WEEKDAYS[language][local.weekday()]} {local:%H:%M}"


def span(value: timedelta, language: str, *, is_dative: bool = True) -> str:
    """
    Return the two largest units of a length of time, e.g. `2 Tagen 3 Std.`.

    Args:
        is_dative: As it follows "vor" and "in" in German; else as it follows "alle" or stands alone.
    """
    minutes = int(abs(value).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    minute = "Min." if language == "de" else "min"
    if days:
        german = "Tag" if days == 1 else "Tagen" if is_dative else "Tage"
        name = german if language == "de" else ("day" if days == 1 else "days")
        return f"{days} {name}" + (f" {hours} {'Std.' if language == 'de' else 'h'}" if hours else "")
    if hours:
        return f"{hours} {'Std.' if language == 'de' else 'h'}" + (f" {rest} {minute}" if rest else "")
    return f"{rest} {minute}" if minutes else ("einem Augenblick" if language == "de" else "a moment")


def number(value: float, language: str) -> str:
    """Return a whole number with its thousands set apart."""
    text = f"{int(value):,}"
    return text.replace(",", ".") if language == "de" else text


def decimal(value: float, language: str) -> str:
    """Return a number with one place behind the point, or the comma."""
    text = f"{value:.1f}"
    return text.replace(".", ",") if language == "de" else text


def kilobytes(value: int, language: str) -> str:
    """Return bytes as kB (1,000 bytes), the unit of the limit of 100,000 bytes."""
    return f"{number(round(value / 1000), language)} kB"
