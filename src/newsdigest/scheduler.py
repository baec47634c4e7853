"""
The clock that nudges: the table of jobs as APScheduler triggers.

It only ticks (reliability spec, section 1.5): a missed or doubled tick changes nothing, as each
job asks the database what is due. One process ticks per workspace. On SQLite it runs the jobs
itself and a second one is refused; on PostgreSQL it hands them to the workers, and a second one
stands by and takes over within seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from newsdigest import jobs, logs
from newsdigest.assembly import Assembly
from newsdigest.errors import NewsdigestError, UsageError
from newsdigest.ports.clock import Clock
from newsdigest.ports.queueing import Queue, TickerLock

log = logs.get_logger(__name__)

STANDBY_SECONDS = 1.0
"""How often a standby tries to take over; the promise is five seconds."""
SWEEP_SECONDS = 5
SILENT_SECONDS = 15.0
ATTEMPTS = 5
STEP_SECONDS = 2.0
"""A clock set back by less is a clock being disciplined."""


class SecondSchedulerError(UsageError):
    """Another process ticks for this workspace already."""


@contextmanager
def held(lock: TickerLock) -> Iterator[None]:
    """
    Hold the ticking lock.

    Raises:
        SecondSchedulerError: Another process holds it.
    """
    if not lock.acquire():
        raise SecondSchedulerError(
            f"a scheduler runs already ({lock.holder}); stop it first, or start only `newsdigest serve`"
        )
    try:
        yield
    finally:
        lock.release()


async def tick(assembly: Assembly, stop: asyncio.Event) -> None:
    """Run the jobs in this process until told to stop; the running ones come to a clean end."""
    with held(assembly.ticker_lock()):
        threads = _Threads()

        async def nudge(job: jobs.Job) -> None:
            # Jobs are synchronous code (DESIGN.md, section 4.6): a thread each, never two of one kind.
            await threads.run(jobs.nudge, assembly, job)

        scheduler = _triggers(assembly, lambda job: partial(nudge, job))
        scheduler.start()
        log.info("scheduler_started", jobs=len(jobs.JOBS))
        watch = ClockWatch(assembly.clock)
        while not stop.is_set():
            await _wait(stop, STANDBY_SECONDS)
            _mind_steps(watch, scheduler)
        assembly.stopping.set()  # a send under way ends its hand-overs and gives the rest back
        scheduler.shutdown(wait=False)
        await threads.end()
        log.info("scheduler_stopped")


async def tick_for_workers(assembly: Assembly, queue: Queue, stop: asyncio.Event) -> None:
    """Hand the jobs to the workers until told to stop; stand by while another scheduler ticks."""
    lock = assembly.ticker_lock()
    try:
        while not stop.is_set():
            if not await asyncio.to_thread(lock.acquire):
                await _wait(stop, STANDBY_SECONDS)
                continue
            log.info("scheduler_leads")
            await _lead(assembly, queue, lock, stop)
    finally:
        lock.release()
        queue.close()
    log.info("scheduler_stopped")


async def _lead(assembly: Assembly, queue: Queue, lock: TickerLock, stop: asyncio.Event) -> None:
    """Tick while the lock is ours."""
    threads = _Threads()

    async def nudge(job: jobs.Job) -> None:
        try:
            await threads.run(hand_out, assembly, queue, job)
            log.debug("ticked", job=job.name)
        except NewsdigestError as error:
            log.error("nudge_lost", job=job.name, reason=str(error))

    async def sweep() -> None:
        try:
            await threads.run(partial(queue.sweep, silent_seconds=SILENT_SECONDS, attempts=ATTEMPTS))
        except NewsdigestError as error:
            log.error("sweep_lost", reason=str(error))

    scheduler = _triggers(assembly, lambda job: partial(nudge, job))
    scheduler.add_job(
        sweep, Every(timedelta(seconds=SWEEP_SECONDS)), id="sweep", coalesce=True, max_instances=1
    )
    scheduler.start()
    watch = ClockWatch(assembly.clock)
    try:
        while not stop.is_set() and await asyncio.to_thread(lock.is_held):
            await _wait(stop, STANDBY_SECONDS)
            _mind_steps(watch, scheduler)
    finally:
        scheduler.shutdown(wait=False)
        await threads.end()
        lock.release()


class _Threads:
    """Work in threads that is waited for at the end, also when the clock that began it is shut down."""

    def __init__(self) -> None:
        self._running: set[asyncio.Future[Any]] = set()

    async def run(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call the function in a thread and wait for it."""
        task = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # APScheduler cancels what it began when it is shut down; the work itself goes on to its end.
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)

    async def end(self) -> None:
        """Wait for what is under way."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)


class Every(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """
    At once, and then at equal distances.

    APScheduler's own interval trigger lists every missed instant before it drops all but one: after
    a clock that began in 1970 was set, that takes minutes. Here what was missed is one tick.
    """

    def __init__(self, distance: timedelta) -> None:
        self._distance = distance

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next instant, never one that has passed."""
        return now if previous_fire_time is None else max(previous_fire_time + self._distance, now)


class ClockWatch:
    """
    Notices that the machine's clock was set back.

    APScheduler would sleep until the old time comes again, be it a year.
    """

    def __init__(self, clock: Clock, steady: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._steady = clock, steady
        self._offset = self._measure()

    def seconds_back(self) -> float:
        """Return by how many seconds the clock was set back since the last question, 0 for none."""
        before, self._offset = self._offset, self._measure()
        return max(before - self._offset, 0.0)

    def _measure(self) -> float:
        return self._clock.now().timestamp() - self._steady()


def _mind_steps(watch: ClockWatch, scheduler: AsyncIOScheduler) -> None:
    """Let every job begin anew from the present instant after the clock was set back."""
    if (seconds := watch.seconds_back()) < STEP_SECONDS:
        return
    log.warning("clock_set_back", seconds=round(seconds))
    for job in scheduler.get_jobs():
        scheduler.reschedule_job(job.id, trigger=job.trigger)


def hand_out(assembly: Assembly, queue: Queue, job: jobs.Job) -> int:
    """Ask the workers for one run of a job; collecting is dealt out by host. Returns how many nudges were new."""
    if job.name != "collect":
        return int(queue.defer(job.name))
    return sum(queue.defer(jobs.COLLECT_CHUNK, ids=ids, lock=lock) for lock, ids in assembly.due_chunks())


def _triggers(assembly: Assembly, call: Callable[[jobs.Job], Callable[[], object]]) -> AsyncIOScheduler:
    scheduler = AsyncIOScheduler(timezone=assembly.workspace.main.association.zone)
    for job in jobs.JOBS:
        # A tick may come as late as it likes: what is due is decided from the database.
        scheduler.add_job(
            call(job), Every(job.every or jobs.DAILY_LOOK), id=job.name, coalesce=True, max_instances=1,
            misfire_grace_time=None,
        )  # fmt: skip
    return scheduler


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
