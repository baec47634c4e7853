"""The clocks: the machine's own, and one that was set by hand (`--now`, the demo, tests)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """Tells the machine's time."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        return datetime.now(UTC)


class FixedClock:
    """Stands still until told to go on."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self._at

    def set(self, at: datetime) -> None:
        """Set another instant."""
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Go on by that much."""
        self._at += by
