"""
Reading against plain feedparser, on the same documents in the same run: CPU and wall, medians of alternated rounds.

Ours does more (own decoding, mending, nh3, records); plain feedparser keeps its sanitiser and relative links on,
as anyone would use it. Goal: at most 0.5 of its CPU.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

NOW = datetime(2026, 3, 4, tzinfo=UTC)
PARAGRAPH = (
    "<p>Die <a href='/projekte/7'>Entwicklung</a> eines Messgeräts für <b>Zelltherapien</b> an der Elbe wird "
    "fortgesetzt; die Beteiligten aus Leipzig, Görlitz &amp; Dresden berichten über den Stand der Arbeiten.</p>"
)


def atom(entries: int, paragraphs: int) -> bytes:
    """Return a feed like the one measured for the specification (100 entries of 5 kB)."""
    body = (PARAGRAPH * paragraphs).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    items = "".join(
        f"<entry><id>tag:a.example,2026:{number}</id><title>Meldung {number} aus dem Labor</title>"
        f'<link href="https://a.example/{number}"/><updated>2026-03-0{number % 3 + 1}T09:00:00Z</updated>'
        f"<author><name>Anna Böhm</name></author><category term='Labor'/><content type='html'>{body}</content></entry>"
        for number in range(entries)
    )
    head = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Labor</title>'
    return (
        f"{head}<id>tag:a.example,2026:f</id><updated>2026-03-02T09:00:00Z</updated>{items}</feed>".encode()
    )


def rounds(tasks: dict[str, Callable[[], object]], times: int) -> dict[str, list[float]]:
    """Return CPU milliseconds of each task, the tasks taking turns."""
    spent: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(times):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            spent[name].append((time.process_time() - start) * 1000)
    return spent


def main() -> None:
    """Print one line a document: medians, spread and ratio."""
    from newsdigest.adapters.feedparser_reader import FeedparserReader, documents
    from newsdigest.ports.reading import RawDocument

    bodies = {
        "100 entries, 540 kB": atom(100, 18),
        "20 entries, 110 kB": atom(20, 18),
        "300 entries, short": atom(300, 1),
    }
    import feedparser

    # Plain first: preparing ours switches feedparser's dates off in this process.
    plain = {
        name: rounds({"plain": lambda body=body: feedparser.parse(io.BytesIO(body))}, 7)["plain"]  # type: ignore[misc]
        for name, body in bodies.items()
    }
    documents.prepare()
    for name, body in bodies.items():
        raw = RawDocument(key="k", body=body, now=NOW, url="https://a.example/feed")
        ours = rounds({"ours": lambda raw=raw: documents.read(raw)}, 7)["ours"]  # type: ignore[misc]
        one, two = statistics.median(ours), statistics.median(plain[name])
        print(
            f"reading, {name}: ours {one:.1f} ms ({min(ours):.1f} to {max(ours):.1f}), feedparser {two:.1f} ms"
            f" ({min(plain[name]):.1f} to {max(plain[name]):.1f}), ratio {one / two:.2f} (goal 0.50)"
        )
    reader = FeedparserReader(children=2)
    try:
        raws = [
            RawDocument(key=str(number), body=bodies["20 entries, 110 kB"], now=NOW) for number in range(60)
        ]
        list(reader.read_all(raws[:4]))
        start, cpu = time.perf_counter(), time.process_time()
        done = sum(1 for _ in reader.read_all(raws))
        wall = (time.perf_counter() - start) * 1000
        print(
            f"reading in two children: {wall / done:.1f} ms wall and {(time.process_time() - cpu) * 1000 / done:.2f} ms of the parent's CPU a document"
        )
    finally:
        reader.close()


if __name__ == "__main__":
    main()
