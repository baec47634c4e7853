"""The reader: the measured facts F1 to F12, threats T1, T3, T7, T8, T12 and Q14, and what a feed can carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsdigest.adapters.feedparser_reader import FeedparserReader, documents
from newsdigest.adapters.feedparser_reader.child import read_safely
from newsdigest.model.entries import Document, Enclosure, Entry
from newsdigest.ports.reading import RawDocument, ReadResult

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def prepared() -> None:
    documents.prepare()


@pytest.fixture(scope="module")
def reader() -> Iterator[FeedparserReader]:
    made = FeedparserReader(children=2)
    yield made
    made.close()


def rss(*items: str, head: str = "<link>https://www.elbe.example/</link>", attributes: str = "") -> str:
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {spaces} {attributes}><channel><title>Elbe</title>{head}{body}</channel></rss>'


def atom(*entries: str, head: str = "", attributes: str = "") -> str:
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Elbe</title><id>urn:x</id>{head}{body}</feed>'


def result_of(body: str | bytes, **more: Any) -> ReadResult:
    raw = body if isinstance(body, bytes) else body.encode("utf-8")
    return documents.read(RawDocument(key="k", body=raw, now=NOW, **more))


def document_of(body: str | bytes, **more: Any) -> Document:
    result = result_of(body, **more)
    assert result.error == ""
    assert result.document is not None
    return result.document


def entry_of(body: str | bytes, **more: Any) -> Entry:
    return document_of(body, **more).entries[0]


# --- the measured facts of our libraries (feeds spec, section 1)


def test_f1_one_bad_byte_spoils_one_letter_only():
    """A single invalid byte in a UTF-8 feed leaves every other umlaut as it is."""
    good = rss(*(f"<title>Größe {number} für Ärzte</title>" for number in range(5))).encode()
    titles = [entry.title for entry in document_of(good.replace("Ärzte".encode(), b"\xc4rzte", 1)).entries]
    assert titles == [f"Größe {number} für Ärzte" for number in range(5)]


def test_f2_a_short_windows_feed_that_declares_utf8_is_read_as_windows():
    """cp1252 that says UTF-8 is recognised by its bytes, not by statistics (chardet makes it cp862)."""
    assert entry_of(rss("<title>Müller</title>").encode("cp1252")).title == "Müller"


def test_f3_a_bare_ampersand_stays_an_ampersand():
    """`F&E` and `Müller&Söhne` keep their letters."""
    assert (
        entry_of(rss("<title>F&E in Sachsen: Müller&Söhne</title>")).title == "F&E in Sachsen: Müller&Söhne"
    )


@pytest.mark.parametrize(
    "written",
    [
        "Mo, 02 Mrz 2026 09:00:00 +0100",
        "2. März 2026, 09:00 Uhr",
        "02.03.2026 09:00",
        "Mon, 02 Mar 2026 08:00:00 GMT",
    ],
)
def test_f4_german_dates_are_read(written: str):
    """feedparser gives None for them."""
    assert entry_of(rss(f"<title>x</title><pubDate>{written}</pubDate>")).published == datetime(
        2026, 3, 2, 8, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Fri, 01 Aug 2025 10:00:00 CEST", datetime(2025, 8, 1, 8, tzinfo=UTC)),
        ("Fri, 01 Aug 2025 10:00:00 MESZ", datetime(2025, 8, 1, 8, tzinfo=UTC)),
        ("Fri, 01 Aug 2025 10:00:00", datetime(2025, 8, 1, 8, tzinfo=UTC)),
        ("1756710000", datetime(2025, 9, 1, 7, tzinfo=UTC)),
        ("Wed, 01 Jan 2099 10:00:00 GMT", None),
        ("Fri, 30 Feb 2024 10:00:00 GMT", None),
    ],
    ids=["cest", "mesz", "no_zone", "epoch", "year_2099", "30_feb"],
)
def test_f5_zones_epochs_and_impossible_dates(written: str, expected: datetime | None):
    """Named zones are known, no zone is the source's, implausible dates are None; the raw string stays."""
    entry = entry_of(rss(f"<title>x</title><pubDate>{written}</pubDate>"))
    assert entry.published == expected
    assert entry.published_raw == written


