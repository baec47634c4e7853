"""Entry counts on feed documents written by others (shared, never copied), with a written reason for every difference."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsdigest.adapters.feedparser_reader import FeedparserReader
from newsdigest.collecting import discovery
from newsdigest.ports.reading import RawDocument

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "feeds-dev"
# File: why our count differs from feedparser's on purpose. Empty: it never does.
REASONS: dict[str, str] = {}
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data/feeds-dev is not here"),
]


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (SHARED / name).read_text(encoding="utf-8").splitlines()]


def test_entry_counts_are_those_of_the_index(capsys: pytest.CaptureFixture[str]):
    """Every file gives the expected number of entries, or stands in the table of reasons."""
    reader, now = FeedparserReader(), datetime(2026, 3, 4, tzinfo=UTC)
    wrong = []
    try:
        for row in rows("index.jsonl"):
            raw = RawDocument(
                key=row["file"], body=(SHARED / row["file"]).read_bytes(), now=now, max_entries=5000
            )
            result = reader.read(raw)
            count = len(result.document.entries) if result.document else None
            if count != row["expected_entry_count"] and row["file"] not in REASONS:
                wrong.append(
                    f"{row['file']}: {count}, expected {row['expected_entry_count']} ({result.error})"
                )
    finally:
        reader.close()
    with capsys.disabled():
        print(
            f"\nfeeds-dev: {len(rows('index.jsonl')) - len(wrong) - len(REASONS)} of {len(rows('index.jsonl'))} exact, {len(REASONS)} with a reason"
        )
    assert not wrong


def test_the_right_feed_comes_first():
    """On every page of the HTML set the first candidate is a real feed of the site; none is invented where there is none."""
    wrong = []
    for row in rows("html_index.jsonl"):
        page = (SHARED / row["file"]).read_text(encoding="utf-8", errors="replace")
        found = discovery.candidates(page, url=row["page_url"] or "https://page.example/")
        expected = row["expected_feed_links"]
        if (found and found[0].url not in expected) or (expected and not found):
            wrong.append((row["file"], [one.url for one in found], expected))
    assert not wrong
