"""Queueing: handing nudges to other machines. A nudge carries ids at most, never the work itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol


class Queue(Protocol):
    """Hands nudges to whichever worker is free."""

    def defer(self, job: str, *, ids: Sequence[str] = (), lock: str = "") -> bool:
        """
        Ask for one run of a job; False when the same nudge waits already.

        Args:
            lock: Nudges with the same lock never run at the same time; by default the job's name.
        """
        ...

    def work(
        self,
        call: Callable[[str, Sequence[str]], None],
        *,
        name: str,
        concurrency: int,
        on_stop: Callable[[], None],
    ) -> None:
        """
        Run nudges until told to stop (SIGTERM, SIGINT); those under way come to an end first.

        Args:
            on_stop: Called when told to stop, so that long work can come to its end early.

        Raises:
            StoreError: The database is gone.
        """
        ...

    def sweep(self, *, silent_seconds: float, attempts: int) -> tuple[int, int]:
        """
        Take care of nudges whose worker has died; return how many were put back and given up.

        Args:
            silent_seconds: A worker that gave no sign for so long is dead.
            attempts: A nudge that was begun so often is given up; the next tick asks anew.
        """
        ...

    def depth(self) -> dict[str, int]:
        """Return how many nudges wait or run, by job."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class TickerLock(Protocol):
    """Says who ticks: one process of a workspace."""

    def acquire(self) -> bool:
        """Try once; True when this process is the one. Held until released or the process dies."""
        ...

    def is_held(self) -> bool:
        """Return whether it is still ours (a lost connection loses it)."""
        ...

    def release(self) -> None:
        """Let another process tick."""
        ...

    @property
    def holder(self) -> str:
        """Who holds it, as far as is known; for messages."""
        ...
