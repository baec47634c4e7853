"""What we publish, our own collector reads back as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsdigest.adapters.feed_writer import FeedWriter
from newsdigest.model.channels import Channel, ChannelEntry, guid
from newsdigest.ports.reading import RawDocument

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
TITLES = [
    "Freistaat bewilligt 3,84 Millionen Euro",
    "Müller & Söhne: F&E <1 %",
    "\u05e9\u05dc\u05d5\u05dd עולם",
    "Anzeichen 😀 mit ]]> darin",
    "„Anführung“ – mit Gedankenstrich",
    "p < 0.05 & q > 1",
    "Tags wie ‹b›",
    "R&D, §5 & Co. KG",
]


def make_channel() -> Channel:
    stories = tuple(
        ChannelEntry(
            guid=guid(f"s{n}", "de"),
            story_id=f"s{n}",
            title=title,
            teaser=f"Ein Satz über {title}.",
            url=f"https://a.example/{n}?x=1&y=ä".replace("ä", "%C3%A4"),
            organisation="Muldenmed",
            published=AT.replace(day=1 + n),
            changed=AT,
            topics=(("medtech", "Medizintechnik"),),
        )
        for n, title in enumerate(TITLES)
    )
    return Channel(
        id="all",
        language="de",
        title="Verband: Alle Nachrichten",
        description="Alle",
        publisher="Verband",
        url="https://news.example/feeds/de/all",
        home_url="https://verband.example/",
        entries=stories,
    )


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_our_collector_reads_our_feeds_back(form: str, tmp_path: Path):
    """Ids, links, titles, dates, categories and text survive the way out and back in, in all three formats."""
    from newsdigest.adapters.feedparser_reader import FeedparserReader

    channel = make_channel()
    body = getattr(FeedWriter(), form)(channel)
    reader = FeedparserReader(children=1)
    try:
        result = reader.read(RawDocument(key="own", body=body, url=f"{channel.url}.{form}", now=AT))
    finally:
        reader.close()
    assert result.document is not None, result.error
    assert (result.document.title, result.document.language) == (channel.title, "de")
    read = [(e.guid, e.url, e.title, e.published, e.categories) for e in result.document.entries]
    assert sorted(read, key=str) == sorted(
        ((e.guid, e.url, e.title, e.published, ("Medizintechnik",)) for e in channel.entries), key=str
    )
    assert all("Ein Satz über" in entry.html for entry in result.document.entries)
