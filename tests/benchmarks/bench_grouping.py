"""
What grouping one new item costs over a stock of 10,000 and of more, in processor time.

    .venv/bin/python tests/benchmarks/bench_grouping.py [--sizes 10000 100000] [--json]

The whole job is measured over a real SQLite file: judging by a judge that believes what is
declared (bench_judging.py measures the real one), features, candidates, verifier, clustering,
writing. Limits: under 5 ms an item together with judging, and at most twice as much at a million
stored as at ten thousand. A million takes 7 GB of disk and some minutes to fill: the stock is
written straight into the tables of the store, in the order of their keys.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from array import array
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy.dialects import sqlite

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.grouping_world import NOW, keep, make_item, run_sort  # noqa: E402

from newsdigest.adapters.sql_store import SQLStore, schema  # noqa: E402
from newsdigest.adapters.sql_store.types import Instant  # noqa: E402
from newsdigest.sorting import candidates, features  # noqa: E402
from newsdigest.sorting.rarity import Rarity  # noqa: E402

NEW, RUNS = 400, 4
POOL, KEYS, SHARED = 300, 58, 0.2
"""Texts the stock repeats; keys an item is listed under; how many of them others share."""
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "da",
    "de",
    "di",
    "do",
    "du",
    "fa",
    "fe",
    "fi",
    "fo",
    "ga",
    "ge",
    "go",
    "ka",
    "ke",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
]


def text(chance: random.Random, words: int) -> str:
    """Running text with common and rare words, as Zipf would have it."""
    made = []
    for _ in range(words):
        parts = 2 if chance.random() < 0.5 else 4
        made.append("".join(chance.choice(SYLLABLES[: 10 if parts == 2 else 45]) for _ in range(parts)))
    return " ".join(made).capitalize() + "."


def fill(store: SQLStore, size: int, chance: random.Random) -> None:
    """
    Put traces of invented items straight into the tables, as `put_traces` would, but in the order of each table.

    The packed features repeat (300 texts), the keys do not: a fifth of them are shared by many, the rest
    belong to one item, as names and numbers do. Items are spread over the window of 120 days but for its
    last six, so that what a newsletter asks for is as much in a small stock as in a large one. Each is a story.
    """
    pool = [
        features.of_item(
            make_item(text(chance, 8), text(chance, 160), guid=f"pool{number}"), house="x", language="de"
        )
        for number in range(POOL)
    ]
    listed = np.array([sorted(candidates.listed(one, Rarity({}, 1)))[:KEYS] for one in pool], dtype=np.uint32)
    packed = [features.pack(one) for one in pool]
    words = [array("I", one.words[:40]).tobytes() for one in pool]
    dice = np.random.default_rng(size)
    today = int(NOW.timestamp() // 86_400)
    with store.write() as unit:
        raw = unit.connection.connection.driver_connection
        assert raw is not None
        raw.executemany(
            "INSERT INTO story_traces (number, item_id, fingerprint, seen, words, keys, data) VALUES (?, ?, 'f', ?, ?, ?, ?)",
            (
                (
                    number + 1, f"stock{number:07d}", instant(NOW - timedelta(days=_days(number, size))), words[number % POOL],
                    listed[number % POOL].tobytes(), packed[number % POOL],
                )
                for number in range(size)
            ),
        )  # fmt: skip
        numbers = np.arange(size, dtype=np.int64)
        keys = dice.integers(0, 2**32, (size, KEYS), dtype=np.uint32)
        is_shared = dice.random((size, KEYS)) < SHARED
        keys = np.where(is_shared, listed[numbers % POOL], keys)
        order = np.argsort(keys.ravel(), kind="stable")
        rows_key, rows_item = keys.ravel()[order], order // KEYS
        for start in range(0, len(order), 500_000):
            part = slice(start, start + 500_000)
            days = today - _days(rows_item[part], size)
            raw.executemany(
                "INSERT OR IGNORE INTO story_keys (key, day, number) VALUES (?, ?, ?)",
                zip(rows_key[part].tolist(), days.tolist(), (rows_item[part] + 1).tolist(), strict=True),
            )
        texts = [text(chance, 160) for _ in range(POOL)]
        seen = [instant(NOW - timedelta(days=day)) for day in range(121)]
        raw.executemany(
            "INSERT INTO items (id, source_id, url, title, first_seen, last_seen, state, fingerprint, judged_fingerprint,"
            " text, html, more) VALUES (?, ?, ?, ?, ?, ?, 'fresh', 'f', 'f', ?, '', '{}')",
            (
                (
                    f"stock{number:07d}", f"s{number % 150}", f"https://s{number % 150}.example/{number}", f"Item {number}",
                    seen[_days(number, size)], seen[_days(number, size)], texts[number % POOL],
                )
                for number in range(size)
            ),
        )  # fmt: skip
        raw.executemany(
            "INSERT INTO stories (id, first_seen, last_seen, leads) VALUES (?, ?, ?, '[]')",
            ((f"story{n:07d}", seen[_days(n, size)], seen[_days(n, size)]) for n in range(size)),
        )
        raw.executemany(
            "INSERT INTO story_members (item_id, story_id, position, state) VALUES (?, ?, 0, 'merged')",
            ((f"stock{n:07d}", f"story{n:07d}") for n in range(size)),
        )
        counts = Counter(word for one in pool for word in one.words[:40])
        raw.executemany(
            "INSERT INTO story_words (word, items) VALUES (?, ?)",
            [(word, count * size // POOL) for word, count in sorted(counts.items())],
        )


def _days(number: Any, size: int) -> Any:
    """How many days ago an item (or each of an array of them) was seen."""
    return 6 + number * 113 // size


def instant(when: datetime) -> str:
    """Return an instant as the store writes it."""
    return str(Instant().process_bind_param(when, sqlite.dialect()))


def measure(size: int) -> dict[str, float]:
    """Milliseconds of processor time for one new item over a stock of that size."""
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        store = SQLStore(f"sqlite:///{folder}/bench.db")
        schema.migrate(store)
        started = time.monotonic()
        fill(store, size, chance)
        filled = time.monotonic() - started
        # The first run loads tables and words; what is measured comes after it, half in each run's place.
        used, grouped = [], 0
        for turn in range(RUNS + 1):
            fresh = [make_item(text(chance, 8), text(chance, 160), guid=f"new{turn}-{n}") for n in range(NEW)]
            copies = [
                replace(one, id=one.id + "c", guid="c" + str(one.guid), url=one.url + "c", source_id="portal")
                for one in fresh[: NEW // 4]
            ]
            keep(store, *fresh, *copies)
            begun = time.process_time()
            report = run_sort(store)
            if turn:
                used.append(1000 * (time.process_time() - begun) / report.grouped)
            grouped += report.grouped
        asked = window_query(store)
        store.close()
        megabytes = Path(f"{folder}/bench.db").stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "stored": size, "ms_per_item": round(median(used), 2), "ms_lowest": round(min(used), 2),
        "ms_highest": round(max(used), 2), "ms_window_query": round(asked, 2), "fill_s": round(filled),
        "database_mb": round(megabytes), "peak_mb": round(peak),
    }  # fmt: skip


def window_query(store: SQLStore) -> float:
    """Milliseconds of processor time to list the stories of the last hours, median of nine."""
    used = []
    for _ in range(9):
        begun = time.process_time()
        with store.read() as unit:
            found = unit.stories.seen_since(NOW - timedelta(days=5))
            unit.items.get(id_ for story in found for id_ in story.all_ids)
        used.append(1000 * (time.process_time() - begun))
        assert found
    return median(used)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = [measure(size) for size in chosen.sizes]
    if chosen.json:
        print(json.dumps(found))
        return
    for one in found:
        print(
            f"{one['stored']:>9,} stored: {one['ms_per_item']:6.2f} ms an item ({one['ms_lowest']:.2f} to"
            f" {one['ms_highest']:.2f}), window query {one['ms_window_query']:.1f} ms, peak {one['peak_mb']:.0f} MB,"
            f" database {one['database_mb']:,} MB, filled in {one['fill_s']} s"
        )
    first, last = found[0], found[-1]
    print(
        f"ratio {last['ms_per_item'] / first['ms_per_item']:.2f}, window query"
        f" {last['ms_window_query'] / first['ms_window_query']:.2f}"
    )


if __name__ == "__main__":
    main()
