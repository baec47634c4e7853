"""What a look that brought nothing tells an editor: a plain sentence, in German too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsdigest.collecting import health, looks
from newsdigest.model.sources import Source, SourceState
from newsdigest.ports.fetching import FetchAnswer, FetchProblem
from newsdigest.settings import sentences
from newsdigest.settings.workspace import shipped

NOW = datetime(2026, 3, 12, tzinfo=UTC)
SOURCE = Source(id="m", name="Muldenmed", url="https://muldenmed.example/feed")
GERMAN = sentences.Sentences("de", sentences.load((shipped("templates"),), "de"), lambda _key: None)
WALL = {"cf-mitigated": b"challenge"}
GONE_YESTERDAY = {"first_410": (NOW - timedelta(days=2)).isoformat()}


def answer(status: int, headers: dict[str, bytes] | None = None) -> FetchAnswer:
    problem = None if status in (200, 304) else FetchProblem.STATUS
    return FetchAnswer(
        key="m", url=SOURCE.url, status=status, headers=headers or {}, problem=problem,
        detail=f"the server answered {status}",
    )  # fmt: skip


@pytest.mark.parametrize("status", [200, 304, 401, 403, 404, 407, 410, 418, 429, 451, 500, 502, 503])
@pytest.mark.parametrize("headers", [{}, WALL], ids=["plain", "wall"])
@pytest.mark.parametrize("evidence", [{}, GONE_YESTERDAY], ids=["first", "again"])
def test_why_a_source_failed_is_said_in_german(status: int, headers: dict[str, bytes], evidence: dict):
    """The sources screen shows the last error as it was stored; no status is left in English."""
    state = SourceState(source_id="m", url=SOURCE.url, evidence=evidence)
    look = looks.after_answer(SOURCE, state, answer(status, headers), NOW)
    assert look.problem
    for line in health.report(SOURCE, look.state, NOW).evidence:
        assert GERMAN.whole(line) is not None, line


def test_who_takes_us_for_a_robot_is_named():
    """Wherever an address is looked at: the webmaster then knows whom to ask."""
    assert "Cloudflare" in looks.status_words(answer(403, WALL))
    assert looks.status_words(answer(404, WALL)) == "there is nothing at this address (404)"