def test_f6_the_guid_stays_as_served():
    """A guid without isPermaLink is not resolved: the move to https does not change it."""
    body = rss("<title>x</title><guid>news-17</guid>")
    assert {entry_of(body, url=url).guid for url in ("http://a.example/f", "https://www.a.example/f")} == {
        "news-17"
    }


@pytest.mark.parametrize(
    "hostile",
    [
        '<a href="javascript:alert(1)">x</a>',
        '<img src="data:image/png;base64,AAAA">',
        '<img src="https://t.example/p.gif" width="1" height="1">',
        '<p style="position:fixed" class="a" id="b" onclick="x()">x</p>',
        "<script>alert(1)</script>",
        '<svg onload="x()"></svg>',
        "<iframe src=//e.example></iframe>",
        '<a href="https://user:secret@bank.example/">x</a>',
        "<math><mtext></mtext><style><img src=x onerror=alert(1)></style></math>",
    ],
)
def test_f7_t1_t12_html_of_strangers_is_cleaned(hostile: str):
    """Only the small allow-list survives: no scripts, styles, classes, ids, images, foreign schemes."""
    body = rss(
        f"<title>Titel {hostile.replace('<', '&lt;')}</title><description><![CDATA[vor {hostile} nach]]></description>"
    )
    entry = entry_of(body)
    for word in (
        "javascript:",
        "data:",
        "onclick",
        "onerror",
        "onload",
        "<script",
        "<svg",
        "<iframe",
        "<img",
        "style=",
        "class=",
        "id=",
        "secret",
    ):
        assert word not in entry.html
    assert "<script" not in entry.title
    assert entry.image_url is None


@pytest.mark.parametrize("body", [b"", b"   \n", b"\xef\xbb\xbf\n", b"\x00\x00"])
def test_f8_an_empty_body_is_called_empty(body: bytes):
    """Not a feed without entries, but nothing at all."""
    assert result_of(body).reason == "empty"


def test_f9_json_feed_and_all_skip_hours():
    """JSON Feed is read, and every skipHour and skipDay counts."""
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 7, "title": "Ü", "url": "/1"}]}
    document = document_of(json.dumps(feed), url="https://a.example/feed.json")
    assert [(entry.guid, entry.url, entry.title) for entry in document.entries] == [
        ("7", "https://a.example/1", "Ü")
    ]
    head = (
        "<link>https://a.example/</link><ttl>90</ttl><skipHours><hour>1</hour><hour>2</hour><hour>24</hour></skipHours>"
        "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
        '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>'
        '<sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">2</sy:updateFrequency>'
    )
    hints = document_of(rss("<title>x</title>", head=head)).hints
    assert (hints.ttl, hints.update_interval) == (timedelta(minutes=90), timedelta(hours=12))
    assert (hints.skip_hours, hints.skip_days) == (
        frozenset({0, 1, 2}),
        frozenset({"saturday", "sunday"}),
    )


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_f10_of_5000_entries_the_newest_300_are_read(order: str, reader: FeedparserReader):
    """A feed of 11 MB cut to its newest entries before anything parses it."""
    days = range(5000) if order == "newest_first" else range(4999, -1, -1)
    items = [
        f"<title>Nr. {day}</title><pubDate>{(NOW - timedelta(days=day)).isoformat()}</pubDate><description>{'x' * 1500}</description>"
        for day in days
    ]
    result = reader.read(RawDocument(key="k", body=rss(*items).encode(), now=NOW))
    assert result.document is not None
    assert result.document.total_entries == 5000
    assert {entry.title for entry in result.document.entries} == {f"Nr. {day}" for day in range(300)}


@pytest.mark.parametrize(
    "content_type", ["", "text/html", "text/html; charset=utf-8", "application/octet-stream", "nonsense"]
)
def test_f11_a_wrong_content_type_is_no_error(content_type: str):
    """The bytes decide."""
    assert entry_of(rss("<title>Grün</title>"), content_type=content_type).title == "Grün"


