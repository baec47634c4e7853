"""
How a workspace stands: counts, the last runs of jobs, and what needs a person's attention.

Plain SQL that both engines read alike, over whichever connection there is: `status` asks through
the bare driver, alerts through the store. Counts are counted by the database, so that the answer
costs the same memory with a million items.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Runs one query without parameters and returns its rows."""

MANY_FAILURES = 3
"""So often in a row must a source fail before a person should look."""
SHOWN_SOURCES = 5

COUNTED = ("sources", "items", "editions", "subscribers")


def tell(ask: Ask) -> dict[str, Any]:
    """Return `{counts, runs, attention}`; attention are lines for a person."""
    counts: dict[str, Any] = {name: ask(f"SELECT count(*) FROM {name}")[0][0] for name in COUNTED}  # noqa: S608
    last = ask("SELECT id FROM editions WHERE finished_at IS NOT NULL ORDER BY day DESC, id LIMIT 1")
    counts["last edition"] = last[0][0] if last else "-"
    # Names of jobs begin with "job:"; ";" is the character after ":".
    told = ask("SELECT value FROM facts WHERE name >= 'job:' AND name < 'job;' ORDER BY name")
    jobs = [json.loads(value) for (value,) in told]
    runs = [
        {
            "job": job["job"], "started_at": job["started"], "outcome": job["outcome"], "report": job["report"],
        }
        for job in jobs
    ]  # fmt: skip
    return {"counts": counts, "runs": runs, "attention": [*_editions(ask), *_sources(ask), *_jobs(jobs)]}


def looks(ask: Ask) -> list[tuple[str, int, datetime | None]]:
    """Return (result, sources, newest success) of the last looks at all sources, by result."""
    rows = ask("SELECT last_result, count(*), max(last_success) FROM source_states GROUP BY 1 ORDER BY 1")
    # SQLite keeps instants as text.
    return [
        (result, count, datetime.fromisoformat(at) if isinstance(at, str) else at)
        for result, count, at in rows
    ]


def _editions(ask: Ask) -> list[str]:
    """Editions that wait for a person, and deliveries nobody can be sure of."""
    waiting = ask(
        "SELECT id, state_reason FROM editions WHERE state IN ('needs_decision', 'paused') ORDER BY day, id"
    )
    lines = [f"edition {id_} needs a decision: {reason}" for id_, reason in waiting]
    doubtful = ask(
        "SELECT d.edition_id, count(*) FROM deliveries d WHERE d.state = 'uncertain' AND d.edition_id IN "
        "(SELECT m.edition_id FROM mailings m ORDER BY m.created_at DESC LIMIT 10) "
        "GROUP BY d.edition_id ORDER BY d.edition_id"
    )
    return lines + [
        f"edition {id_}: {count} deliveries may or may not have arrived; decide with `newsdigest resume {id_}`"
        for id_, count in doubtful
    ]


def _sources(ask: Ask) -> list[str]:
    failing = ask(f"SELECT count(*) FROM source_states WHERE failures >= {MANY_FAILURES}")[0][0]  # noqa: S608
    if not failing:
        return []
    first = ask(
        f"SELECT source_id FROM source_states WHERE failures >= {MANY_FAILURES} "  # noqa: S608
        f"ORDER BY source_id LIMIT {SHOWN_SOURCES}"
    )
    names = ", ".join(id_ for (id_,) in first)
    return [f"{failing} sources fail: {names}; see `newsdigest sources list`"]


def _jobs(jobs: Sequence[dict[str, Any]]) -> list[str]:
    return [
        f"job {job['job']} failed {job['failures']} times: {job['report']}"
        for job in jobs
        if job.get("failures")
    ]
