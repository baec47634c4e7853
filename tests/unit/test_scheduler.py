"""The clock that nudges: what was missed is one tick, and a clock set back stops nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsdigest import jobs
from newsdigest.adapters.system_clock import FixedClock, SystemClock
from newsdigest.assembly import Assembly
from newsdigest.errors import UsageError
from newsdigest.jobs import Job
from newsdigest.scheduler import ClockWatch, Every, tick
from newsdigest.settings.workspace import Workspace

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(None, NOW, id="at_once"),
        pytest.param(NOW, NOW + STEP, id="at_equal_distances"),
        pytest.param(NOW - timedelta(days=20_000), NOW, id="a_clock_that_began_in_1970"),
        pytest.param(NOW - timedelta(seconds=45), NOW, id="asleep_for_a_moment"),
    ],
)
def test_when_the_next_tick_comes(before: datetime | None, expected: datetime):
    """However much was missed, one tick makes up for it."""
    assert Every(STEP).get_next_fire_time(before, NOW) == expected


@pytest.mark.parametrize(
    ("step", "back"),
    [
        pytest.param(timedelta(seconds=10), 0.0, id="time_goes_on"),
        pytest.param(timedelta(days=365), 0.0, id="set_forward"),
        pytest.param(-timedelta(days=365), 365 * 86400 + 10.0, id="set_back"),
    ],
)
def test_a_clock_set_back_is_noticed(step: timedelta, back: float):
    """Measured against a clock that nobody can set."""
    clock, steady = FixedClock(NOW), iter([100.0, 110.0, 110.0])
    watch = ClockWatch(clock, steady=lambda: next(steady))
    clock.set(NOW + step)
    assert watch.seconds_back() == back
    assert watch.seconds_back() == 0


def test_a_run_ends_its_jobs_and_a_second_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Told to stop, the clock waits for the job under way; while it ticks nobody else does."""
    began, let_end, ended = asyncio.Event(), asyncio.Event(), []

    (tmp_path / "config").mkdir()
    assembly = Assembly(Workspace(tmp_path), clock=SystemClock())

    async def play() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()

        def work(*_: object) -> str:
            loop.call_soon_threadsafe(began.set)
            asyncio.run_coroutine_threadsafe(let_end.wait(), loop).result(10)
            ended.append(True)
            return "done"

        monkeypatch.setattr(jobs, "JOBS", (Job(name="x", call=work, every=timedelta(hours=1)),))
        ticking = asyncio.create_task(tick(assembly, stop))
        await began.wait()
        with pytest.raises(UsageError, match="a scheduler runs already"):
            await tick(assembly, asyncio.Event())
        stop.set()
        await asyncio.sleep(0)
        let_end.set()
        await ticking

    try:
        asyncio.run(play())
        assert ended == [True]
        assert jobs.state_of(assembly, "x").outcome == "done"
    finally:
        assembly.close()
