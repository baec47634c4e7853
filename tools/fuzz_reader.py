"""
Throws mutated documents at the reader, in process, and reports what crashed or hung (`make fuzz`).

    python tools/fuzz_reader.py [--documents 200000] [--seconds 0] [--seed 1] [--workers 2] [FOLDER…]

Every document is read as a child would read it; an exception must be caught by the child's guard and is
counted ("caught"), what ends the process is a crash. A hang is a document that takes more than five
seconds of CPU (wall clock would count the neighbours of a busy machine); it is stopped by a signal.
Beside both, what was read is checked: HTML within the allow-list, links safe.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import re
import signal
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "tests" / "data" / "feeds"
NOW = datetime(2026, 3, 4, tzinfo=UTC)
HANG_SECONDS = 5
TOKENS = [
    b"<",
    b">",
    b"&",
    b'"',
    b"'",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<item>",
    b"</item>",
    b"<entry>",
    b"</title>",
    b"&#0;",
    b"&#xD800;",
    b"&uuml;",
    b"&;",
    b"\x00",
    b"\xff\xfe",
    b"\xc3",
    b"\xed\xa0\x80",
    b"<?xml version='1.0' encoding='utf-7'?>",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"xml:base='//'",
    b"xml:lang=''",
    b"<a href='javascript:alert(1)'>",
    b"<img src=x onerror=alert(1)>",
    b"<script>alert(1)</script>",
    b"<svg/onload=alert(1)>",
    b"<math><mtext>",
    b"<style>",
    b"&lt;script&gt;",
    b"<table><tr>",
    b"</p>",
    b"<p>" * 50,
    b"1 Jan 0000",
    b"9999999999999",
    b"2026-02-30T25:61:61+99:99",
    b"https://u:p@h/",
    b"http://[::1",
    b"//",
    b"{",
    b"}",
    b"[",
    b'"items":',
    b"null",
    b"\\ud800",
    b"1e999",
]


def mutated(seeds: list[bytes], source: random.Random) -> bytes:
    """Return a seed with one to eight changes: bytes flipped, pieces cut, doubled, moved, tokens set in."""
    body = bytearray(source.choice(seeds))
    for _ in range(source.randint(1, 8)):
        place, other = source.randrange(len(body) + 1), source.randrange(len(body) + 1)
        start, end = min(place, other), min(max(place, other), min(place, other) + 400)
        kind = source.randrange(7)
        if kind == 0 and body:
            body[place % len(body)] = source.randrange(256)
        elif kind == 1:
            del body[start:end]
        elif kind == 2:
            body[place:place] = body[start:end] * source.randint(1, 4)
        elif kind == 3:
            body[place:place] = source.choice(TOKENS)
        elif kind == 4:
            body[start:end] = source.choice(TOKENS) * source.randint(1, 6)
        elif kind == 5:
            donor = source.choice(seeds)
            body[place:place] = donor[(cut := source.randrange(len(donor) + 1)) : cut + 300]
        else:
            body = body[:place]
    return bytes(body)


def live(result: Any) -> str:
    """Return what is wrong with a reading, "" where all is safe."""
    for entry in result.document.entries if result.document else ():
        for tag in re.findall(r"<\s*([a-zA-Z][\w-]*)", entry.html):
            if tag.lower() not in _tags():
                return f"tag {tag}"
        for tag in re.findall(r"<[a-zA-Z][^>]*>", entry.html):
            for name, value in re.findall(r"\s([\w-]+)=\"([^\"]*)\"", tag):
                if name.startswith("on") or (
                    name == "href" and not value.startswith(("http://", "https://"))
                ):
                    return "handler or scheme"
        for link in (entry.url, entry.image_url, *(one.url for one in entry.enclosures)):
            if link is not None and not link.startswith(("http://", "https://")):
                return f"link {link[:40]}"
    return ""


def _tags() -> frozenset[str]:
    from newsdigest.text import html

    return html.TAGS


def work(seed: int, documents: int, seconds: float, folders: list[str], out: Any) -> None:
    """Read mutated documents until the number or the time is used up; send the tally."""
    from newsdigest.adapters.feedparser_reader import documents as reader
    from newsdigest.adapters.feedparser_reader.child import read_safely
    from newsdigest.ports.reading import RawDocument

    reader.prepare()
    seeds = [
        path.read_bytes()
        for folder in folders
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.stat().st_size < 100_000
    ]
    source = random.Random(seed)  # noqa: S311 - not for secrets, and repeatable
    tally: Counter[str] = Counter()
    examples: list[tuple[str, str]] = []

    def alarm(_signal: int, _frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, alarm)
    end = time.monotonic() + seconds if seconds else None
    for number in range(documents):
        if end and time.monotonic() > end:
            break
        body = mutated(seeds, source)
        kind = "page" if number % 10 == 9 else "feed"
        raw = RawDocument(key="k", body=body, now=NOW, url="https://feed.example/f", kind=kind)  # type: ignore[arg-type]
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        try:
            result = reader.read(raw)
            tally[result.reason] += 1
            if wrong := live(result):
                tally["live"] += 1
                examples.append((wrong, body.hex()))
        except TimeoutError:
            tally["hang"] += 1
            examples.append(("hang", body.hex()))
        except Exception as error:  # feedparser raises for some; the child makes "unreadable" of it
            if read_safely(raw).reason == "unreadable":
                tally["caught"] += 1
            else:
                tally["crash"] += 1
                examples.append((repr(error)[:200], body.hex()))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        tally["documents"] += 1
    out.put((dict(tally), examples[:20]))


def main() -> int:
    """Run the workers and print one line; 1 where anything crashed, hung or stayed alive."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=0, help="stop after so many seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for documents that failed")
    parser.add_argument("folders", nargs="*", default=[str(SEEDS)])
    chosen = parser.parse_args()
    out: Any = multiprocessing.Queue()
    share = -(-chosen.documents // chosen.workers)
    workers = [
        multiprocessing.Process(
            target=work, args=(chosen.seed * 1000 + number, share, chosen.seconds, chosen.folders, out)
        )
        for number in range(chosen.workers)
    ]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    total: Counter[str] = Counter()
    examples: list[tuple[str, str]] = []
    for _ in workers:
        tally, some = out.get()
        total.update(tally)
        examples += some
    for worker in workers:
        worker.join()
    bad = total["crash"] + total["hang"] + total["live"]
    counted = {name: total[name] for name in ("documents", "crash", "hang", "live", "caught")}
    readings = {name: count for name, count in sorted(total.items()) if name not in counted}
    print(json.dumps({**counted, "seconds": round(time.monotonic() - started, 1), "readings": readings}))
    for number, (what, body) in enumerate(examples):
        print(f"  {what}", file=sys.stderr)
        if chosen.keep:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            (chosen.keep / f"{number}.bin").write_bytes(bytes.fromhex(body))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
