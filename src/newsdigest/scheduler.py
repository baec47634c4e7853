"""
The clock that nudges: the table of jobs as APScheduler triggers.

It only ticks (reliability spec, section 1.5): a missed or doubled tick changes nothing, as each
job asks the database what is due. One process ticks per workspace. On SQLite it runs the jobs
itself and a second one is refused; on PostgreSQL it hands them to the workers, and a second one
stands by and takes over within seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from newsdigest import jobs, logs
from newsdigest.assembly import Assembly
from newsdigest.errors import NewsdigestError, UsageError
from newsdigest.ports.queueing import Queue, TickerLock

log = logs.get_logger(__name__)

MISFIRE_GRACE_SECONDS = 24 * 3600
STANDBY_SECONDS = 1.0
"""How often a standby tries to take over; the promise is five seconds."""
SWEEP_SECONDS = 5
SILENT_SECONDS = 15.0
ATTEMPTS = 5


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
        running: set[asyncio.Task[jobs.JobState]] = set()

        async def nudge(job: jobs.Job) -> None:
            # Jobs are synchronous code (DESIGN.md, section 4.6): a thread each, never two of one kind.
            task = asyncio.ensure_future(asyncio.to_thread(jobs.nudge, assembly, job))
            running.add(task)
            task.add_done_callback(running.discard)
            await task

        scheduler = _triggers(assembly, lambda job: partial(nudge, job))
        scheduler.start()
        log.info("scheduler_started", jobs=len(jobs.JOBS))
        await stop.wait()
        assembly.stopping.set()  # a send under way ends its hand-overs and gives the rest back
        scheduler.shutdown(wait=False)
        if running:
            await asyncio.gather(*running, return_exceptions=True)
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

    async def nudge(job: jobs.Job) -> None:
        try:
            await asyncio.to_thread(hand_out, assembly, queue, job)
        except NewsdigestError as error:
            log.error("nudge_lost", job=job.name, reason=str(error))

    async def sweep() -> None:
        await asyncio.to_thread(queue.sweep, silent_seconds=SILENT_SECONDS, attempts=ATTEMPTS)

    scheduler = _triggers(assembly, lambda job: partial(nudge, job))
    scheduler.add_job(
        sweep, IntervalTrigger(seconds=SWEEP_SECONDS), id="sweep", coalesce=True, max_instances=1
    )
    scheduler.start()
    try:
        while not stop.is_set() and await asyncio.to_thread(lock.is_held):
            await _wait(stop, STANDBY_SECONDS)
    finally:
        scheduler.shutdown(wait=False)
        lock.release()


def hand_out(assembly: Assembly, queue: Queue, job: jobs.Job) -> int:
    """Ask the workers for one run of a job; collecting is dealt out by host. Returns how many nudges were new."""
    if job.name != "collect":
        return int(queue.defer(job.name))
    return sum(queue.defer(jobs.COLLECT_CHUNK, ids=ids, lock=lock) for lock, ids in assembly.due_chunks())


def _triggers(assembly: Assembly, call: Callable[[jobs.Job], Callable[[], object]]) -> AsyncIOScheduler:
    scheduler = AsyncIOScheduler(timezone=assembly.workspace.main.association.zone)
    for job in jobs.JOBS:
        trigger = (
            IntervalTrigger(seconds=int(job.every.total_seconds()))
            if job.every
            else CronTrigger(hour=job.at.hour if job.at else 3, minute=job.at.minute if job.at else 0)
        )
        options = {} if job.every is None else {"next_run_time": assembly.clock.now()}
        scheduler.add_job(
            call(job), trigger, id=job.name, coalesce=True, max_instances=1,
            misfire_grace_time=MISFIRE_GRACE_SECONDS, **options,
        )  # fmt: skip
    return scheduler


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