def test_f12_what_is_well_formed_passes_unchanged():
    """The repair pass touches no byte of a well-formed document (properties: test_xml_repair)."""
    assert document_of(rss("<title>&lt;b&gt; &amp;uuml;</title>")).problems == ()


# --- links, files, languages


def test_relative_links_follow_the_channel():
    """Contao writes links without host and leading slash; the channel's link is their base, not the feed's folder."""
    body = rss(
        "<title>x</title><link>aktuelles/neu.html</link><description>&lt;a href='mehr.html'&gt;m&lt;/a&gt;</description>"
    )
    entry = entry_of(body, url="https://www.elbe.example/share/news.xml")
    assert entry.url == "https://www.elbe.example/aktuelles/neu.html"
    assert 'href="https://www.elbe.example/mehr.html"' in entry.html


def test_xml_base_holds_for_links_and_content():
    """Nested xml:base, also relative to the document."""
    one = '<title>x</title><id>1</id><link href="a.html"/><content type="html" xml:base="/tief/">&lt;a href="b.html"&gt;b&lt;/a&gt;</content>'
    entry = entry_of(atom(one, attributes='xml:base="https://b.example/blog/"'), url="https://a.example/f")
    assert entry.url == "https://b.example/blog/a.html"
    assert 'href="https://b.example/tief/b.html"' in entry.html


def test_links_without_any_base_are_dropped_and_told():
    """A relative link in a document without address is no link (T3), and the report says so."""
    document = document_of(rss("<title>x</title><link>/neu</link>", head=""))
    assert document.entries[0].url is None
    assert any("relative" in problem for problem in document.problems)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("javascript:alert(1)", None),
        ("ftp://a.example/x", None),
        ("https://u:p@a.example/", None),
        ("file:///etc/passwd", None),
        ("https://a.example/\u202egpj", "https://a.example/gpj"),
        ("https://аррle.example/", "https://xn--le-6kcw6g.example/"),
        (" https://a.example/x ", "https://a.example/x"),
        ("//a.example/x", "https://a.example/x"),
        ("HTTPS://A.example/X", "https://a.example/X"),
    ],
)
def test_t3_links_are_absolute_and_safe(link: str, expected: str | None):
    """Only http and https, no user names, no bidi characters, look-alike hosts in punycode."""
    entry = entry_of(rss(f"<title>x</title><link>{link}</link>", head=""), url="https://feed.example/f")
    assert (entry.url or "").replace("xn--le-6kcw6g", "x") == (expected or "").replace(
        "xn--le-6kcw6g", "x"
    ) or (entry.url is not None and expected is not None and "xn--" in expected and "xn--" in entry.url)


def test_enclosures_and_lead_image():
    """Enclosures with type and length; the lead image is the enclosure, the widest media:content, or the text's first."""
    file = '<enclosure url="/a.mp3" type="audio/mpeg" length="12"/><enclosure url="/b.jpg" type="image/jpeg" length="x"/>'
    entry = entry_of(rss(f"<title>x</title>{file}"))
    assert entry.enclosures == (
        Enclosure(url="https://www.elbe.example/a.mp3", type="audio/mpeg", length=12),
        Enclosure(url="https://www.elbe.example/b.jpg", type="image/jpeg"),
    )
    assert entry.image_url == "https://www.elbe.example/b.jpg"
    media = '<media:content url="/s.jpg" medium="image" width="100"/><media:content url="/l.jpg" medium="image" width="900"/>'
    assert entry_of(rss(f"<title>x</title>{media}")).image_url == "https://www.elbe.example/l.jpg"
    text = "<description><![CDATA[<img src='z.gif' width=1><img srcset='k.jpg 300w, /g.jpg 900w' alt='Ein Gerät'>]]></description>"
    entry = entry_of(rss(f"<title>x</title>{text}"))
    assert (entry.image_url, entry.image_alt) == ("https://www.elbe.example/g.jpg", "Ein Gerät")


