"""Progress bars on a terminal, plain silence elsewhere (pipes and logs want lines, not bars)."""

from __future__ import annotations

import sys
from collections.abc import Callable


def bar(label: str) -> Callable[[int, int], None]:
    """Return a function (done, total) that moves the bar; the bar ends when done reaches total."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    drawn = Progress(
        TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    task = drawn.add_task(label, total=None)
    drawn.start()

    def move(done: int, total: int) -> None:
        drawn.update(task, completed=done, total=total)
        if done >= total:
            drawn.stop()

    return move
