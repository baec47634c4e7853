"""The quick reader beside feedparser: both must say the same of every document that the quick one takes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsdigest.adapters.feedparser_reader import child, documents, everyday_feeds
from newsdigest.ports.reading import RawDocument, ReadResult

NOW = datetime(2026, 3, 4, tzinfo=UTC)
OWN = Path(__file__).resolve().parents[1] / "data" / "feeds"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

TEXTS = [
    "Meldung", "Ämter &amp; Höfe", "<![CDATA[<p>Über <b>uns</b></p>]]>", "&lt;p&gt;Zwei&lt;/p&gt;", "", " \n\t ",
    "vor<!-- nicht -->bei", "Ã¼ber", "&#150;", "&#133;x", "𝔘 €", "p &lt; 0,05", "&amp;uuml;ber", "Tom &amp;amp; Eva",
    "https://a.example/x?a=1&amp;b=2", "https://a.example/ä", "/relativ", "javascript:alert(1)", "tag:a.example,2026:1",
    "Mon, 02 Mar 2026 09:00:00 +0100", "2026-03-01T10:00:00Z", "Mo, 05 Mai 2025", "2099-01-01",
    "press@x.example (Anna Böhm)", "Anna Böhm &lt;a@b.example&gt;", "<b>auszeichnung</b>", "de-DE", "60", "hourly",
    "<img src='https://a.example/b.png' alt='Bild'/>", "<![CDATA[<img src='/b.png'> Text <script>x</script>]]>",
]  # fmt: skip
LINKS = [
    "https://a.example/1",
    "https://a.example/2",
    "/3",
    "http:///x",
    "https://a.example/?a=1&amp;b;=2",
    "",
]
RSS_ITEM = [
    "title", "link", "guid", "pubDate", "description", "category", "author", "content:encoded", "dc:creator",
    "dc:date", "comments", "slash:comments", "wfw:commentRss", "dc:title", "media:title", "source", "pubdate",
]  # fmt: skip
ATOM_ENTRY = ["title", "id", "published", "updated", "summary", "content", "category", "rights", "source"]
KINDS = ["", " type='html'", " type='text'", " type='xhtml'", " type='text/html'", " mode='escaped'"]
GUIDS = ["", " isPermaLink='false'", " isPermaLink='True'", " ispermalink='false'"]

texts = st.sampled_from(TEXTS)
links = st.sampled_from(LINKS)


def element(name: str, attributes: str, text: str) -> str:
    return f"<{name}{attributes}>{text}</{name}>"


rss_parts = st.one_of(
    st.builds(element, st.sampled_from(RSS_ITEM), st.just(""), texts),
    st.builds(element, st.just("guid"), st.sampled_from(GUIDS), texts | links),
    st.builds(element, st.just("link"), st.just(""), links),
    st.builds(element, st.just("category"), st.sampled_from([" domain='x'", " term='y'", ""]), texts),
    st.builds(
        "<enclosure url='{}' type='{}' length='{}'/>".format,
        links,
        st.sampled_from(["image/png", "Audio/MPEG"]),
        texts.filter(str.isalnum),
    ),
)
person = st.builds(
    lambda name, email: f"<author><name>{name}</name>{email}</author>",
    texts,
    st.sampled_from(["", "<email>a@b.example</email>", "<uri>https://a.example</uri>"]),
)
atom_parts = st.one_of(
    st.builds(element, st.sampled_from(ATOM_ENTRY), st.sampled_from(KINDS), texts),
    st.builds(
        "<link href='{}'{}/>".format,
        links,
        st.sampled_from(
            ["", " rel='alternate' hreflang='en'", " rel='enclosure' type='image/png'", " rel='via'"]
        ),
    ),
    st.builds(
        "<category term='{}' label='{}'/>".format, st.sampled_from(["a", "b"]), st.sampled_from(["A", ""])
    ),
    person,
)
HEAD = (
    "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
    " xmlns:slash='http://purl.org/rss/1.0/modules/slash/' xmlns:wfw='http://wellformedweb.org/CommentAPI/'"
    " xmlns:media='http://search.yahoo.com/mrss/' xmlns:atom='http://www.w3.org/2005/Atom'"
    " xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>"
)
CHANNEL = [
    "<title>Haus</title>", "<link>https://a.example/</link>", "<language>de</language>", "<ttl>90</ttl>",
    "<description>Was es gibt</description>", "<atom:link rel='self' href='https://a.example/feed'/>",
    "<image><url>https://a.example/i.png</url><title>Logo</title><link>https://a.example/</link></image>",
    "<sy:updatePeriod>daily</sy:updatePeriod>", "<sy:updateFrequency>2</sy:updateFrequency>",
    "<skipHours><hour>3</hour><hour>4</hour></skipHours>", "<link>/relativ</link>", "<dc:language>en</dc:language>",
    "<managingEditor>x@y.example</managingEditor>", "<category>Labor</category>",
]  # fmt: skip


def rss(channel: list[str], items: list[list[str]]) -> str:
    return (
        HEAD
        + "".join([*channel, *(f"<item>{''.join(parts)}</item>" for parts in items)])
        + "</channel></rss>"
    )


def atom(language: str, entries: list[list[str]]) -> str:
    inside = "".join(f"<entry>{''.join(parts)}</entry>" for parts in entries)
    title = (
        "<title>Haus</title><link rel='self' href='https://a.example/f'/><link href='https://a.example/'/>"
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'{language}>{title}<id>x</id>{inside}</feed>"


feeds_of_all_kinds = st.one_of(
    st.builds(
        rss,
        st.lists(st.sampled_from(CHANNEL), unique=True, max_size=8),
        st.lists(st.lists(rss_parts, max_size=7), max_size=3),
    ),
    st.builds(
        atom,
        st.sampled_from(["", " xml:lang='de'", " xml:lang='en_GB'"]),
        st.lists(st.lists(atom_parts, max_size=7), max_size=3),
    ),
)


@pytest.fixture(scope="module", autouse=True)
def prepared() -> None:
    documents.prepare()


def both(body: bytes) -> tuple[ReadResult, ReadResult]:
    """Return what feedparser alone gives, and what is given with the quick reader beside it."""
    raw = RawDocument(key="k", body=body, now=NOW, url="https://www.example.org/feed.xml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(everyday_feeds, "parse", lambda _text, **_: None)
        slow = child.read_safely(raw)
    return slow, child.read_safely(raw)


@given(feeds_of_all_kinds)
@settings(max_examples=400, deadline=None)
def test_generated_feeds_are_read_alike(text: str) -> None:
    """Elements in any order, doubled, empty, of unusual types: never another record than feedparser's."""
    slow, quick = both(text.encode())
    assert slow == quick


