"""
What size costs: a million stored items beside 10,000, 200,000 readers beside 2,000, 100,000 sources beside 1,000.

    python -m tests.benchmarks.bench_scale [--items 1000000] [--readers 200000] [--sources 100000]

Every piece of work is done in a forked child, so that its CPU seconds and its peak memory are its own.
Goal (performance spec, section 2): at a million items at most twice the cost; memory flat.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient
from tests.newsroom_world import browsing
from tests.operating_world import approved, running_assembly

from newsdigest import scheduler  # noqa: F401 - loaded before the children are forked
from newsdigest.assembly import Assembly, quick
from newsdigest.demo import sample_world
from newsdigest.demo.run_demo import NEWSLETTER
from newsdigest.model.items import Item
from newsdigest.model.users import Role
from newsdigest.web import app, auth  # noqa: F401

Work = Callable[[Assembly], object]
PASSWORD = "measured-and-long-enough-77"
DRAFTED = sample_world.copy_deadline() + sample_world.AFTER_COPY_DEADLINE
YEARS = 6
REACH = timedelta(days=400)
"""The old items lie before what an edition looks back on (events of the last months): stored, not in the window."""


def grow_items(database: Path, number: int) -> None:
    """Add so many items of the years before, each with two keys and a story of its own."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        names = [row[1] for row in connection.execute("PRAGMA table_info(items)")]
        models = [
            dict(zip(names, row, strict=True)) for row in connection.execute("SELECT * FROM items LIMIT 50")
        ]
        leads = connection.execute("SELECT leads FROM stories LIMIT 1").fetchone()[0]
        step = timedelta(days=365 * YEARS) / number

        def rows() -> Iterator[tuple[dict, str]]:
            for count in range(number):
                at = DRAFTED.astimezone(UTC) - REACH - step * count
                instant = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                model = models[count % len(models)]
                yield {
                    **model, "id": f"i{count:08x}x", "guid": f"old-{count}", "url": f"https://old.example/{count}",
                    "title": f"{model['title']} {count}", "first_seen": instant, "last_seen": instant,
                    "published": instant, "changed_at": None,
                }, instant  # fmt: skip

        holders = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO items VALUES ({holders})", (row for row, _ in rows()))
        connection.executemany(
            "INSERT INTO item_aliases VALUES (?, ?, ?)",
            (
                (row["source_id"], f"{kind}:{row['guid']}", row["id"])
                for row, _ in rows()
                for kind in ("guid", "link")
            ),
        )
        connection.executemany(
            "INSERT INTO stories VALUES (?, ?, ?, ?)",
            ((f"s{row['id']}", instant, instant, leads) for row, instant in rows()),
        )
        connection.executemany(
            "INSERT INTO story_members VALUES (?, ?, 0, 'merged')",
            ((row["id"], f"s{row['id']}") for row, _ in rows()),
        )