def test_an_entry_may_have_a_language_of_its_own():
    """xml:lang and dc:language of an entry beat the feed's; tags are brought to one form."""
    document = document_of(
        atom(
            '<title xml:lang="en_GB">a</title><id>1</id>',
            "<title>b</title><id>2</id>",
            attributes='xml:lang="de_de"',
        )
    )
    assert (document.language, [entry.language for entry in document.entries]) == ("de-DE", ["en-GB", None])
    entry = entry_of(rss("<title>x</title><dc:language>en</dc:language>", head="<language>de</language>"))
    assert entry.language == "en"


def test_translations_named_by_the_entry():
    """hreflang links of an entry are its translations."""
    links = '<link rel="alternate" hreflang="de" href="https://a.example/de/1"/><link rel="alternate" hreflang="en" href="https://a.example/en/1"/>'
    assert entry_of(atom(f"<title>x</title><id>1</id>{links}")).alternates == (
        ("de", "https://a.example/de/1"),
        ("en", "https://a.example/en/1"),
    )


def test_authors_are_names_without_addresses():
    """`press@x.example (Name)` gives the name; a bare address gives nobody."""
    assert entry_of(rss("<title>x</title><author>presse@x.example (Jörg Weiß)</author>")).authors == (
        "Jörg Weiß",
    )
    assert entry_of(rss("<title>x</title><author>presse@x.example</author>")).authors == ()
    two = "<dc:creator>Anna Böhm</dc:creator><dc:creator>&lt;b&gt;Eva&lt;/b&gt; Öhme</dc:creator>"
    assert entry_of(rss(f"<title>x</title>{two}")).authors == ("Anna Böhm", "Eva Öhme")


def test_text_descriptions_keep_their_paragraphs():
    """A description without tags still has paragraphs; Atom's type=text is no markup."""
    assert (
        entry_of(rss("<title>x</title><description>Eins.\n\nZwei.</description>")).html
        == "<p>Eins.</p><p>Zwei.</p>"
    )
    assert (
        entry_of(atom('<title>x</title><id>1</id><summary type="text">a &lt;b&gt; c</summary>')).html
        == "a &lt;b&gt; c"
    )


# --- what is no feed


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!DOCTYPE html><html><head><title>Aktuelles</title></head><body><p>Text</p></body></html>", "html"),
        ("<html><title>Domain</title><body>Diese Domain steht zum Verkauf</body></html>", "parked"),
        ("<html><body><form><input name=u><input type='password'></form></body></html>", "login"),
        (
            "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
            "bot_wall",
        ),
        ("<html><body><h1>Bevor Sie fortfahren</h1><form action='/consent'></form></body></html>", "consent"),
        ("<html><head><title>404 – Seite nicht gefunden</title></head><body></body></html>", "error_page"),
        ("<?xml version='1.0'?><urlset><url><loc>x</loc></url></urlset>", "not_a_feed"),
        ("%PDF-1.7 bla", "not_a_feed"),
        ("BEGIN:VCALENDAR", "not_a_feed"),
        ("Hallo Welt", "not_a_feed"),
        ('{"a": 1}', "not_a_feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "unreadable"),
    ],
)
def test_p22_what_is_no_feed_is_told_apart(body: str, reason: str):
    """Each kind has its reason and one plain sentence."""
    result = result_of(body)
    assert (result.reason, result.document) == (reason, None)
    assert result.error.endswith(".")


def test_a_feed_without_entries_is_no_error():
    """Empty is not broken."""
    assert document_of(rss()).entries == ()


# --- limits and hostile documents, in real children


