"""
First update of N feeds x 20 items and the unchanged second one, against `reader` from the same local server.

    python -m tests.benchmarks.bench_collecting [--feeds 1000] [--rounds 3] [--no-peer] [--peer-python PYTHON]
    python -m tests.benchmarks.bench_collecting --growth 10000     (ours alone: so many feeds against 1,000)
    python -m tests.benchmarks.bench_collecting --scale 100000     (ours alone: so many sources, all unchanged)
    python -m tests.benchmarks.bench_collecting --lag              (ours alone: how late the fetcher's loop runs)

Both run in processes of their own, alternated; ratios within one run count, absolute figures show the
order. CPU is user and system seconds of the process and its children; memory is the highest sum over the
process and its children, pages that several share counted once (PSS), looked at five times a second.
The server speaks under many addresses of 127/8 (50), as both sides ask one host politely.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path
from typing import Any

SERVER = textwrap.dedent("""
    import asyncio
    WORDS = ("Sensor Wirkstoff Labor Förderung Impfstoff Klinik Campus Messe Studie Patent Diagnostik Zelle "
             "Sachsen Leipzig Dresden Verbund Antrag Mittel Forschung Gerät").split()
    def made(v):
        # v: the number of the feed modulo 20; the number itself is set in when it is asked for.
        items = "".join(
            f"<item><title>Meldung {i} aus Haus @N@: {WORDS[(v + i) % 20]} und {WORDS[(v * 3 + i) % 20]}</title>"
            f"<guid isPermaLink='false'>n-@N@-{i}</guid><link>https://h@N@.example/news/{i}</link>"
            f"<pubDate>Thu, 0{1 + i % 9} Oct 2026 0{i % 10}:00:00 GMT</pubDate><description><![CDATA["
            + "".join("<p>" + " ".join(WORDS[(v + i * k + j) % 20] for j in range(40))
                      + f" <a href='https://h@N@.example/{k}'>mehr</a>.</p>" for k in range(15))
            + "]]></description></item>" for i in range(20))
        return (f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Haus @N@</title>"
                f"<link>https://h@N@.example/</link><description>x</description><language>de</language>{items}</channel></rss>").encode()
    BODIES = [made(v) for v in range(20)]
    async def serve(reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode("latin-1")
                n = int(head.split(" ", 2)[1].rpartition("/")[2])
                tag = f'"t{n}"'
                if tag in head:
                    writer.write(f"HTTP/1.1 304 Not Modified\\r\\nETag: {tag}\\r\\n\\r\\n".encode())
                else:
                    data = BODIES[n % 20].replace(b"@N@", str(n).encode())
                    writer.write(f"HTTP/1.1 200 OK\\r\\nETag: {tag}\\r\\nContent-Type: application/rss+xml\\r\\nContent-Length: {len(data)}\\r\\n\\r\\n".encode() + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
    async def main():
        first = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = first.sockets[0].getsockname()[1]
        rest = [await asyncio.start_server(serve, f"127.0.0.{n}", port) for n in range(2, 51)]
        print(port, flush=True)
        await asyncio.Event().wait()
    asyncio.run(main())
""")

MEASURE = textwrap.dedent("""
    import json, os, resource, subprocess, sys, time
    class Meter:
        def __enter__(self):
            self.wall = time.perf_counter()
            self.cpu = cpu()
            return self
        def __exit__(self, *_):
            self.wall = time.perf_counter() - self.wall
            self.cpu = cpu() - self.cpu
    def cpu():
        total = 0.0
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            used = resource.getrusage(who)
            total += used.ru_utime + used.ru_stime
        return total + living_children()
    def living_children():
        import os
        from pathlib import Path
        ticks = os.sysconf("SC_CLK_TCK")
        total, todo = 0.0, [os.getpid()]
        while todo:
            pid = todo.pop()
            for path in Path(f"/proc/{pid}/task").glob("*/children"):
                for child in path.read_text().split():
                    todo.append(child)
                    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                    total += sum(map(int, fields[11:15])) / ticks
        return total
    folder, port, feeds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    URLS = [f"http://127.0.0.{1 + n % 50}:{port}/{n}" for n in range(feeds)]
""")

OURS = MEASURE + textwrap.dedent("""
    from datetime import datetime, timedelta, UTC
    from newsdigest.adapters.feedparser_reader import FeedparserReader
    from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
    from newsdigest.adapters.httpx_fetcher import HttpxFetcher
    from newsdigest.adapters.sql_store import SQLStore
    from newsdigest.adapters.system_clock import FixedClock
    from newsdigest.collecting import collect
    from newsdigest import logs
    from newsdigest.model.sources import Source
    logs.configure(level="warning")
    store = SQLStore(f"sqlite:///{folder}/ours.db")
    # In a process of its own, as `newsdigest migrate` or `init` is: a run of the collector meets a current schema.
    made = f"from newsdigest.adapters.sql_store import SQLStore, schema; schema.migrate(SQLStore('sqlite:///{folder}/ours.db'))"
    subprocess.run([sys.executable, "-c", made], check=True)
    with store.write() as unit:
        unit.sources.put([Source(id=f"s{n}", name=str(n), url=url) for n, url in enumerate(URLS)])
    clock = FixedClock(datetime(2026, 10, 5, 8, tzinfo=UTC))
    guard = GuardedNetwork(allow=["127.0.0.0/8"])
    fetcher = HttpxFetcher(open_pools=lambda: open_transports(guard, count=32, connections=16), user_agent="bench", host_interval=0)
    reader = FeedparserReader(children=2, preload=("newsdigest.collecting.normalisation",))
    def run():
        with Meter() as meter:
            report = collect.collect(clock=clock, store=store, fetcher=fetcher, reader=reader, rules=collect.Rules())
        assert report.looked == feeds and not report.problems, report.line
        return meter
    first = run()
    clock.advance(timedelta(hours=3))
    second = run()
    with store.read() as unit:
        assert unit.items.count() == feeds * 20
    reader.close(); fetcher.close()
    print(json.dumps({"first": [first.wall, first.cpu], "second": [second.wall, second.cpu]}))
""")

SCALE = MEASURE + textwrap.dedent("""
    from datetime import datetime, timedelta, UTC
    from newsdigest.adapters.feedparser_reader import FeedparserReader
    from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
    from newsdigest.adapters.httpx_fetcher import HttpxFetcher
    from newsdigest.adapters.sql_store import SQLStore
    from newsdigest.adapters.sql_store.source_store import due_query
    from newsdigest.adapters.system_clock import FixedClock
    from newsdigest.collecting import collect, looks
    from newsdigest import logs
    from newsdigest.model.sources import FetchResult, Source, SourceState
    logs.configure(level="warning")
    store = SQLStore(f"sqlite:///{folder}/ours.db")
    # In a process of its own, as `newsdigest migrate` or `init` is: a run of the collector meets a current schema.
    made = f"from newsdigest.adapters.sql_store import SQLStore, schema; schema.migrate(SQLStore('sqlite:///{folder}/ours.db'))"
    subprocess.run([sys.executable, "-c", made], check=True)
    NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
    with store.write() as unit:
        for start in range(0, feeds, 5000):
            numbers = range(start, min(start + 5000, feeds))
            unit.sources.put([Source(id=f"s{n}", name=str(n), url=URLS[n]) for n in numbers])
            # One in ten is due.
            unit.sources.put_states([SourceState(
                source_id=f"s{n}", url=URLS[n], etag=f'"t{n}"'.encode(), parser_version=looks.PARSER_VERSION,
                next_look=NOW + timedelta(hours=n % 10, seconds=-1), last_look=NOW - timedelta(hours=2),
                last_result=FetchResult.OK, has_base_line=True) for n in numbers])
    found = {}
    clock = FixedClock(NOW)
    with Meter() as meter, store.read() as unit:
        due = len(unit.sources.due_ids(NOW))
    found["a tenth due"] = due
    found["deciding, ms CPU"] = round(meter.cpu * 1000)
    with store.read() as unit:
        asked = due_query(NOW).compile(unit.connection)
        values = tuple(NOW.isoformat() if value == NOW else value for value in map(asked.params.get, asked.positiontup))
        plan = unit.connection.exec_driver_sql("EXPLAIN QUERY PLAN " + str(asked), values)
        found["plan"] = [row[3] for row in plan]
    guard = GuardedNetwork(allow=["127.0.0.0/8"])
    fetcher = HttpxFetcher(open_pools=lambda: open_transports(guard, count=32, connections=16), user_agent="bench", host_interval=0)
    reader = FeedparserReader(children=2)
    def memory():
        with open("/proc/self/smaps_rollup") as lines:
            return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("Pss:"))
    seen = []
    def progress(done, total):
        if done % (feeds // 10) == 0:
            seen.append(memory())
    clock.advance(timedelta(hours=12))
    with Meter() as meter:
        report = collect.collect(clock=clock, store=store, fetcher=fetcher, reader=reader, rules=collect.Rules(), progress=progress)
    assert report.looked == feeds and not report.problems, report.line
    found["unchanged update of all, CPU s"] = round(meter.cpu, 1)
    found["unchanged update of all, wall s"] = round(meter.wall, 1)
    found["memory at each tenth of it, MB"] = seen
    reader.close(); fetcher.close()
    print(json.dumps(found))
""")

PEER = MEASURE + textwrap.dedent("""
    from reader import make_reader
    peer = make_reader(f"{folder}/peer.db")
    for url in URLS:
        peer.add_feed(url)
    def run():
        with Meter() as meter:
            peer.update_feeds(workers=8, scheduled=False)
        return meter
    first = run()
    with Meter() as second:
        peer.update_feeds(workers=8, scheduled=False)
    assert peer.get_entry_counts().total == feeds * 20, peer.get_entry_counts().total
    print(json.dumps({"first": [first.wall, first.cpu], "second": [second.wall, second.cpu]}))
""")


# The loop asks every 5 ms to be called; how late it is called is the wall clock's measure of T8.
LAG = (
    OURS.replace(
        "def run():",
        textwrap.dedent("""
    import asyncio
    fetcher._start()
    late = []
    async def watch():
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.005
            await asyncio.sleep(0.005)
            late.append(loop.time() - due)
    fetcher._tasks.add(asyncio.run_coroutine_threadsafe(watch(), fetcher._loop))
    def run():
    """).strip(),
        1,
    )
    .replace("reader.close(); fetcher.close()", "reader.close(); late.sort()")
    .replace(
        "print(json.dumps({",
        'print(json.dumps({"late": [late[len(late) // 2], late[len(late) * 99 // 100], late[-1]], ',
    )
    + "sys.stdout.flush()\nos._exit(0)\n"
)


class Memory:
    """The highest sum of a process tree's memory, in MB, while inside."""

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.2):
            self.peak = max(self.peak, _tree(self._pid))


def _tree(pid: int | str) -> float:
    total = 0.0
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / 1024
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(_tree(child) for child in path.read_text().split())
    except (OSError, StopIteration):
        pass  # it has just ended
    return total


def measure(script: str, port: int, feeds: int, python: str = sys.executable) -> dict[str, Any]:
    """Run one side in a process and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-c", script, folder, str(port), str(feeds)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with Memory(process.pid) as memory:
            out, err = process.communicate()
    if process.returncode:
        raise SystemExit(err[-2000:])
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return {**found, "peak": memory.peak}


def against_peer(port: int, feeds: int, rounds: int, peer_python: str | None) -> None:
    """Print medians and ratios, with their spread."""
    found: dict[str, list[dict[str, Any]]] = {"newsdigest": [], "reader": []}
    for _ in range(rounds):
        found["newsdigest"].append(measure(OURS, port, feeds))
        if peer_python:
            found["reader"].append(measure(PEER, port, feeds, peer_python))
    for update, number, unit in (
        ("first", 1, "CPU"), ("first", 0, "wall"), ("second", 1, "CPU"), ("second", 0, "wall"),
    ):  # fmt: skip
        sides = {name: [run[update][number] for run in runs] for name, runs in found.items() if runs}
        print(f"{update} update of {feeds} feeds, {unit} s: {_compared(sides)}")
    print(
        "peak memory, MB: "
        + _compared({name: [run["peak"] for run in runs] for name, runs in found.items() if runs})
    )


def _compared(sides: dict[str, list[float]]) -> str:
    shown = "  ".join(f"{name} {_spread(values)}" for name, values in sides.items())
    if len(sides) < 2:
        return shown
    ours, others = sides.values()
    return f"{shown}  ratio {_spread([a / b for a, b in zip(ours, others, strict=True)])}"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def growth(port: int, base: int, feeds: int, rounds: int) -> None:
    """Print what (ten times) as many feeds cost."""
    small = [measure(OURS, port, base) for _ in range(rounds)]
    large = measure(OURS, port, feeds)
    for what, of in (
        ("first update, CPU s", lambda run: run["first"][1]),
        ("first update, wall s", lambda run: run["first"][0]),
        ("unchanged update, CPU s", lambda run: run["second"][1]),
        ("peak memory, MB", lambda run: run["peak"]),
    ):
        before = statistics.median(of(run) for run in small)
        print(
            f"{what}: {base} feeds {before:.2f}, {feeds} feeds {of(large):.2f}, ratio {of(large) / before:.2f}"
        )


def lag(port: int, feeds: int) -> None:
    """Print how late the fetcher's loop was called while so many feeds came in for the first time."""
    median, most, worst = (1000 * seconds for seconds in measure(LAG, port, feeds)["late"])
    print(f"the fetcher's loop while {feeds} feeds come in: late by {median:.1f} ms (median),", end=" ")
    print(f"{most:.1f} ms (99 of 100), {worst:.1f} ms (worst)")


def scale(port: int, sources: int) -> None:
    """Print what very many sources cost that are all unchanged, and what deciding which are due costs."""
    found = measure(SCALE, port, sources)
    for name, value in found.items():
        print(f"{sources} sources, {name}: {value}")


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--growth", type=int, default=0, help="so many feeds against --feeds, ours alone")
    parser.add_argument("--scale", type=int, default=0, help="so many unchanged sources, ours alone")
    parser.add_argument("--lag", action="store_true", help="how late the fetcher's loop runs, ours alone")
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument(
        "--peer-python", default=sys.executable, help="interpreter that has the reader library"
    )
    chosen = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    try:
        if chosen.scale:
            scale(port, chosen.scale)
        elif chosen.lag:
            lag(port, chosen.feeds)
        elif chosen.growth:
            growth(port, chosen.feeds, chosen.growth, chosen.rounds)
        else:
            against_peer(port, chosen.feeds, chosen.rounds, chosen.peer_python if chosen.peer else None)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    assert Path("tests").is_dir(), "run from the repository"
    main()