def grow_like(database: Path, table: str, key: str, number: int, change: Callable[[dict, int], dict]) -> None:
    """Add rows like the table's first one."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        first = connection.execute(f"SELECT * FROM {table} ORDER BY {key} LIMIT 1").fetchone()
        model = dict(zip(names, first, strict=True))
        connection.executemany(
            f"INSERT INTO {table} VALUES ({', '.join(f':{name}' for name in names)})",
            (change(model, count) for count in range(number)),
        )


def measured(folder: Path, at: datetime, work: Work, *, rounds: int) -> tuple[float, float]:
    """Return the CPU seconds of one round and its process's peak in megabytes, in a child of ours."""
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        assembly = running_assembly(folder, at)
        work(assembly)  # what is made once a process does not count
        begun = time.process_time()
        for _ in range(rounds):
            work(assembly)
        taken = (time.process_time() - begun) / rounds
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        os.write(writable, json.dumps([taken, peak]).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    if not told:
        raise SystemExit(f"{work.__name__} broke")
    taken, peak = json.loads(told)
    return taken, peak


def new_items(assembly: Assembly) -> None:
    """What collecting does in the store for 100 items of one source that nobody has seen."""
    now = assembly.clock.now()
    with assembly.store.read() as unit:
        (model,) = [*unit.items.seen_between(now - timedelta(days=7), now)][:1]
    fresh: list[Item] = []
    for number in range(100):
        name = f"new-{time.monotonic_ns()}-{number}"
        url = f"https://new.example/{name}"
        fresh.append(
            replace(model, id=f"n{name}", guid=name, url=url, aliases=(f"guid:{name}",), first_seen=now)
        )
    with assembly.store.write() as unit:
        assert not unit.items.known(model.source_id, [item.aliases[0] for item in fresh])
        unit.items.put(fresh)


def window(assembly: Assembly) -> None:
    """The stories and items of the last week."""
    now = assembly.clock.now()
    with assembly.store.read() as unit:
        unit.stories.seen_since(now - timedelta(days=7))
        unit.items.seen_between(now - timedelta(days=7), now)


def compose(assembly: Assembly) -> None:
    """Draw the draft afresh."""
    assembly.compose(NEWSLETTER)


def status(assembly: Assembly) -> None:
    """`newsdigest status`."""
    assert quick.status(assembly.workspace.folder)


def metrics(assembly: Assembly) -> None:
    """One scrape by Prometheus."""
    assembly.metrics()


def retain(assembly: Assembly) -> None:
    """The nightly deletion, on a night when nothing is due."""
    assembly.retain()


def publish(assembly: Assembly) -> None:
    """All channels and pages."""
    assembly.publish(assembly.workspace.folder / "published")


def due(assembly: Assembly) -> None:
    """Deciding which sources are due."""
    with assembly.store.read() as unit:
        unit.sources.due_ids(assembly.clock.now())


def chunks(assembly: Assembly) -> None:
    """Dealing them out to the workers."""
    assembly.due_chunks()


def page(path: str) -> Work:
    """A page of the newsroom for somebody who has logged in."""
    clients: list[TestClient] = []

    def ask(assembly: Assembly) -> None:
        if not clients:
            clients.append(browsing(assembly).__enter__())
            clients[0].post("/newsroom/log-in", data={"name": "administrator", "password": PASSWORD})
        answer = clients[0].get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    ask.__name__ = f"page {path}"
    return ask


def user(folder: Path) -> None:
    """Let somebody into the newsroom."""
    assembly = running_assembly(folder, DRAFTED)
    try:
        auth.add_user(
            store=assembly.store, hasher=assembly.password_hasher, name="administrator", password=PASSWORD,
            role=Role.ADMINISTRATOR, email="", by="bench", now=assembly.clock.now(),
        )  # fmt: skip
        assembly.workspace.config.joinpath("newsdigest.yaml").write_text(
            "association: {}\n", encoding="utf-8"
        )
        _ = assembly.store
    finally:
        assembly.close()
    again = running_assembly(folder, DRAFTED)
    _ = again.store
    again.close()


def compare(title: str, small: Path, large: Path, works: list[tuple[Work, int]], at: datetime) -> None:
    """Print the cost of each work in the small and in the large workspace."""
    print(f"\n{title:26} {'small ms':>9} {'large ms':>9} {'ratio':>6} {'small MB':>10} {'large MB':>10}")
    for work, rounds in works:
        measured(
            large, at, work, rounds=1
        )  # its pages are in the machine's memory now, as they are in daily use
        few, few_mb = measured(small, at, work, rounds=rounds)
        many, many_mb = measured(large, at, work, rounds=rounds)
        ratio = many / few if few else 0
        print(
            f"{work.__name__:26} {few * 1e3:9.1f} {many * 1e3:9.1f} {ratio:6.2f} {few_mb:10.0f} {many_mb:10.0f}",
            flush=True,
        )


def grown(template: Path, folder: Path, grow: Callable[[Path], None]) -> Path:
    """Copy the template and let its database grow."""
    shutil.copytree(template, folder)
    grow(folder / "var" / "newsdigest.db")
    return folder


def person(model: dict, count: int) -> dict:
    """One more reader."""
    address = f"r{count}@house-{count % 500}.example"
    return {**model, "id": f"p{count:020x}", "address": address, "folded_address": address}


def source(model: dict, count: int) -> dict:
    """One more source; every 30th is due."""
    return {
        **model,
        "id": f"s{count}",
        "origin": "added",
        "url": f"https://h{count % 20_000}.example/{count}.xml",
    }


def state(model: dict, count: int) -> dict:
    """What is known of it."""
    look = DRAFTED.astimezone(UTC) + timedelta(minutes=-5 if count % 30 == 0 else 60)
    return {
        **model, "source_id": f"s{count}", "url": source(model, count)["url"],
        "next_look": look.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "failures": 0,
    }  # fmt: skip


def main() -> int:
    """Build the worlds and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--readers", type=int, default=200_000)
    parser.add_argument("--sources", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        template = folder / "template"
        approved(template, people=20, is_approved=False)
        user(template)
        if chosen.items:
            few = grown(template, folder / "items-few", lambda db: grow_items(db, 10_000))
            many = grown(template, folder / "items-many", lambda db: grow_items(db, chosen.items))
            size = (many / "var" / "newsdigest.db").stat().st_size / 1e9
            works: list[tuple[Work, int]] = [
                (window, 10), (compose, 3), (status, 5), (metrics, 5), (publish, 2), (page("/newsroom"), 3),
                (page("/newsroom/editions"), 3), (page("/newsroom/sources"), 3), (retain, 1), (new_items, 5),
            ]  # fmt: skip
            compare(f"10,000 / {chosen.items:,} items", few, many, works, DRAFTED)
            print(f"the large database has {size:.1f} GB")
            shutil.rmtree(many)
        if chosen.readers:
            few = grown(
                template, folder / "readers-few", lambda db: grow_like(db, "subscribers", "id", 2_000, person)
            )
            many = grown(
                template,
                folder / "readers-many",
                lambda db: grow_like(db, "subscribers", "id", chosen.readers, person),
            )
            works = [
                (status, 5),
                (metrics, 3),
                (page("/newsroom"), 3),
                (page("/newsroom/subscribers"), 3),
                (retain, 1),
            ]
            compare(f"2,000 / {chosen.readers:,} readers", few, many, works, DRAFTED)
            shutil.rmtree(many)
        if chosen.sources:

            def sources(number: int) -> Callable[[Path], None]:
                def grow(database: Path) -> None:
                    grow_like(database, "sources", "id", number, source)
                    grow_like(database, "source_states", "source_id", number, state)

                return grow

            few = grown(template, folder / "sources-few", sources(1_000))
            many = grown(template, folder / "sources-many", sources(chosen.sources))
            works = [(due, 5), (chunks, 2), (status, 5), (metrics, 5), (page("/newsroom/sources"), 3)]
            compare(f"1,000 / {chosen.sources:,} sources", few, many, works, DRAFTED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
