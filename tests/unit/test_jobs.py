"""Jobs: a nudge never raises, and says what became of it."""

from __future__ import annotations

import threading
import time as time_module
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from newsdigest import jobs
from newsdigest.assembly import Assembly
from newsdigest.errors import NewsdigestError
from newsdigest.jobs import Job, JobState
from newsdigest.model.sources import Source, SourceState
from newsdigest.settings.workspace import Workspace

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def assembly(tmp_path: Path):
    (tmp_path / "config").mkdir()
    made = Assembly(Workspace(tmp_path), now=NOW)
    yield made
    made.close()


def fail(error: Exception) -> Job:
    def call(*_: object) -> str:
        raise error

    return Job(name="x", call=call)


def test_a_job_that_did_something_is_done(assembly: Assembly):
    """Its report is stored with the time."""
    state = jobs.nudge(assembly, Job(name="x", call=lambda *_: "3 sent"))
    assert (state.outcome, state.report, state.started) == ("done", "3 sent", "2026-03-12T09:00:00+00:00")
    assert jobs.state_of(assembly, "x") == state


def test_an_idle_nudge_keeps_the_last_report(assembly: Assembly):
    """Nothing due: the screen still shows what was done last."""
    jobs.nudge(assembly, Job(name="x", call=lambda *_: "3 sent"))
    assert (jobs.nudge(assembly, Job(name="x", call=lambda *_: ""))).report == "3 sent"


@pytest.mark.parametrize(
    ("error", "report"),
    [
        pytest.param(NewsdigestError("relay: says no; wait"), "relay: says no; wait", id="error_of_ours"),
        pytest.param(ValueError("boom"), "defect: ValueError: boom", id="defect"),
    ],
)
def test_failures_are_counted_in_a_row(assembly: Assembly, error: Exception, report: str):
    """Neither an error of ours nor a defect stops the clock; a success starts the count anew."""
    jobs.nudge(assembly, fail(error))
    state = jobs.nudge(assembly, fail(error))
    assert (state.outcome, state.report, state.failures) == ("failed", report, 2)
    assert jobs.nudge(assembly, Job(name="x", call=lambda *_: "ok")).failures == 0


def test_a_working_job_shows_how_far_it_is(assembly: Assembly, monkeypatch: pytest.MonkeyPatch):
    """Its progress can be read while it works, from any process, and is gone when it is done or was killed."""
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", 0.01)
    seen: list[str] = []

    def work(_: Assembly, progress: jobs.Progress) -> str:
        progress(3, 10)
        until = time_module.monotonic() + 20
        while not seen and time_module.monotonic() < until:
            seen.extend(one for one in [jobs.state_of(assembly, "x").progress] if one == "3/10")
        return "10 done"

    with assembly.store.write() as unit:
        unit.runs.put_value("working:x", '{"done": 1, "total": 5}')  # a killed process left it
    jobs.nudge(assembly, Job(name="x", call=work))
    assert seen == ["3/10"]
    assert (jobs.state_of(assembly, "x").progress, jobs.state_of(assembly, "x").report) == ("", "10 done")


def test_chunks_on_workers_show_how_far_collecting_is(assembly: Assembly, monkeypatch: pytest.MonkeyPatch):
    """What several workers have in hand is one sum, seen from any process, and gone when they are done."""
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", 0.01)
    is_seen = threading.Event()

    def work(ids: Sequence[str], *, progress: jobs.Progress) -> str:
        progress(*{"a": (3, 10), "b": (4, 20)}[ids[0]])
        is_seen.wait(20)
        return f"{ids[0]} looked at"

    put_sources(assembly, "a", "b")
    assembly.__dict__["collect_chunk"] = work
    with ThreadPoolExecutor() as workers:
        states = workers.map(lambda id_: jobs.nudge_chunk(assembly, [id_]), "ab")
        until = time_module.monotonic() + 20
        while jobs.state_of(assembly, "collect").progress != "7/30" and time_module.monotonic() < until:
            time_module.sleep(0.01)
        told = jobs.state_of(assembly, "collect").progress
        is_seen.set()
        assert [state.report for state in states] == ["a looked at", "b looked at"]
    assert told == "7/30"
    after = jobs.state_of(assembly, "collect")
    assert (after.progress, after.outcome, after.started) == ("", "done", "2026-03-12T09:00:00+00:00")


