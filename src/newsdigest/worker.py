"""
The same table of jobs as tasks on PostgreSQL: any number of these on any number of machines.

A worker is given a job's name (or a chunk of sources) and runs what is due of it. Killed at any
moment it loses nothing: what is due is decided from the database, and its nudge is put back.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from newsdigest import jobs, logs
from newsdigest.assembly import Assembly
from newsdigest.errors import UsageError

log = logs.get_logger(__name__)


def work(assembly: Assembly, *, concurrency: int = 2) -> None:
    """
    Run nudges until told to stop.

    Raises:
        UsageError: The store is SQLite, where the scheduler runs the jobs itself.
    """
    queue = assembly.queue()
    if queue is None:
        raise UsageError(
            "the store is SQLite, which belongs to one machine: `newsdigest run` does the work. "
            "For workers set store.url to a PostgreSQL database"
        )
    name = f"{socket.gethostname()}/{os.getpid()}"
    log.info("worker_started", worker=name, concurrency=concurrency)

    def call(job: str, ids: Sequence[str]) -> None:
        if job == jobs.COLLECT_CHUNK:
            jobs.nudge_chunk(assembly, ids)
        else:
            jobs.nudge(assembly, jobs.by_name(job))

    try:
        with assembly.watched():
            # Told to stop, a send under way ends its hand-overs and gives the rest back.
            queue.work(call, name=name, concurrency=concurrency, on_stop=assembly.stopping.set)
    finally:
        queue.close()
