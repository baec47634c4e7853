"""Several machines: three workers and two schedulers on one PostgreSQL, some of them killed; nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from tests.fakes.stalling_proxy import StallingProxy

from newsdigest.adapters.sql_store import SQLStore, schema
from newsdigest.adapters.sql_store.advisory_lock import AdvisoryLock
from newsdigest.model.mailings import Throttle

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(240)]

FEEDS, HOSTS = 24, 6
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>F{n}</title><link>https://f{n}.example/</link>
<item><guid isPermaLink="false">f{n}-1</guid><title>Neues aus Haus {n}</title><link>https://f{n}.example/1</link>
<description>Das Haus {n} meldet eine neue Anlage.</description></item></channel></rss>"""


class Feeds:
    """A slow feed server on several loopback addresses with a log of what was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.moments: list[float] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked[self.path] += 1
                outer.moments.append(time.monotonic())
                time.sleep(0.3)
                body = FEED.format(n=self.path.strip("/")).encode()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its worker was killed
                    self.send_response(200)
                    self.send_header("Content-Type", "application/rss+xml")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Stay quiet."""

        first = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = first.server_address[1]
        others = [ThreadingHTTPServer((f"127.0.0.{n + 1}", self.port), Handler) for n in range(1, HOSTS)]
        self._servers = [first, *others]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def feeds() -> Iterator[Feeds]:
    made = Feeds()
    yield made
    made.close()


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    """A database of its own at our schema."""
    name = f"workers_{uuid.uuid4().hex[:8]}"
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    store = SQLStore(url)
    schema.migrate(store)
    store.close()
    yield url
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture
def workspace(tmp_path: Path, feeds: Feeds, database: str) -> Path:
    config = tmp_path / "config"
    config.mkdir()
    (config / "newsdigest.yaml").write_text(
        f'store: {{url: "{database}"}}\nnetwork: {{allow: ["127.0.0.0/8"], host_interval: 0.05}}\nlog: {{level: info}}\n',
        encoding="utf-8",
    )
    lines = [
        f"  - {{id: f{n}, name: Haus {n}, url: 'http://127.0.0.{n % HOSTS + 1}:{feeds.port}/{n}', kind: feed, type: member}}"
        for n in range(FEEDS)
    ]
    (config / "sources.yaml").write_text("sources:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@contextmanager
def started(workspace: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our processes; it is gone afterwards."""
    log = (workspace / f"{command[0]}-{uuid.uuid4().hex[:4]}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "newsdigest", "--workspace", str(workspace), *command],
        stderr=log,
        stdout=log,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()


def wait_for(what: Callable[[], bool], *, seconds: float, why: str) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.2)
    pytest.fail(f"not within {seconds} s: {why}")


def looked_at(database: str) -> int:
    store = SQLStore(database)
    with store.read() as unit:
        done = sum(state.last_success is not None for state in unit.sources.states().values())
    store.close()
    return done


def test_killed_workers_lose_nothing(workspace: Path, feeds: Feeds, database: str):
    """Two of three workers are killed in the middle of their chunks: every source is looked at, every item stored once."""
    with (
        started(workspace, "scheduler"),
        started(workspace, "worker") as first,
        started(workspace, "worker") as second,
    ):
        wait_for(lambda: sum(feeds.asked.values()) >= 4, seconds=60, why="workers fetch")
        first.send_signal(signal.SIGKILL)
        second.send_signal(signal.SIGKILL)
        with started(workspace, "worker"):
            wait_for(
                lambda: looked_at(database) == FEEDS,
                seconds=150,
                why="the third worker finishes what was left",
            )
    store = SQLStore(database)
    with store.read() as unit:
        assert unit.items.count() == FEEDS
    store.close()
    # What was asked but not stored when its worker died is asked again; nothing else is.
    assert max(feeds.asked.values()) <= 2


def test_two_machines_ask_one_host_in_turn(workspace: Path, feeds: Feeds, database: str):
    """Each is polite by itself; together they are too: every request books its turn in PostgreSQL."""
    settings = workspace / "config" / "newsdigest.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("host_interval: 0.05", "host_interval: 1.0"),
        encoding="utf-8",
    )
    lines = [
        f"  - {{id: f{n}, name: Haus {n}, url: 'http://127.0.0.1:{feeds.port}/{n}', kind: feed, type: member}}"
        for n in range(8)
    ]
    (workspace / "config" / "sources.yaml").write_text(
        "sources:\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    halves = ([f"--source=f{n}" for n in range(start, 8, 2)] for start in (0, 1))
    one, two = (("collect", *half) for half in halves)
    with started(workspace, *one) as first, started(workspace, *two) as second:
        wait_for(lambda: None not in (first.poll(), second.poll()), seconds=90, why="both end")
        assert (first.returncode, second.returncode) == (0, 0), _said(workspace, "collect")
    assert len(feeds.moments) == 8
    # Each in turn takes seven seconds, each by itself three. A single gap says nothing: a busy machine sends a
    # request after its turn has come, and the next one in time.
    assert max(feeds.moments) - min(feeds.moments) > 5.5


def test_what_a_domain_allows_is_counted_once_for_all(postgres_store: SQLStore):
    """Eight senders at once take from one allowance a minute: nothing they count is lost."""

    def take() -> None:
        for _ in range(5):
            with postgres_store.write() as unit:
                known = unit.mailings.throttles().get("gmx.example", Throttle(domain="gmx.example"))
                unit.mailings.put_throttles([replace(known, used=known.used + 1)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with postgres_store.read() as unit:
        assert unit.mailings.throttles()["gmx.example"].used == 40


def test_a_worker_whose_database_falls_silent_ends(workspace: Path, database: str):
    """No error, no answer: within its limit the worker ends with 1, so that its supervisor starts it anew; then it works."""
    url = make_url(database)
    proxy = StallingProxy(url.port or 5432)
    settings = workspace / "config" / "newsdigest.yaml"
    through = url.set(port=proxy.port).render_as_string(hide_password=False)
    settings.write_text(
        settings.read_text(encoding="utf-8").replace(
            f'{{url: "{database}"}}', f'{{url: "{through}", silence: 3}}'
        ),
        encoding="utf-8",
    )
    try:
        with started(workspace, "worker") as worker:
            wait_for(lambda: b"worker_started" in _said(workspace, "worker"), seconds=60, why="it works")
            proxy.stall()
            wait_for(lambda: worker.poll() is not None, seconds=30, why="it ends")
            assert worker.returncode == 1
            assert b"database_lost" in _said(workspace, "worker")
        proxy.go_on()
        with started(workspace, "scheduler"), started(workspace, "worker"):
            wait_for(lambda: looked_at(database) == FEEDS, seconds=120, why="started anew it works")
    finally:
        proxy.close()


def _said(workspace: Path, command: str) -> bytes:
    return b"".join(path.read_bytes() for path in workspace.glob(f"{command}-*.log"))


def test_a_standby_takes_over(workspace: Path, database: str):
    """Two schedulers: one leads; when it is killed the other leads within five seconds."""
    with started(workspace, "scheduler") as one, started(workspace, "scheduler") as two:
        probe = AdvisoryLock(make_url(database))

        def leaders() -> list[str]:
            return [
                path.name
                for path in workspace.glob("scheduler-*.log")
                if b"scheduler_leads" in path.read_bytes()
            ]

        wait_for(lambda: len(leaders()) == 1, seconds=60, why="one leads")
        assert not probe.acquire()
        time.sleep(2)
        assert len(leaders()) == 1
        leading = _leading(workspace, [one, two])
        leading.send_signal(signal.SIGKILL)
        wait_for(lambda: len(leaders()) == 2, seconds=15, why="the other leads")
        probe.release()


def _leading(workspace: Path, processes: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Return the process whose log says that it leads."""
    for process in processes:
        for path in workspace.glob("scheduler-*.log"):
            held = f"/proc/{process.pid}/fd/2"
            if Path(held).resolve() == path.resolve() and b"scheduler_leads" in path.read_bytes():
                return process
    raise AssertionError("nobody leads")