def test_a_chunk_that_breaks_is_told_until_it_works(assembly: Assembly):
    """Another chunk's success does not hide it: operators are alerted as they are on one machine."""
    put_sources(assembly, "a", "b")
    broken = {"a"}

    def work(ids: Sequence[str], **_: object) -> str:
        if ids[0] in broken:
            raise NewsdigestError("the disk is full")
        return "1 source looked at"

    assembly.__dict__["collect_chunk"] = work
    for id_ in ("a", "a", "b"):
        jobs.nudge_chunk(assembly, [id_])
    state = jobs.state_of(assembly, "collect")
    assert (state.outcome, state.report, state.failures) == ("failed", "the disk is full", 2)
    assert assembly.status()["attention"] == ["job collect failed 2 times: the disk is full"]
    broken.clear()
    jobs.nudge_chunk(assembly, ["a"])
    assert jobs.state_of(assembly, "collect").failures == 0


def test_a_corrected_address_is_looked_at_at_once_by_workers_too(assembly: Assembly):
    """What is known of the old address does not hold a chunk back, as it does not hold the clock back."""
    put_sources(assembly, "a", "b")
    later = NOW + timedelta(hours=1)
    with assembly.store.write() as unit:
        unit.sources.put_states([
            SourceState(source_id="a", url="https://old.example/", next_look=later),
            SourceState(source_id="b", url="https://b.example/feed", next_look=later),
        ])  # fmt: skip
    assert [ids for _, ids in assembly.due_chunks()] == [["a"]]
    asked: list[Sequence[str]] = []

    def collect(ids: Sequence[str], **_: object) -> SimpleNamespace:
        asked.append(ids)
        return SimpleNamespace(line="looked")

    assembly.__dict__["collect"] = collect
    assembly.collect_chunk(["a", "b"])
    assert asked == [["a"]]


def put_sources(assembly: Assembly, *names: str) -> None:
    """Store sources of hosts that are dealt into different chunks."""
    with assembly.store.write() as unit:
        unit.sources.put([
            Source(id=name, name=name, url=f"https://{name}.example/feed", origin="added") for name in names
        ])  # fmt: skip
    assert len({assembly.chunk_of([name]) for name in names}) == len(names)


def test_every_job_of_the_table_can_be_called(assembly: Assembly):
    """On an empty workspace every job runs and finds nothing wrong."""
    outcomes = {job.name: jobs.nudge(assembly, job) for job in jobs.JOBS}
    assert {name: state.report for name, state in outcomes.items() if state.outcome == "failed"} == {}


@pytest.mark.parametrize(
    ("last", "now", "runs"),
    [
        pytest.param("", "2026-03-12T09:00+01:00", True, id="never_ran"),
        pytest.param("2026-03-12T02:30+01:00", "2026-03-12T09:00+01:00", False, id="ran_tonight"),
        pytest.param("2026-03-11T02:30+01:00", "2026-03-12T09:00+01:00", True, id="off_at_night"),
        pytest.param("2026-03-11T09:00+01:00", "2026-03-12T02:20+01:00", False, id="not_yet"),
        pytest.param("2026-03-28T02:31+01:00", "2026-03-29T03:31+02:00", True, id="hour_that_does_not_exist"),
        pytest.param("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", False, id="hour_that_comes_twice"),
    ],
)
def test_a_daily_job_runs_once_a_day_also_late(tmp_path: Path, last: str, now: str, runs: bool):
    """Whatever the machine did at the hour itself, and in both nights when the clocks change."""
    (tmp_path / "config").mkdir()
    job = Job(name="daily", call=lambda *_: "ran", at=time(2, 30))
    before = _nudged(tmp_path, job, last) if last else JobState(job="daily")
    assert (_nudged(tmp_path, job, now) != before) is runs


def _nudged(folder: Path, job: Job, at: str) -> JobState:
    assembly = Assembly(Workspace(folder), now=datetime.fromisoformat(at).astimezone(UTC))
    try:
        return jobs.nudge(assembly, job)
    finally:
        assembly.close()
