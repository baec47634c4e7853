"""
First update of N feeds x 20 items and the unchanged second one, against `reader` from the same local server.

    python -m tests.benchmarks.bench_collecting [--feeds 1000] [--rounds 3] [--peer/--no-peer]

Both run in processes of their own, alternated; ratios within one run count, absolute figures show the
order. CPU is user and system seconds of the process and its children; memory is the sum of the peaks.
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
from pathlib import Path
from typing import Any

HOSTS = 50

SERVER = textwrap.dedent("""
    import asyncio, sys
    feeds = int(sys.argv[1])
    WORDS = ("Sensor Wirkstoff Labor Förderung Impfstoff Klinik Campus Messe Studie Patent Diagnostik Zelle "
             "Sachsen Leipzig Dresden Verbund Antrag Mittel Forschung Gerät").split()
    def body(n):
        items = "".join(
            f"<item><title>Meldung {i} aus Haus {n}: {WORDS[(n + i) % 20]} und {WORDS[(n * 3 + i) % 20]}</title>"
            f"<guid isPermaLink='false'>n-{n}-{i}</guid><link>https://h{n}.example/news/{i}</link>"
            f"<pubDate>Thu, 0{1 + i % 9} Oct 2026 0{i % 10}:00:00 GMT</pubDate><description><![CDATA["
            + "".join("<p>" + " ".join(WORDS[(n + i * k + j) % 20] for j in range(40))
                      + f" <a href='https://h{n}.example/{k}'>mehr</a>.</p>" for k in range(15))
            + "]]></description></item>" for i in range(20))
        return (f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Haus {n}</title>"
                f"<link>https://h{n}.example/</link><description>x</description><language>de</language>{items}</channel></rss>").encode()
    async def serve(reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode("latin-1")
                n = int(head.split(" ", 2)[1].rpartition("/")[2])
                tag = f'"t{n}"'
                if tag in head:
                    writer.write(f"HTTP/1.1 304 Not Modified\\r\\nETag: {tag}\\r\\n\\r\\n".encode())
                else:
                    data = body(n)
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
    import json, resource, sys, time
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
    def peak():
        return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    folder, port, feeds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    URLS = [f"http://127.0.0.{1 + n % 50}:{port}/{n}" for n in range(feeds)]
""")

OURS = MEASURE + textwrap.dedent("""
    from datetime import datetime, timedelta, UTC
    from newsdigest.adapters.feedparser_reader import FeedparserReader
    from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
    from newsdigest.adapters.httpx_fetcher import HttpxFetcher
    from newsdigest.adapters.sql_store import SQLStore, schema
    from newsdigest.adapters.system_clock import FixedClock
    from newsdigest.collecting import collect
    from newsdigest import logs
    from newsdigest.model.sources import Source
    logs.configure(level="warning")
    store = SQLStore(f"sqlite:///{folder}/ours.db")
    schema.migrate(store)
    with store.write() as unit:
        unit.sources.put([Source(id=f"s{n}", name=str(n), url=url) for n, url in enumerate(URLS)])
    clock = FixedClock(datetime(2026, 10, 5, 8, tzinfo=UTC))
    guard = GuardedNetwork(allow=["127.0.0.0/8"])
    fetcher = HttpxFetcher(open_pools=lambda: open_transports(guard, count=2, connections=8), user_agent="bench", host_interval=0)
    reader = FeedparserReader(children=2)
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
    print(json.dumps({"first": [first.wall, first.cpu], "second": [second.wall, second.cpu], "peak": peak()}))
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
    print(json.dumps({"first": [first.wall, first.cpu], "second": [second.wall, second.cpu], "peak": peak()}))
""")


def measure(script: str, port: int, feeds: int, python: str = sys.executable) -> dict[str, Any]:
    """Run one side in a process and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-c", script, folder, str(port), str(feeds)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def main() -> None:
    """Print medians and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument(
        "--peer-python", default=sys.executable, help="interpreter that has the reader library"
    )
    chosen = parser.parse_args()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(chosen.feeds)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    port = int(server.stdout.readline())
    found: dict[str, list[dict[str, Any]]] = {"newsdigest": [], "reader": []}
    try:
        for _ in range(chosen.rounds):
            found["newsdigest"].append(measure(OURS, port, chosen.feeds))
            if chosen.peer:
                found["reader"].append(measure(PEER, port, chosen.feeds, chosen.peer_python))
    finally:
        server.terminate()
        server.wait()
    for update in ("first", "second"):
        for number, unit in enumerate(("wall", "CPU")):
            sides = {name: [run[update][number] for run in runs] for name, runs in found.items() if runs}
            shown = "  ".join(f"{name} {statistics.median(values):.2f} s" for name, values in sides.items())
            ratios = [a / b for a, b in zip(*sides.values(), strict=True)] if len(sides) == 2 else []
            spread = (
                f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
                if ratios
                else ""
            )
            print(f"{update} update of {chosen.feeds} feeds, {unit}: {shown}{spread}")
    print(
        "peak memory, MB: "
        + "  ".join(
            f"{name} {statistics.median(run['peak'] for run in runs):.0f}"
            for name, runs in found.items()
            if runs
        )
    )


if __name__ == "__main__":
    assert Path("tests").is_dir(), "run from the repository"
    main()
