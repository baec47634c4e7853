"""
Start two instances at the same instant, again and again: `make start-test`.

Each round is a workspace whose approved edition is due. Two schedulers are started together: one
must be refused with exit 2, the other sends; every person gets one mail. With `--takeovers N` and a
PostgreSQL server: two schedulers, the leading one is killed (-9), and the seconds until the other
has handed out its first nudge are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.operating_world import DUE, Child, approved, running_assembly, together  # noqa: E402

from newsdigest import scheduler  # noqa: E402, F401 - loaded before the children are forked
from newsdigest.cli.run_all import serve_all  # noqa: E402

PATIENCE = 60.0


def wait_for(what: Callable[[], bool], why: str) -> None:
    """Wait until something holds."""
    until = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > until:
            raise TimeoutError(why)
        time.sleep(0.005)


def two_at_once(template: Path, folder: Path, people: int) -> list[str]:
    """Return what was wrong in one round, nothing when all was right."""
    shutil.copytree(template, folder)
    os.environ["NEWSDIGEST_MAIL__OUTBOX"] = str(folder / "outbox")

    def instance() -> int:
        return serve_all(running_assembly(folder, DUE), host="", port=0)

    wrong: list[str] = []
    with together([instance, instance], folder) as children:
        codes: dict[int, int] = {}

        def settled() -> bool:
            for child in children:
                if child.pid not in codes and (code := child.ended()) is not None:
                    codes[child.pid] = code
            return len(codes) >= 1 and len(list((folder / "outbox").rglob("*.eml"))) >= people

        wait_for(settled, f"{folder}: {[child.said() for child in children]}")
        time.sleep(0.05)  # a second copy would come about now
        codes |= {child.pid: child.end() for child in children if child.pid not in codes}
        if sorted(codes.values()) != [0, 2]:
            wrong.append(f"exit codes {sorted(codes.values())}: {[child.said() for child in children]}")
        started = sum(child.said().count('"scheduler_started"') for child in children)
        if started != 1:
            wrong.append(f"{started} ticked")
    mails = len(list((folder / "outbox").rglob("*.eml")))
    if mails != people:
        wrong.append(f"{mails} mails for {people} people")
    shutil.rmtree(folder)
    return wrong


def take_over(template: Path, folder: Path, url: str) -> float:
    """Return the seconds from the leader's death to the standby's first nudge."""
    shutil.copytree(template, folder)
    os.environ["NEWSDIGEST_STORE__URL"] = url

    def instance() -> int:
        return serve_all(running_assembly(folder, DUE), host="", port=0)

    def leads(child: Child) -> bool:
        return '"scheduler_leads"' in child.said()

    def ticked(child: Child) -> bool:
        return '"ticked"' in child.said()

    with together([instance, instance], folder) as children:
        wait_for(lambda: any(ticked(child) for child in children), "nobody leads")
        leader, standby = sorted(children, key=leads, reverse=True)
        assert not leads(standby)
        killed = time.monotonic()
        os.kill(leader.pid, signal.SIGKILL)
        os.waitpid(leader.pid, 0)
        wait_for(lambda: ticked(standby), f"no take-over: {standby.said()}")
        taken = time.monotonic() - killed
        standby.end()
    shutil.rmtree(folder)
    return taken


def main() -> int:
    """Run the rounds and print the figures as one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=200)
    parser.add_argument("--takeovers", type=int, default=20)
    parser.add_argument("--people", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        approved(folder / "template", people=chosen.people)
        wrong = [
            line
            for number in range(chosen.starts)
            for line in two_at_once(folder / "template", folder / f"start{number}", chosen.people)
        ]
        figures: dict[str, object] = {"starts": chosen.starts, "wrong": len(wrong)}
        if chosen.takeovers:
            figures |= _take_overs(folder, chosen.takeovers)
    print(json.dumps(figures))
    print("\n".join(wrong[:20]), file=sys.stderr)
    return int(bool(wrong))


def _take_overs(folder: Path, number: int) -> dict[str, object]:
    from tests import postgres_server

    from newsdigest.adapters.sql_store import SQLStore, schema

    with postgres_server.server() as url:
        store = SQLStore(url)
        schema.migrate(store)
        store.close()
        taken = [take_over(folder / "template", folder / f"over{turn}", url) for turn in range(number)]
    return {"take-overs": number, "median s": round(median(taken), 2), "longest s": round(max(taken), 2)}


if __name__ == "__main__":
    sys.exit(main())
