"""
Q1: killed anywhere in collecting, the end state equals that of an undisturbed run.

A slice runs with the tests; `make collect-kill-test` runs 500 kills (KILLS=500).
"""

from __future__ import annotations

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

CHILD = textwrap.dedent("""
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

    store = SQLStore("sqlite:///" + sys.argv[1])
    guard = GuardedNetwork(allow=["127.0.0.1/32"], resolver=resolve)
    fetcher = HttpxFetcher(
        open_pools=lambda: open_transports(guard, count=1, connections=8), user_agent="t", host_interval=0
    )
    reader = FeedparserReader(children=2)
    print("ready", flush=True)
    collect.collect(
        clock=FixedClock(datetime.fromisoformat(sys.argv[2])), store=store, fetcher=fetcher, reader=reader,
        rules=collect.Rules(),
    )
    reader.close()
    print("done", flush=True)
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


def run(path: Path, now: datetime, *, kill_after: float | None = None) -> bool:
    """Collect in a process of its own; True when it ended by itself."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), now.isoformat()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "ready"
    if kill_after is not None:
        time.sleep(kill_after)
        child.send_signal(signal.SIGKILL)
    out, err = child.communicate(timeout=60)
    assert kill_after is not None or "done" in out, err
    return "done" in out


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
    chance = random.Random(20261005)
    clock = FixedClock(NOW)
    with ScriptedServer(clock) as server:
        for number in range(FEEDS):
            server.scripts[f"f{number:02}.example", "/feed"] = script
        calm = tmp_path / "calm.db"
        begin(calm, server)
        started = time.monotonic()
        run(calm, NOW)
        span = time.monotonic() - started
        clock.set(LATER)
        run(calm, LATER)
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
                    kills += not run(path, now, kill_after=chance.uniform(0, max(span * 0.6, 0.3)))
                run(path, now)
            assert picture(path) == wanted
            path.unlink()
    assert kills >= KILLS
