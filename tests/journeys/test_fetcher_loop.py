"""
T8: while documents come in that cost the processor dear, the fetcher's event loop stays free.

Two measures that no busy machine can spoil: which of our modules run on the loop's thread at all, and the
processor time (not the wall clock) of the longest single step of the loop. `bench_collecting --lag` prints
the wall-clock delay as well.
"""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TypeVar

from tests.journeys.collecting_server import Answer, ScriptedServer

from newsdigest.adapters.feedparser_reader import FeedparserReader
from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
from newsdigest.adapters.httpx_fetcher import HttpxFetcher
from newsdigest.adapters.sql_store import SQLStore, schema
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.collecting import collect as collecting
from newsdigest.model.sources import Source

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
T = TypeVar("T", bound=HttpxFetcher)
LONGEST_STEP = 0.05
LOOP_MODULES = {
    "newsdigest.adapters.httpx_fetcher",
    "newsdigest.adapters.guarded_network",
    "newsdigest.ports.fetching",
    "newsdigest.text.inflating",
}
HEAD = b"<rss version='2.0'><channel><title>x</title>"
TAIL = b"</channel></rss>"


def _given(answer: Answer, *_asked: object) -> Answer:
    return answer


def feed(*descriptions: bytes, title: bytes = b"t") -> bytes:
    items = b"".join(
        b"<item><title>%s %d</title><guid>%d</guid><description><![CDATA[%s]]></description></item>"
        % (title, number, number, text)
        for number, text in enumerate(descriptions)
    )
    return HEAD + items + TAIL


DOCUMENTS = {
    "many_entries": feed(*[b"<p>Text</p>" * 20] * 3000),
    "long_entries": feed(*[b"<p>Wort und <b>Wort</b></p>" * 4000] * 8),
    "nested_tags": feed(b"<div><p><b>" * 20_000),
    "addresses": feed(b"x").replace(b"<guid>", b"<author>" + b"a." * 20_000 + b"</author><guid>"),
    "entities": feed(b"&amp;auml;" * 100_000),
    "declaration": b"<?xml version='1.0' " + b" " * 400_000 + b"?>" + feed(b"x"),
    "no_xml": b"<" * 2_000_000,
    "broken": feed(b"x" * 3_000_000)[:-30],
}


class Watched(HttpxFetcher):
    """A fetcher whose loop notes which modules run on its thread, and the longest step in processor time."""

    longest = 0.0

    def _start(self) -> None:
        self.modules: set[str] = set()
        threading.setprofile(self._note)
        try:
            super()._start()
        finally:
            threading.setprofile(None)

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and threading.current_thread().name == "fetcher":
            self.modules.add(str(frame.f_globals.get("__name__")))


class Timed(HttpxFetcher):
    """A fetcher whose loop times its steps by the thread's processor time."""

    def _start(self) -> None:
        self.longest = 0.0
        super()._start()
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._watch(), self._loop).result(5)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        begun = time.thread_time()

        # A callback that calls itself runs once a round: what lies between two calls is one step at most.
        def beat() -> None:
            nonlocal begun
            now = time.thread_time()
            self.longest, begun = max(self.longest, now - begun), now
            loop.call_later(0.001, beat)

        loop.call_soon(beat)


def run(fetcher: HttpxFetcher, server: ScriptedServer, folder: Path) -> collecting.CollectReport:
    """Collect every hostile document, plain and gzipped, with the store and the children at work."""
    store = SQLStore(f"sqlite:///{folder / 'desk.db'}")
    schema.migrate(store)
    reader = FeedparserReader(children=2, preload=("newsdigest.collecting.normalisation",))
    sources = []
    for name, body in DOCUMENTS.items():
        for packed in (False, True):
            host = f"{name.replace('_', '-')}{'-z' if packed else ''}.example"
            headers: dict[str, str | bytes] = {"Content-Type": "application/rss+xml"}
            if packed:
                headers["Content-Encoding"] = "gzip"
            sent = gzip.compress(body, 1) if packed else body
            answer = Answer(200, headers, sent)
            server.scripts[host, "/feed"] = partial(_given, answer)
            sources.append(Source(id=f"{name}-{packed}", name=name, url=server.url(host, "/feed")))
    with store.write() as unit:
        unit.sources.put(sources)
    try:
        return collecting.collect(
            clock=server.clock, store=store, fetcher=fetcher, reader=reader, rules=collecting.Rules()
        )
    finally:
        reader.close()
        fetcher.close()
        store.close()


def fetcher_of(kind: type[T], server: ScriptedServer) -> T:
    guard = GuardedNetwork(allow=["127.0.0.1/32"], resolver=server.resolve)
    return kind(
        open_pools=lambda: open_transports(guard, count=4, connections=8), user_agent="t", host_interval=0
    )


def test_nothing_but_fetching_runs_on_the_loop(tmp_path: Path) -> None:
    """No parsing, cleaning, comparing, hashing or storing has a single call on the loop's thread."""
    with ScriptedServer(FixedClock(NOW)) as server:
        fetcher = fetcher_of(Watched, server)
        report = run(fetcher, server, tmp_path)
    ours = {name for name in fetcher.modules if name.startswith("newsdigest.")}
    assert ours <= LOOP_MODULES
    assert "newsdigest.adapters.httpx_fetcher" in ours
    assert not {"feedparser", "nh3", "sqlalchemy", "sqlite3", "pickle", "xml"} & {
        name.partition(".")[0] for name in fetcher.modules
    }
    assert report.looked == 2 * len(DOCUMENTS)


def test_no_step_of_the_loop_takes_long(tmp_path: Path) -> None:
    """The longest step of the loop costs its thread at most 50 ms of processor time."""
    with ScriptedServer(FixedClock(NOW)) as server:
        fetcher = fetcher_of(Timed, server)
        run(fetcher, server, tmp_path)
    assert 0 < fetcher.longest < LONGEST_STEP


def test_a_step_that_does_take_long_is_seen() -> None:
    """The watcher is no decoration: a blocking call on the loop shows."""
    with ScriptedServer(FixedClock(NOW)) as server:
        fetcher = fetcher_of(Timed, server)
        fetcher._start()
        assert fetcher._loop is not None

        async def block() -> None:
            until = time.thread_time() + 2 * LONGEST_STEP
            while time.thread_time() < until:
                pass

        asyncio.run_coroutine_threadsafe(block(), fetcher._loop).result(10)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.02), fetcher._loop).result(10)
        fetcher.close()
    assert fetcher.longest >= 2 * LONGEST_STEP