def test_t7_nothing_is_opened_or_fetched(reader: FeedparserReader):
    """A body that is a path or a URL is text, an external entity stays closed."""
    for body in (b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1:9/feed"):
        assert reader.read(RawDocument(key="k", body=body, now=NOW)).reason == "not_a_feed"
    bomb = (
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + rss("<title>&x;</title>").partition("?>")[2]
    )
    document = reader.read(RawDocument(key="k", body=bomb.encode(), now=NOW)).document
    assert document is None or all("root:" not in entry.title for entry in document.entries)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            b"<?xml " + b'version="1.0" encoding="' * 1000 + b"?>" + rss("<title>a</title>").encode(),
            id="declaration",
        ),
        pytest.param(rss("<title>a</title><author>a@" + "a." * 20000 + "!</author>").encode(), id="author"),
        pytest.param(rss("<title>a</title>" + "<category>x</category>" * 30000).encode(), id="categories"),
        pytest.param(
            rss("<title>a</title><description>" + "&lt;!-- " * 100000 + "</description>").encode(),
            id="comments",
        ),
        pytest.param(
            rss("<title>a</title><description>" + "&lt;div&gt;" * 100000 + "</description>").encode(),
            id="nested_html",
        ),
        pytest.param(rss("<title>a</title>" + "<a>" * 50000).encode(), id="nested_xml"),
        pytest.param(b"<html>" + b"<title" * 100000, id="open_tags"),
        pytest.param(b"<!--" * 500000, id="open_comments"),
        pytest.param(rss("<title>" + "&" * 500000 + "</title>").encode(), id="ampersands"),
    ],
)
def test_t8_traps_end_in_time(body: bytes, reader: FeedparserReader):
    """Inputs that cost feedparser minutes come back as a document or an error, and the reader goes on."""
    assert reader.read(RawDocument(key="k", body=body, now=NOW)).key == "k"
    assert (
        reader.read(RawDocument(key="next", body=rss("<title>Weiter</title>").encode(), now=NOW)).document
        is not None
    )


@pytest.mark.slow
def test_t8_a_child_that_hangs_is_ended_and_replaced():
    """Half a second of wall clock, then the next document is read by a fresh child."""
    reader = FeedparserReader(children=1, wall_seconds=0.5)
    try:
        assert (
            reader.read(RawDocument(key="w", body=rss("<title>warm</title>").encode(), now=NOW)).error == ""
        )
        many = rss("<title>a</title><foo " + " ".join(f'a{number}="1"' for number in range(60000)) + "/>")
        assert reader.read(RawDocument(key="k", body=many.encode(), now=NOW)).reason == "timeout"
        assert (
            reader.read(RawDocument(key="w", body=rss("<title>warm</title>").encode(), now=NOW)).error == ""
        )
    finally:
        reader.close()


def test_too_large_is_an_error_and_no_truncation(reader: FeedparserReader):
    """One entry of more than 5 MiB is refused with its size."""
    assert (
        reader.read(
            RawDocument(key="k", body=rss("<title>" + "x" * 6_000_000 + "</title>").encode(), now=NOW)
        ).reason
        == "too_large"
    )
    assert (
        reader.read(RawDocument(key="k", body=b" " * (10 * 1024 * 1024 + 1), now=NOW)).reason == "too_large"
    )


def test_many_documents_at_once(reader: FeedparserReader):
    """Every document comes back once, whatever its neighbours do."""
    raws = [
        RawDocument(
            key=str(number),
            body=b"<html>" if number % 7 == 0 else rss(f"<title>{number}</title>").encode(),
            now=NOW,
        )
        for number in range(60)
    ]
    results = {result.key: result for result in reader.read_all(iter(raws))}
    assert set(results) == {str(number) for number in range(60)}
    assert all((result.document is None) == (int(key) % 7 == 0) for key, result in results.items())


def test_a_child_catches_everything(monkeypatch: pytest.MonkeyPatch):
    """Whatever a library raises for a document is a reading, not an exception."""

    def fail(_raw: RawDocument) -> ReadResult:
        raise KeyError("from deep inside")

    monkeypatch.setattr(documents, "read", fail)
    assert read_safely(RawDocument(key="k", body=b"<rss/>", now=NOW)).reason == "unreadable"


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\u202e", "\ufffe", "a\u0308" * 50, "👩‍🔬", "\u200b"])
def test_q14_odd_text_is_normalised_once(odd: str):
    """NUL, lone surrogates and noncharacters vanish at the door; emoji sequences stay."""
    entry = entry_of(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [{"id": "1", "title": f"vor{odd}nach", "content_text": odd}],
            }
        )
    )
    assert entry.title.encode("utf-8")
    assert not set("\x00\ud800\u202e\ufffe\u200b") & set(entry.title + entry.html.replace("\u200b", ""))
    assert ("👩‍🔬" in entry.title) == (odd == "👩‍🔬")
