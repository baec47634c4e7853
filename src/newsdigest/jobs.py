"""
The meeting place: every job by name, how often the clock nudges it, and what it calls.

A job is only a nudge. What is due is decided from the database by the job itself, so a job
that runs twice, late or on another machine does the same work once. The table is read by the
scheduler (triggers), the worker (tasks) and the newsroom's screen of jobs.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsdigest import logs
from newsdigest.assembly import Assembly
from newsdigest.errors import NewsdigestError

log = logs.get_logger(__name__)

Progress = Callable[[int, int], None]
"""Told (done, of how many) while a job works."""
NOT_WORKING = "{}"
FORGOTTEN_AFTER = timedelta(hours=1)
"""A chunk that fails is tried again within minutes; one that was not has lost its sources."""
PROGRESS_SECONDS = 2.0
"""How often a working job's progress is written for the screen of jobs; shorter jobs write none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """
    One job.

    Attributes:
        call: Does what is due, telling its progress, and returns one line about it, "" when nothing was.
        every: Time between two nudges; or
        at: Local time from which it is due once a day; also later that day, if nothing ran then.
    """

    name: str
    call: Callable[[Assembly, Progress], str]
    every: timedelta | None = None
    at: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """What is known of a job's last nudge; times are ISO 8601, UTC."""

    job: str
    started: str = ""
    finished: str = ""
    outcome: str = ""  # done, idle, failed
    report: str = ""
    failures: int = 0
    progress: str = ""  # "DONE/TOTAL" while it works


def _collect(assembly: Assembly, progress: Progress) -> str:
    report = assembly.collect(progress=progress)
    return report.line if report.looked else ""


def _sort(assembly: Assembly, progress: Progress) -> str:
    report = assembly.sort(progress=progress)
    if not (report.judged or report.grouped):
        return ""
    return f"{report.judged} judged, {report.grouped} grouped into {report.stories} stories"


JOBS: tuple[Job, ...] = (
    Job(name="collect", call=_collect, every=timedelta(minutes=2)),
    Job(name="sort", call=_sort, every=timedelta(minutes=2)),
    Job(name="compose", call=lambda assembly, _: assembly.compose_due(), every=timedelta(seconds=30)),
    Job(name="links", call=lambda assembly, _: assembly.check_links().line, every=timedelta(minutes=2)),
    Job(name="remind", call=lambda assembly, _: assembly.remind_due(), every=timedelta(minutes=1)),
    Job(
        name="send",
        call=lambda assembly, progress: assembly.send_due(progress=progress),
        every=timedelta(seconds=30),
    ),
    Job(name="publish", call=lambda assembly, _: assembly.publish_due(), every=timedelta(minutes=1)),
    Job(name="absorb", call=lambda assembly, _: assembly.absorb_bounces(), every=timedelta(minutes=5)),
    Job(name="alert", call=lambda assembly, _: assembly.alert_due(), every=timedelta(minutes=5)),
    Job(name="learn", call=lambda assembly, _: assembly.learn_due(), at=time(2, 30)),
    Job(name="retain", call=lambda assembly, _: assembly.retain(), at=time(3, 15)),
)


DAILY_LOOK = timedelta(minutes=10)
"""How often a daily job is asked whether it is due: a machine that was off at night does it in the morning."""

COLLECT = "collect"
COLLECT_CHUNK = "collect_chunk"
"""Not in the table: a part of `collect`, given to one of several workers."""


def by_name(name: str) -> Job:
    """Return a job of the table."""
    return next(job for job in JOBS if job.name == name)


def nudge_chunk(assembly: Assembly, source_ids: Sequence[str]) -> JobState:
    """
    Collect those of the sources that are still due, and store what became of it; never raises.

    Each chunk keeps its own state; what is shown of `collect` is told from all of them.
    """
    chunk = ""

    def call(progress: Progress) -> str:
        return assembly.collect_chunk(source_ids, progress=progress)

    try:
        chunk = assembly.chunk_of(source_ids)
        before = _read(assembly, f"chunk:{chunk}", COLLECT)
    except NewsdigestError as error:
        log.error("chunk_lost", sources=len(source_ids), reason=str(error))
        return JobState(job=COLLECT, outcome="failed", report=str(error))
    state = _run(assembly, call, before, key=chunk)
    _keep(assembly, f"chunk:{chunk}", state)
    with suppress(NewsdigestError):
        _keep(assembly, f"job:{COLLECT}", _sum_of_chunks(assembly, state))
    return state


def _sum_of_chunks(assembly: Assembly, newest: JobState) -> JobState:
    """Return the state of the chunk that fails most often, that of the newest where none does."""
    with assembly.store.read() as unit:
        states = [JobState(**kept) for kept in unit.runs.values(f"chunk:{COLLECT}:")]
    since = _iso(datetime.fromisoformat(newest.finished) - FORGOTTEN_AFTER)
    failing = [state for state in states if state.failures and state.finished >= since]
    return max(failing, key=lambda state: state.failures, default=newest)


