"""Jobs: a nudge never raises, and says what became of it."""

from __future__ import annotations

import time as time_module
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from newsdigest import jobs
from newsdigest.assembly import Assembly
from newsdigest.errors import NewsdigestError
from newsdigest.jobs import Job, JobState
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
        unit.runs.put_value("progress:x", "1/5")  # a killed process left it
    jobs.nudge(assembly, Job(name="x", call=work))
    assert seen == ["3/10"]
    assert (jobs.state_of(assembly, "x").progress, jobs.state_of(assembly, "x").report) == ("", "10 done")


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
