"""
The edition screen with 200 stories: milliseconds on the server, warm, median of many (goal: under 100).

`python tests/benchmarks/bench_newsroom.py`; also the preview frame and the check list after a change.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests import newsroom_world as world  # noqa: E402

ID = "weekly-2026-03-12"
STORIES = 200
ROUNDS = 40


def grown(assembly: object) -> None:
    """Store the draft with 200 German stories."""
    draft = assembly.edition(ID)  # type: ignore[attr-defined]
    german = [p for p in draft.placements if p.language == "de"]
    made = [
        replace(german[n % len(german)], id=f"b{n:03}.de", story_id=f"b{n:03}", position=n + 1, headline=f"{n}: {german[n % len(german)].headline}")
        for n in range(STORIES)
    ]  # fmt: skip
    rest = tuple(p for p in draft.placements if p.language != "de")
    with assembly.store.write() as unit:  # type: ignore[attr-defined]
        unit.editions.save(replace(draft, placements=(*made, *rest)), what="grown")


def spread(times: list[float]) -> dict[str, float]:
    """Median, fifth and ninety-fifth percentile in milliseconds."""
    cuts = quantiles(times, n=20)
    return {"median": round(median(times), 1), "p5": round(cuts[0], 1), "p95": round(cuts[-1], 1)}


def main() -> None:
    """Print the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        assembly = world.make_world(Path(folder) / "workspace")
        grown(assembly)
        found: dict[str, object] = {"stories": STORIES}
        with world.browsing(assembly, "approver") as client:
            pages = {
                "edition": f"/newsroom/editions/{ID}?lang=de",
                "checks": f"/newsroom/editions/{ID}?part=checks",
                "preview": f"/newsroom/editions/{ID}/preview/de",
                "overview": "/newsroom",
            }
            for name, path in pages.items():
                size = len(client.get(path).content)
                times = []
                for _ in range(ROUNDS):
                    start = time.perf_counter()
                    client.get(path)
                    times.append((time.perf_counter() - start) * 1000)
                found[name] = spread(times) | {"bytes": size}
            start = time.perf_counter()
            version = assembly.edition(ID).version
            client.post(
                f"/newsroom/editions/{ID}/placements",
                data={"version": str(version), "act": "drop b001.de", "lang": "de"},
            )
            client.get(pages["edition"])
            found["act_and_page"] = round((time.perf_counter() - start) * 1000, 1)
            start = time.perf_counter()
            client.get(pages["preview"])
            found["first_preview_after_an_act"] = round((time.perf_counter() - start) * 1000, 1)
        assembly.close()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
