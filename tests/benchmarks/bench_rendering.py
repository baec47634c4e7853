"""Render and inline one variant of 40 stories, warm: the limit is 150 ms (`python -m tests.benchmarks.bench_rendering`)."""

from __future__ import annotations

import json
import statistics
import sys
import time

from tests.edition_world import make_edition, make_newsletter, make_placement, make_renderer

LIMIT_MS = 150.0
RUNS = 20


def main() -> int:
    """Print one JSON document; exit 1 when the median is over the limit."""
    teaser = "Ein Satz, der etwas sagt und dafür ein wenig länger ist als nötig. " * 4
    sections = ("own", "members", "research", "policy", "calls", "events", "jobs", "press")
    placements = [
        make_placement(n, teaser=teaser, section_id=sections[n % len(sections)]) for n in range(1, 41)
    ]
    edition, newsletter, renderer = make_edition(*placements), make_newsletter(), make_renderer()
    variant = renderer.render(edition=edition, newsletter=newsletter, language="de")
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        renderer.render(edition=edition, newsletter=newsletter, language="de")
        spent.append((time.perf_counter() - start) * 1000)
    median = statistics.median(spent)
    report = {
        "what": "render and inline one variant of 40 stories, warm",
        "median_ms": round(median, 1),
        "best_ms": round(min(spent), 1),
        "worst_ms": round(max(spent), 1),
        "limit_ms": LIMIT_MS,
        "html_bytes": len(variant.html.encode()),
        "stories": len(variant.story_ids),
    }
    print(json.dumps(report, indent=2))
    return 0 if median <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