def nudge(assembly: Assembly, job: Job) -> JobState:
    """
    Run one job now and store what became of it; never raises.

    An error of ours is a line for the operator; anything else is a defect and logged with its
    trace. Neither stops the clock.
    """
    before = state_of(assembly, job.name)
    zone = ZoneInfo(assembly.workspace.main.association.zone)
    if job.at and not _is_due(job.at, before, assembly.clock.now(), zone):
        return before
    state = _run(assembly, lambda progress: job.call(assembly, progress), before, key=job.name)
    _keep(assembly, f"job:{job.name}", state)
    return state


def _run(assembly: Assembly, call: Callable[[Progress], str], before: JobState, *, key: str) -> JobState:
    """Return what became of one call, which tells its progress under that key."""
    started = assembly.clock.now()
    try:
        with _told(assembly, key) as progress:
            report, outcome = call(progress), "done"
    except NewsdigestError as error:
        report, outcome = str(error), "failed"
        log.warning("job_failed", job=key, reason=report)
    except Exception as error:
        report, outcome = f"defect: {type(error).__name__}: {error}", "failed"
        log.exception("job_broke", job=key)
    finished = assembly.clock.now()
    if outcome == "done" and not report:
        outcome, report = "idle", before.report
    if outcome == "done":
        log.info("job_done", job=key, report=report, seconds=(finished - started).total_seconds())
    return JobState(
        job=before.job,
        started=_iso(started),
        finished=_iso(finished),
        outcome=outcome,
        report=report,
        failures=before.failures + 1 if outcome == "failed" else 0,
    )


def _is_due(at: time, before: JobState, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a daily job has not run since its hour last struck; a failed run waits for the next."""
    local = now.astimezone(zone)
    struck = datetime.combine(local.date(), at, tzinfo=zone)
    if struck > local:
        struck = datetime.combine(local.date() - timedelta(days=1), at, tzinfo=zone)
    return not before.started or datetime.fromisoformat(before.started) < struck.astimezone(UTC)


def state_of(assembly: Assembly, name: str) -> JobState:
    """Return what is known of a job, an empty state for one that never ran."""
    state = _read(assembly, f"job:{name}", name)
    with assembly.store.read() as unit:
        working = [told for told in unit.runs.values(f"working:{name}") if told]
    if not working:
        return state
    # Several workers may have a part of it each.
    done, total = (sum(told[part] for told in working) for part in ("done", "total"))
    return replace(state, progress=f"{done}/{total}")


def states(assembly: Assembly) -> list[JobState]:
    """Return the state of every job, in the table's order."""
    return [state_of(assembly, job.name) for job in JOBS]


@contextmanager
def _told(assembly: Assembly, key: str) -> Iterator[Progress]:
    """
    Give what a job tells its progress to, and write the newest of it now and then.

    The writing is a thread's of its own: a job tells from within its work, where a second
    transaction would wait for the first.
    """
    name, newest = f"working:{key}", [NOT_WORKING]
    is_over = threading.Event()

    def progress(done: int, total: int) -> None:
        newest[0] = json.dumps({"done": done, "total": total})

    def write() -> None:
        written = _value(assembly, name)  # of a process that was killed
        while not is_over.wait(PROGRESS_SECONDS):
            if newest[0] != written:
                written = newest[0]
                _put(assembly, name, written)
        if written != NOT_WORKING:
            _put(assembly, name, NOT_WORKING)

    writer = threading.Thread(target=write, name=f"progress-{key}", daemon=True)
    writer.start()
    try:
        yield progress
    finally:
        is_over.set()
        writer.join()


def _value(assembly: Assembly, name: str) -> str:
    try:
        with assembly.store.read() as unit:
            return unit.runs.get_value(name) or NOT_WORKING
    except NewsdigestError:
        return ""  # whatever it is, it is written anew


def _read(assembly: Assembly, name: str, job: str) -> JobState:
    with assembly.store.read() as unit:
        text = unit.runs.get_value(name)
    return JobState(**json.loads(text)) if text else JobState(job=job)


def _put(assembly: Assembly, name: str, value: str) -> None:
    try:
        with assembly.store.write() as unit:
            unit.runs.put_value(name, value)
    except NewsdigestError as error:
        log.error("job_state_lost", job=name, reason=str(error))


def _keep(assembly: Assembly, name: str, state: JobState) -> None:
    kept = {part: getattr(state, part) for part in JobState.__dataclass_fields__ if part != "progress"}
    _put(assembly, name, json.dumps(kept, ensure_ascii=False))


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
