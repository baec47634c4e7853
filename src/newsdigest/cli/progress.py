"""Progress bars on a terminal, plain silence elsewhere (pipes and logs want lines, not bars)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Steps:
    """Several named bars under each other; use as a context manager."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        if not is_quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._progress = Progress(
                TextColumn("{task.description:<12}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )

    def __enter__(self) -> Steps:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            self._progress.stop()

    def move(self, what: str, done: int, total: int) -> None:
        """Set how far a step has come; a new name makes a new bar."""
        if self._progress is None:
            return
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)


def bar(label: str) -> Callable[[int, int], None]:
    """Return a function (done, total) that moves one bar; the bar ends when done reaches total."""
    steps = Steps()
    steps.__enter__()

    def move(done: int, total: int) -> None:
        steps.move(label, done, total)
        if done >= total:
            steps.__exit__()

    return move
