"""What we publish, our own collector reads back as it was: in every format, whatever stands in a story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from newsdigest.adapters.feed_writer import FeedWriter, title_of
from newsdigest.adapters.feedparser_reader import FeedparserReader
from newsdigest.model.channels import Channel, ChannelEntry, guid
from newsdigest.model.entries import Document
from newsdigest.ports.reading import RawDocument
from newsdigest.text import decoding, html, xml_text

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


FORMS = ("rss", "atom", "json")
ODD = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="&;#<>ampltgnbs/x1 \"'!-[]?=", max_size=40),
    st.sampled_from(TITLES),
)


@pytest.fixture(scope="module")
def reader() -> Iterator[FeedparserReader]:
    made = FeedparserReader(children=1)
    yield made
    made.close()


def read_back(reader: FeedparserReader, channel: Channel, form: str) -> Document:
    body = getattr(FeedWriter(), form)(channel)
    result = reader.read(
        RawDocument(key="own", body=body, url=f"{channel.url}.{form}", now=AT + timedelta(days=30))
    )
    assert result.document is not None, result.error
    return result.document


@pytest.mark.parametrize("form", FORMS)
def test_our_collector_reads_our_feeds_back(form: str, reader: FeedparserReader):
    """Ids, links, titles, dates, categories and text survive the way out and back in, in all three formats."""
    channel = make_channel()
    document = read_back(reader, channel, form)
    assert (document.title, document.language) == (channel.title, "de")
    read = [(e.guid, e.url, e.title, e.published, e.categories) for e in document.entries]
    assert sorted(read, key=str) == sorted(
        ((e.guid, e.url, e.title, e.published, ("Medizintechnik",)) for e in channel.entries), key=str
    )
    assert all("Ein Satz über" in entry.html for entry in document.entries)


@pytest.mark.parametrize("form", FORMS)
@settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)  # fmt: skip
@given(title=ODD, teaser=ODD)
@example(title="literal &amp; and &amp;amp; and &nbsp;", teaser="literal &amp; and &lt;b&gt;")
@example(title="&lt;b&gt;fett&lt;/b&gt; <i>x</i> &#60;script&#62;", teaser="<b>fett</b> <!-- x --> ]]>")
@example(title="5 &lt 6 &copy 2026 &ampx", teaser="&#0; &#x110000; &unknown; & ;")
def test_odd_words_come_back_equal(reader: FeedparserReader, form: str, title: str, teaser: str):
    """Whatever stands in title and teaser: what is published is what is read, to the letter, as one entry."""
    assume(not (is_twice_encoded(title) or is_twice_encoded(teaser)))
    (entry, *_) = make_channel().entries
    odd = ChannelEntry(
        guid=entry.guid, story_id=entry.story_id, title=title, teaser=teaser, url=entry.url, organisation="Muldenmed",
        published=AT, changed=AT, topics=entry.topics,
    )  # fmt: skip
    channel = Channel(
        id="all", language="de", title="Verband: Alle", description="Alle", publisher="Verband",
        url="https://news.example/feeds/de/all", home_url="https://verband.example/", entries=(odd,),
    )  # fmt: skip
    (read,) = read_back(reader, channel, form).entries
    assert (read.guid, read.url, read.published) == (odd.guid, odd.url, odd.published)
    assert read.title == title_of(odd, "de")
    told = html.one_line(xml_text.clean(teaser))
    # JSON Feed demands a text of every item; where there is no teaser it is the title.
    assert html.one_line(html.to_text(read.html)) in {told} | (
        {read.title} if form == "json" and not told else set()
    )


def is_twice_encoded(text: str) -> bool:
    """Whether it holds UTF-8 taken for Latin-1: readers mend it (ours and feedparser), as nobody writes it on purpose."""
    if "encoded twice" in " ".join(decoding.decode(text.encode()).problems):
        return True
    text = xml_text.clean(text)
    try:
        return text.encode("latin-1").decode("utf-8") != text
    except UnicodeError:
        return False


@given(ODD)
def test_a_plain_title_is_plain_already(title: str):
    """What no reader can take for markup is the same when it is published again."""
    once = xml_text.plain_title(title)
    assert xml_text.plain_title(once) == once
