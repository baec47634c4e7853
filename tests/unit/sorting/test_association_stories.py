"""
Typical stories of such an association, written by hand, with what a reader would say about each.

`tests/data/association_stories.jsonl`: all fifteen topics, all kinds, both languages, days and
deadlines in many forms; organisations and persons are invented. `must` are topics a reader would
miss, `may` are right as well. All are published on Thursday, 5 March 2026.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from newsdigest.adapters.keyword_scorer import KeywordScorer
from newsdigest.adapters.langvote_detector import LangvoteDetector
from newsdigest.model.items import Judgement
from newsdigest.settings import topic_settings
from newsdigest.settings.workspace import shipped
from newsdigest.sorting.judge import Judge
from newsdigest.sorting.kind import KindRules

PUBLISHED = datetime(2026, 3, 5, 9, tzinfo=UTC)
STORIES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "association_stories.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
ONE_BY_ONE = pytest.mark.parametrize("story", STORIES, ids=[story["id"] for story in STORIES])


@cache
def judge() -> Judge:
    taxonomy = topic_settings.load(shipped("config") / "topics.yaml")
    return Judge(
        detector=LangvoteDetector(), scorer=KeywordScorer(taxonomy), taxonomy=taxonomy, kinds=KindRules(taxonomy),
        zone=ZoneInfo("Europe/Berlin"),
    )  # fmt: skip


@cache
def judged(number: int) -> Judgement:
    story = STORIES[number]
    return judge().judge_text(title=story["title"], text=story["text"], published=PUBLISHED)


def of(story: dict[str, Any]) -> Judgement:
    return judged(STORIES.index(story))


@ONE_BY_ONE
def test_language_and_kind_are_what_a_reader_says(story: dict[str, Any]) -> None:
    """Both decide where in the edition a story stands."""
    made = of(story)
    assert (story["language"], story["kind"]) == (made.language.language, made.kind.value)
    assert not made.language.is_unsure


@ONE_BY_ONE
def test_days_and_deadlines_are_read(story: dict[str, Any]) -> None:
    """The day of an event, its hour where one is asked for, the last day to apply; nothing where there is none."""
    event, deadline = of(story).event, of(story).deadline
    assert story.get("event") == (event.start.isoformat() if event else None)
    assert story.get("deadline") == (deadline.isoformat() if deadline else None)
    if "end" in story:
        assert event is not None
        assert event.end is not None
        assert story["end"] == event.end.isoformat()
    if "time" in story:
        assert event is not None
        assert event.start_time is not None
        assert story["time"] == f"{event.start_time:%H:%M}"


def test_topics_are_right_nine_times_in_ten() -> None:
    """Over the whole corpus; single misses are the price of keywords an editor can read."""
    counts: Counter[str] = Counter()
    for story in STORIES:
        given, must = {one.id for one in of(story).topics}, set(story.get("must", ()))
        counts["right"] += len(given & must)
        counts["wrong"] += len(given - must - set(story.get("may", ())))
        counts["missed"] += len(must - given)
    assert 2 * counts["right"] / (2 * counts["right"] + counts["wrong"] + counts["missed"]) >= 0.9
