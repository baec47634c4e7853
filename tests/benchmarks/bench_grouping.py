"""
What grouping one new item costs over a stock of 10,000 and of more, in processor time.

    .venv/bin/python tests/benchmarks/bench_grouping.py [--sizes 10000 100000] [--json]

The whole job is measured over a real SQLite file: judging by a judge that believes what is
declared (bench_judging.py measures the real one), features, candidates, verifier, clustering,
writing. Limits: under 5 ms an item together with judging, and at most twice as much at a million
stored as at ten thousand (a million takes some 20 GB of disk and an hour to fill).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.grouping_world import NOW, keep, make_item, run_sort  # noqa: E402

from newsdigest.adapters.sql_store import SQLStore, schema  # noqa: E402
from newsdigest.model.stories import Trace  # noqa: E402
from newsdigest.sorting import candidates, features  # noqa: E402
from newsdigest.sorting.rarity import Rarity  # noqa: E402

NEW = 200
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


def stock(size: int, chance: random.Random) -> Iterator[list[Trace]]:
    """Traces in batches; the packed features repeat, the keys do not."""
    pool = [
        features.of_item(
            make_item(text(chance, 8), text(chance, 160), guid=f"pool{number}"), house="x", language="de"
        )
        for number in range(300)
    ]
    rarity = Rarity({}, 1)
    listed = [sorted(candidates.listed(one, rarity)) for one in pool]
    packed = [features.pack(one) for one in pool]
    for start in range(0, size, 2000):
        made = []
        for number in range(start, min(start + 2000, size)):
            place = number % len(pool)
            keys = tuple(
                chance.choice(listed[place]) if chance.random() < 0.2 else chance.getrandbits(32)
                for _ in range(90)
            )
            made.append(
                Trace(
                    item_id=f"stock{number}", fingerprint="f", seen=NOW - timedelta(days=number % 100), keys=keys,
                    words=tuple(pool[place].words[:40]), data=packed[place],
                )
            )  # fmt: skip
        yield made


def measure(size: int) -> dict[str, float]:
    """Milliseconds of processor time for one new item over a stock of that size."""
    chance = random.Random(size)
    with tempfile.TemporaryDirectory() as folder:
        store = SQLStore(f"sqlite:///{folder}/bench.db")
        schema.migrate(store)
        for batch in stock(size, chance):
            with store.write() as unit:
                unit.stories.put_traces(batch)
        fresh = [make_item(text(chance, 8), text(chance, 160), guid=f"new{size}{n}") for n in range(NEW)]
        copies = [
            replace(one, id=one.id + "c", guid="c" + str(one.guid), url=one.url + "c", source_id="portal")
            for one in fresh[: NEW // 4]
        ]
        keep(store, *fresh, *copies)
        started = time.process_time()
        report = run_sort(store)
        used = time.process_time() - started
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"stored": size, "ms_per_item": round(1000 * used / report.grouped, 2), "peak_mb": round(peak)}


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
            f"{one['stored']:>9,} stored: {one['ms_per_item']:6.2f} ms an item, peak {one['peak_mb']:.0f} MB"
        )
    print(f"ratio {found[-1]['ms_per_item'] / found[0]['ms_per_item']:.2f}")


if __name__ == "__main__":
    main()
