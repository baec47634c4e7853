"""Names of months, and days as people write them within a sentence."""

from __future__ import annotations

from datetime import date

MONTHS = {
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
        "November", "Dezember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
}  # fmt: skip


def written(day: date, language: str) -> str:
    """Return e.g. `12. März 2026` or `12 March 2026`."""
    point = "." if language == "de" else ""
    return f"{day.day}{point} {MONTHS[language][day.month - 1]} {day.year}"
