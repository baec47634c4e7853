"""After any time down: one edition to decide about, the missed ones visible, nothing sent late by surprise."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from newsdigest import jobs
from newsdigest.assembly import Assembly
from newsdigest.demo import sample_world
from newsdigest.demo.moving_clock import MovingClock
from newsdigest.demo.run_demo import NEWSLETTER, Demo
from newsdigest.scheduler import tick
from newsdigest.settings.workspace import Workspace

pytestmark = pytest.mark.slow

OPEN = {"draft", "in_review", "approved", "scheduled", "sending", "needs_decision"}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine that sent one edition, collected news for the next, and went down on the Saturday."""
    folder = tmp_path_factory.mktemp("down") / "workspace"
    with Demo(folder) as demo:
        for index, moment in enumerate(sample_world.moments()):
            is_last = index == len(sample_world.moments()) - 1
            if is_last:
                demo.clock.set(sample_world.copy_deadline())
                edition = demo.assembly.compose(NEWSLETTER).edition
                demo.assembly.approve(edition.id, by="anna")
                demo.clock.set(sample_world.sending_time())
                demo.assembly.send(edition.id, by="anna")
            demo.feeds.moment = index
            demo.clock.set(sample_world.sending_time() + timedelta(days=2) if is_last else moment.at)
            demo.assembly.collect()
            demo.assembly.sort()
    return folder


@pytest.mark.parametrize("days", range(1, 22))
def test_one_edition_after_any_time_down(collected: Path, tmp_path: Path, days: int):
    """Down over the sending time for 1 to 21 days: exactly one edition is open, one row per missed period, no mail."""
    folder = tmp_path / "workspace"
    shutil.copytree(collected, folder)
    clock = MovingClock(sample_world.sending_time() + timedelta(weeks=1, days=days))
    assembly = Assembly(Workspace(folder), clock=clock)
    try:
        for _ in range(3):  # the clock ticks on: nothing more comes of it
            for name in ("compose", "remind", "send"):
                assert jobs.nudge(assembly, jobs.by_name(name)).outcome != "failed"
            clock.set(clock.now() + timedelta(seconds=30))
        editions = assembly.editions()
    finally:
        assembly.close()
    assert max(Counter(edition.day for edition in editions).values()) == 1
    states = Counter(edition.state.value for edition in editions)
    assert sum(count for state, count in states.items() if state in OPEN) == 1, states
    assert states["sent"] == 1  # the one from before
    assert set(states) <= OPEN | {"skipped", "sent"}
    assert all(edition.state_reason for edition in editions if edition.state.value == "skipped")


def test_it_is_there_within_a_minute_of_the_start(collected: Path, tmp_path: Path):
    """The clock itself is started nine days late: its first tick composes; the promise is a minute."""
    folder = tmp_path / "workspace"
    shutil.copytree(collected, folder)
    (folder / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    clock = MovingClock(sample_world.sending_time() + timedelta(weeks=1, days=2))
    clock.run()
    assembly = Assembly(Workspace(folder), clock=clock)

    def is_open() -> bool:
        return any(edition.state.value in OPEN for edition in assembly.editions())

    async def start() -> None:
        stop = asyncio.Event()
        ticking = asyncio.create_task(tick(assembly, stop))
        try:
            async with asyncio.timeout(60):
                while not await asyncio.to_thread(is_open):
                    await asyncio.sleep(0.1)
        finally:
            stop.set()
            await ticking

    try:
        assert not is_open()
        asyncio.run(start())
        assert sum(edition.state.value in OPEN for edition in assembly.editions()) == 1
    finally:
        assembly.close()
