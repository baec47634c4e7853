"""A workspace whose edition is approved and due, and processes forked from this one: starting costs next to nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from newsdigest import logs
from newsdigest.assembly import Assembly
from newsdigest.demo import sample_world
from newsdigest.demo.moving_clock import MovingClock
from newsdigest.demo.run_demo import NEWSLETTER, Demo
from newsdigest.errors import NewsdigestError
from newsdigest.settings.workspace import Workspace

DUE = sample_world.sending_time() + timedelta(minutes=1)
"""The instant at which the approved edition of `approved` is due."""


def approved(folder: Path, *, people: int = 5, is_approved: bool = True) -> str:
    """Make a workspace with an approved edition (or its draft) for so many people; return the edition's id."""
    with Demo(folder) as demo:
        for index, moment in enumerate(sample_world.moments()):
            demo.feeds.moment = index
            demo.clock.set(moment.at)
            demo.assembly.collect()
            demo.assembly.sort()
        for number in range(people):
            demo.assembly.add_subscriber(
                newsletter_id=NEWSLETTER, address=f"p{number}@readers.example", name="", language="de" if number % 2
                else "en", topics=(), basis="member", evidence="test",
            )  # fmt: skip
        demo.clock.set(sample_world.copy_deadline() + sample_world.AFTER_COPY_DEADLINE)
        edition = demo.assembly.compose(NEWSLETTER).edition
        if is_approved:
            demo.assembly.approve(edition.id, by="anna")
    # Nothing is to be fetched any more: the feeds' server is gone.
    (folder / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    return edition.id


def running_assembly(folder: Path, at: datetime) -> Assembly:
    """Return the workspace's assembly under a clock that goes on from that instant."""
    clock = MovingClock(at)
    clock.run()
    return Assembly(Workspace(folder), clock=clock)


class Child:
    """A process forked from this one; its standard error goes to a file."""

    def __init__(self, work: Callable[[], int | None], log: Path) -> None:
        self.log = log
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._work(work)

    def _work(self, work: Callable[[], int | None]) -> None:
        code = 1
        try:
            file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, 1)
            os.dup2(file, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            logs.configure(style="json", level="debug")
            code = work() or 0
        except NewsdigestError as error:
            print(f"newsdigest: {error}", file=sys.stderr, flush=True)
            code = error.exit_code
        except BaseException as error:
            print(f"broke: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)

    def ended(self) -> int | None:
        """Return the exit code, None while it runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def wait(self) -> int:
        """Return its exit code once it ended by itself."""
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def end(self, number: int = signal.SIGTERM, *, seconds: float = 30) -> int:
        """Signal it and return its exit code; one that does not end is killed."""
        os.kill(self.pid, number)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if (code := self.ended()) is not None:
                return code
            time.sleep(0.005)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise TimeoutError(f"{self.log.name} did not end: {self.said()}")

    def said(self) -> str:
        """Return what it wrote."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


@contextmanager
def together(works: list[Callable[[], int | None]], folder: Path) -> Iterator[list[Child]]:
    """Start the children at the same instant; those that still run are killed at the end."""
    gate, opens = os.pipe()

    def gated(work: Callable[[], int | None]) -> Callable[[], int | None]:
        def begin() -> int | None:
            os.close(opens)  # else the gate would stay shut: a child holds the other end too
            os.read(gate, 1)
            return work()

        return begin

    children = [Child(gated(work), folder / f"child{number}.log") for number, work in enumerate(works)]
    os.close(gate)
    os.close(opens)
    try:
        yield children
    finally:
        for child in children:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
