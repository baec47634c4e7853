"""
The clock that nudges: the table of jobs as APScheduler triggers.

It only ticks (reliability spec, section 1.5): a missed or doubled tick changes nothing, as each
job asks the database what is due. One process ticks per workspace: it holds a lock on a file
beside the SQLite database; the operating system frees it when the process dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from newsdigest import jobs, logs
from newsdigest.assembly import Assembly
from newsdigest.errors import UsageError

log = logs.get_logger(__name__)

MISFIRE_GRACE_SECONDS = 24 * 3600


class SecondSchedulerError(UsageError):
    """Another process ticks for this workspace already."""


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """
    Hold the workspace's ticking lock.

    Raises:
        SecondSchedulerError: Another process holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise SecondSchedulerError(
                f"{lock}: a scheduler runs already (process {holder}); stop it first, or start only `newsdigest serve`"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


async def tick(assembly: Assembly, stop: asyncio.Event) -> None:
    """Nudge all jobs until told to stop; then wait for the running ones to come to a clean end."""
    scheduler = AsyncIOScheduler(timezone=assembly.workspace.main.association.zone)
    running: set[asyncio.Task[jobs.JobState]] = set()

    async def nudge(job: jobs.Job) -> None:
        # Jobs are synchronous code (DESIGN.md, section 4.6): a thread each, never two of one kind.
        task = asyncio.ensure_future(asyncio.to_thread(jobs.nudge, assembly, job))
        running.add(task)
        task.add_done_callback(running.discard)
        await task

    for job in jobs.JOBS:
        trigger = (
            IntervalTrigger(seconds=int(job.every.total_seconds()))
            if job.every
            else CronTrigger(hour=job.at.hour if job.at else 3, minute=job.at.minute if job.at else 0)
        )
        scheduler.add_job(
            partial(nudge, job), trigger, id=job.name, coalesce=True, max_instances=1,
            misfire_grace_time=MISFIRE_GRACE_SECONDS, next_run_time=assembly.clock.now() if job.every else None,
        )
    scheduler.start()
    log.info("scheduler_started", jobs=len(jobs.JOBS))
    await stop.wait()
    scheduler.shutdown(wait=False)
    if running:
        await asyncio.gather(*running, return_exceptions=True)
    log.info("scheduler_stopped")
