"""
Q1: killed anywhere in collecting, the end state equals that of an undisturbed run.

A slice runs with the tests; `make collect-kill-test` runs 500 kills (KILLS=500).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.journeys.collecting_server import Answer, FeedHost, ScriptedServer, rss

from newsdigest.adapters.sql_store import SQLStore, schema
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.model.sources import Source

FEEDS = 50
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
LATER = datetime(2026, 10, 6, 8, tzinfo=UTC)
KILLS = int(os.environ.get("KILLS", "16"))

NURSERY = textwrap.dedent("""
    # Forks one collector for every line "database instant": importing takes longer than collecting.
    import os
    import sys
    from datetime import datetime
    from newsdigest.adapters.feedparser_reader import FeedparserReader
    from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
    from newsdigest.adapters.httpx_fetcher import HttpxFetcher
    from newsdigest.adapters.sql_store import SQLStore
    from newsdigest.adapters.system_clock import FixedClock
    from newsdigest.collecting import collect

    async def resolve(host, port):
        return ["127.0.0.1"]

    def run(path, now):
        store = SQLStore("sqlite:///" + path)
        guard = GuardedNetwork(allow=["127.0.0.1/32"], resolver=resolve)
        fetcher = HttpxFetcher(
            open_pools=lambda: open_transports(guard, count=1, connections=8), user_agent="t", host_interval=0
        )
        reader = FeedparserReader(children=2)
        collect.collect(
            clock=FixedClock(datetime.fromisoformat(now)), store=store, fetcher=fetcher, reader=reader,
            rules=collect.Rules(),
        )
        reader.close()

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                run(*line.split())
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
""")


def script(feed: FeedHost, asked: dict[str, bytes]) -> Answer:
    day = int(feed.day)
    tag = f'"v{day}"'
    if asked.get("if-none-match") == tag.encode():
        return Answer(304, {"ETag": tag})
    titles = [f"{feed.host} meldet Sache Nummer {number}" for number in range(day * 2, day * 2 + 6)]
    return Answer(200, {"ETag": tag}, rss(titles, host=feed.host))


def begin(path: Path, server: ScriptedServer) -> None:
    store = SQLStore(f"sqlite:///{path}")
    schema.migrate(store)
    with store.write() as unit:
        unit.sources.put(
            [
                Source(id=f"f{n:02}", name=f"Feed {n}", url=server.url(f"f{n:02}.example"))
                for n in range(FEEDS)
            ]
        )
    store.close()


class Collectors:
    """Collectors in processes of their own, one after the other; each can be killed."""

    def __init__(self) -> None:
        self._nursery = subprocess.Popen(
            [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, path: Path, now: datetime, *, kill_after: float | None = None) -> bool:
        """Collect; True when it ended by itself."""
        assert self._nursery.stdin is not None
        print(path, now.isoformat(), file=self._nursery.stdin, flush=True)
        pid = int(self._line())
        if kill_after is not None:
            time.sleep(kill_after)
            # Still there or a zombie: its nursery waits for it and says how it ended.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        status = int(self._line())
        assert status == 0 or (kill_after is not None and status == -signal.SIGKILL)
        return status == 0

    def close(self) -> None:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.close()
        self._nursery.wait(60)
        self._nursery.stdout.close()

    def _line(self) -> str:
        assert self._nursery.stdout is not None
        return self._nursery.stdout.readline().strip()


def picture(path: Path) -> str:
    """Everything that is kept, as text to compare."""
    store = SQLStore(f"sqlite:///{path}")
    with store.read() as unit:
        rows = []
        for source in unit.sources.all():
            state = unit.sources.state(source.id)
            items = sorted(unit.items.of_source(source.id), key=lambda item: item.id)
            rows.append(
                [
                    source.id,
                    repr(state.etag),
                    state.body_hash,
                    state.failures,
                    str(state.next_look),
                    state.has_base_line,
                ]
                + [
                    [
                        item.id,
                        item.title,
                        item.state.value,
                        item.fingerprint,
                        item.aliases,
                        str(item.first_seen),
                    ]
                    for item in items
                ]
            )
    store.close()
    return json.dumps(rows, indent=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_anywhere_the_state_is_that_of_an_undisturbed_run(tmp_path: Path):
    """kill -9 at random moments of two days' looks at 50 feeds; then each look is ended undisturbed."""
    chance = random.Random(int(os.environ.get("SEED", "20261005")))
    clock = FixedClock(NOW)
    with ScriptedServer(clock) as server, contextlib.closing(Collectors()) as collectors:
        for number in range(FEEDS):
            server.scripts[f"f{number:02}.example", "/feed"] = script
        calm = tmp_path / "calm.db"
        begin(calm, server)
        started = time.monotonic()
        collectors.run(calm, NOW)
        span = time.monotonic() - started
        clock.set(LATER)
        collectors.run(calm, LATER)
        wanted = picture(calm)
        kills = rounds = 0
        while kills < KILLS:
            path = tmp_path / f"round{rounds}.db"
            rounds += 1
            clock.set(NOW)
            begin(path, server)
            for now in (NOW, LATER):
                clock.set(now)
                for _ in range(4):
                    # From its very first moment to well behind its usual end.
                    kills += not collectors.run(path, now, kill_after=chance.uniform(0, span * 1.1))
                collectors.run(path, now)
            assert picture(path) == wanted
            path.unlink()
    assert kills >= KILLS