def corpora() -> list[Path]:
    return [
        path
        for folder in (OWN, SHARED)
        if folder.is_dir()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def test_corpora_are_read_alike() -> None:
    """Our own awkward files and, where they are there, the shared ones: no difference in any field."""
    for path in corpora():
        body = path.read_bytes()
        if len(body) < 500_000:
            slow, quick = both(body)
            assert slow == quick, path


EVERYDAY = [
    rss(CHANNEL[:10], [["<title>A</title>", "<link>https://a.example/1</link>", "<guid>https://a.example/1</guid>",
        "<pubDate>Mon, 02 Mar 2026 09:00:00 +0100</pubDate>", "<description>&lt;p&gt;x&lt;/p&gt;</description>",
        "<content:encoded><![CDATA[<p>Über</p>]]></content:encoded>", "<dc:creator>Anna</dc:creator>",
        "<category>Labor</category>", "<enclosure url='https://a.example/b.png' type='image/png' length='3'/>"]]),
    atom(" xml:lang='de'", [["<title type='html'>A</title>", "<id>tag:a</id>", "<link href='https://a.example/1'/>",
        "<updated>2026-03-01T10:00:00Z</updated>", "<author><name>Anna</name></author>",
        "<content type='html'>&lt;p&gt;x&lt;/p&gt;</content>", "<category term='a'/>"]]),
]  # fmt: skip


@pytest.mark.parametrize("text", EVERYDAY, ids=["rss", "atom"])
def test_the_everyday_feed_is_taken_by_the_quick_reader(text: str) -> None:
    """The comparison above is not empty: what nearly every system writes does not go to feedparser."""
    assert everyday_feeds.parse(text, max_author=300) is not None


UNUSUAL = {
    "doctype": "<!DOCTYPE rss [<!ENTITY x 'y'>]><rss version='2.0'><channel/></rss>",
    "rss_1": "<rss version='2.0' xmlns:r='http://purl.org/rss/1.0/'><channel/></rss>",
    "base": "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.example/'/>",
    "namespace_inside": "<rss version='2.0'><channel><item xmlns='urn:x'/></channel></rss>",
    "markup_as_children": rss([], [["<description><b>x</b></description>"]]),
    "two_titles": rss([], [["<title>a</title><title>b</title>"]]),
    "broken": "<rss version='2.0'><channel>",
    "lone_surrogate": "<rss version='2.0'><channel><title>\ud800</title></channel></rss>",
    "misread_windows": rss([], [["<title>&#150;</title>"]]),
    "html": "<html><body>rss</body></html>",
}


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_anything_else_is_left_to_feedparser(text: str) -> None:
    """Where a rule of feedparser could matter that the quick reader does not have, it does not answer."""
    assert everyday_feeds.parse(text, max_author=300) is None
