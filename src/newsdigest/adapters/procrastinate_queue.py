"""
The queue of several machines: procrastinate on the store's own PostgreSQL.

One task carries the name of a job and, for chunks, ids. A queueing lock keeps a nudge from
waiting twice; a lock keeps two runs of it apart. Finished nudges are deleted. What a dead
worker left behind is put back by our own sweep, a few times at most (DESIGN.md, section 5).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import procrastinate
from procrastinate import exceptions
from procrastinate.jobs import Status

from newsdigest import logs
from newsdigest.errors import StoreAccessError, StoreError

log = logs.get_logger(__name__)

TASK = "newsdigest.nudge"
GRACE_SECONDS = 140.0
"""How long a worker waits at its end for nudges under way: longer than a hand-over may take."""


class ProcrastinateQueue:
    """
    See `ports.queueing.Queue`.

    Args:
        url: libpq URI, `postgresql://user@host/database`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._app = procrastinate.App(
            connector=procrastinate.SyncPsycopgConnector(conninfo=self._url, min_size=1, max_size=2)
        )
        with _ours():
            self._app.open()

    def prepare(self) -> None:
        """
        Make the queue's tables if they are not there.

        Raises:
            StoreError: The database does not let us.
        """
        with _ours():
            if self._app.check_connection():
                return
            try:
                self._app.schema_manager.apply_schema()
            except exceptions.ConnectorException:
                # Another process made them at the same moment; its transaction won, ours left nothing.
                if not self._app.check_connection():
                    raise

    def defer(self, job: str, *, ids: Sequence[str] = (), lock: str = "") -> bool:
        """Ask for one run; False when the same nudge waits already."""
        name = lock or job
        try:
            with _ours():
                self._app.configure_task(TASK, lock=name, queueing_lock=name).defer(job=job, ids=list(ids))
        except exceptions.AlreadyEnqueued:
            return False
        return True

    def work(
        self,
        call: Callable[[str, Sequence[str]], None],
        *,
        name: str,
        concurrency: int,
        on_stop: Callable[[], None],
    ) -> None:
        """Run nudges until told to stop."""
        with _ours():
            asyncio.run(self._work(call, name, concurrency, on_stop))

    async def _work(
        self,
        call: Callable[[str, Sequence[str]], None],
        name: str,
        concurrency: int,
        on_stop: Callable[[], None],
    ) -> None:
        connector = procrastinate.PsycopgConnector(conninfo=self._url, min_size=1, max_size=concurrency + 3)
        app = procrastinate.App(connector=connector)

        @app.task(name=TASK)
        def nudge(job: str, ids: list[str]) -> None:
            call(job, ids)

        async with app.open_async():
            worker = asyncio.ensure_future(
                app.run_worker_async(
                    name=name,
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    fetch_job_polling_interval=2.0,
                    update_heartbeat_interval=2.0,
                    stalled_worker_timeout=10.0,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                )
            )
            loop = asyncio.get_running_loop()

            def stop() -> None:
                on_stop()
                worker.cancel()

            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop)
            try:
                await worker
            except asyncio.CancelledError:
                log.info("worker_stopped", worker=name)

    def sweep(self, *, silent_seconds: float, attempts: int) -> tuple[int, int]:
        """Put back or give up the nudges of dead workers."""
        with _ours():
            return asyncio.run(self._sweep(silent_seconds, attempts))

    async def _sweep(self, silent_seconds: float, attempts: int) -> tuple[int, int]:
        back = given_up = 0
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=self._url, min_size=1, max_size=2)
        )
        async with app.open_async():
            manager = app.job_manager
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds):
                # `attempts` counts ended runs; the one that died is not among them.
                if job.attempts + 1 >= attempts:
                    await manager.finish_job(job, Status.FAILED, delete_job=True)
                    given_up += 1
                    log.error("nudge_given_up", job=job.task_kwargs.get("job"), attempts=job.attempts + 1)
                    continue
                try:
                    await manager.retry_job(job)
                except exceptions.UniqueViolation:
                    # The same nudge waits already behind this one's lock: that one will do its work.
                    await manager.finish_job(job, Status.FAILED, delete_job=True)
                back += 1
                log.warning("nudge_put_back", job=job.task_kwargs.get("job"))
        return back, given_up

    def depth(self) -> dict[str, int]:
        """Return how many nudges wait or run, by job."""
        made: dict[str, int] = {}
        with _ours():
            for status in (Status.TODO, Status.DOING):
                for job in self._app.job_manager.list_jobs(status=status.value):
                    name = str(job.task_kwargs.get("job"))
                    made[name] = made.get(name, 0) + 1
        return made

    def close(self) -> None:
        """Let go of the connections."""
        self._app.close()


@contextmanager
def _ours() -> Iterator[None]:
    """Turn the queue's errors into ours: whoever waits on it can try again, or be started anew."""
    try:
        yield
    except exceptions.AlreadyEnqueued:
        raise
    except (exceptions.ConnectorException, OSError) as error:
        cause = str(error.__cause__ or error).strip().splitlines()
        if cause and "permission denied" in cause[0]:
            raise StoreAccessError(
                f"the queue's tables cannot be made or used ({cause[0]}); give this program's role the right to"
            ) from error
        raise StoreError(
            f"the queue's database does not do what was asked ({cause[0] if cause else error})"
        ) from error
