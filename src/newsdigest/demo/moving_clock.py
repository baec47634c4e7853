"""A clock set by hand that can be let run: the demo's March goes on while the newsroom is open."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class MovingClock:
    """Stands at the instant it was set to until `run`; then goes on at the speed of the machine's own."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._since: float | None = None

    def now(self) -> datetime:
        """Return its present instant, aware, UTC."""
        if self._since is None:
            return self._at
        return self._at + timedelta(seconds=time.monotonic() - self._since)

    def set(self, at: datetime) -> None:
        """Set another instant."""
        self._at = at.astimezone(UTC)
        self._since = None if self._since is None else time.monotonic()

    def run(self) -> None:
        """Let it go on from where it stands."""
        self._since = time.monotonic()
