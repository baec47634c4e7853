"""`classify`: one answer per line, in order; the same news has the same story; bad lines are said."""

from __future__ import annotations

import random
from typing import Any

from tests.grouping_world import GRANT_DE, GRANT_EN, OTHER, BelievingJudge, make_sorter

from newsdigest.sorting import classify

LINES: list[dict[str, Any]] = [
    {"id": "a", "title": GRANT_DE[0], "content": GRANT_DE[1], "feed": "verband", "language": "de", "published": "2026-03-05T14:10:00Z"},
    {"id": "b", "title": GRANT_DE[0], "text": GRANT_DE[1], "source": "portal", "language": "de", "published": "2026-03-06T09:00:00Z"},
    {"id": "c", "title": GRANT_EN[0], "summary": GRANT_EN[1], "language": "en", "published": "2026-03-06"},
    {"id": 4, "title": OTHER[0], "summary": OTHER[1], "language": "de"},
]  # fmt: skip


def run(lines: list[Any]) -> list[dict[str, Any]]:
    return list(classify.classify(lines, judge=BelievingJudge(), sorter=make_sorter()))


def test_each_line_is_answered_in_order() -> None:
    """Ids come back as given, with language, topics, story and reasons."""
    found = run(LINES)
    assert [line["id"] for line in found] == ["a", "b", "c", 4]
    assert found[0]["story"] == found[1]["story"] == found[2]["story"] != found[3]["story"]
    assert found[1]["story_reasons"][:1] == ["same text"]
    assert {"id", "language", "language_confidence", "topics", "story", "story_reasons"} == set(found[0])


def test_the_order_of_lines_does_not_matter() -> None:
    """Shuffled lines get the same stories with the same ids."""
    shuffled = LINES.copy()
    random.Random(3).shuffle(shuffled)
    by_id = {line["id"]: line["story"] for line in run(shuffled)}
    assert {line["id"]: line["story"] for line in run(LINES)} == by_id


def test_bad_lines_are_said_and_do_not_stop_the_rest() -> None:
    """What is no object gets an error; fields of a wrong type count as absent; ids may repeat."""
    found = run(
        [
            7,
            None,
            {"id": "x", "title": ["no"], "published": "yesterday"},
            {"title": "Wort"},
            LINES[0],
            LINES[0],
        ]
    )
    assert ["error" in line for line in found] == [True, True, False, False, False, False]
    assert found[4]["story"] == found[5]["story"]
