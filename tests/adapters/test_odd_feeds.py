"""Feeds as members' systems make them, beside what a careful person would write down from them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from tests.adapters.test_feedparser_reader import atom, document_of, entry_of, prepared, result_of, rss

from newsdigest.settings import sentences
from newsdigest.settings.workspace import shipped
from newsdigest.text import html

__all__ = ["prepared"]
FEED = "https://www.elbe.example/feed/"
ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'


def text_of(body: str | bytes, **more: Any) -> str:
    return html.to_text(entry_of(body, **more).html)


LINKS = {
    "guid_behind_an_empty_link": (
        "<link></link><guid>https://www.elbe.example/1</guid>",
        "https://www.elbe.example/1",
    ),
    "guid_before_an_empty_link": (
        "<guid>https://www.elbe.example/1</guid><link/>",
        "https://www.elbe.example/1",
    ),
    "guid_written_true": (
        '<guid isPermaLink="TRUE">https://www.elbe.example/1</guid>',
        "https://www.elbe.example/1",
    ),
    "guid_is_a_number": ("<guid>4711</guid>", None),
    "guid_is_a_word": ("<guid>news-4711</guid>", None),
    "guid_is_no_page": ('<guid isPermaLink="false">https://www.elbe.example/?p=1</guid>', None),
    "no_scheme": ("<link>www.elbe.example/neues</link>", "https://www.elbe.example/neues"),
    "a_path_that_begins_with_www": ("<link>wwwarchiv/1</link>", "https://www.elbe.example/wwwarchiv/1"),
    "query_only": ("<link>?id=5</link>", "https://www.elbe.example/?id=5"),
    "bare_ampersand": (
        "<link>https://www.elbe.example/x?a=1&b=2</link>",
        "https://www.elbe.example/x?a=1&b=2",
    ),
    "line_break_inside": ("<link>https://www.elbe.example/a\n/b</link>", "https://www.elbe.example/a/b"),
    "as_attribute": ('<link href="https://www.elbe.example/h"/>', "https://www.elbe.example/h"),
}


@pytest.mark.parametrize(("markup", "expected"), LINKS.values(), ids=LINKS)
def test_the_link_is_the_page(markup: str, expected: str | None):
    """A link that leads nowhere is worse than none: a bare number is an id and no page."""
    document = document_of(rss(f"<title>x</title>{markup}"), url=FEED)
    assert document.entries[0].url == expected
    assert document.problems == () or "mended" in document.problems[0]


def test_of_several_translations_the_own_page_is_the_link():
    """Not the last one that happens to be named."""
    both = '<link hreflang="de" href="/de/zwei"/><link hreflang="en" href="/en/two"/>'
    german, english = document_of(
        atom(
            f'<id>1</id><title xml:lang="de">Zwei</title>{both}',
            f'<id>2</id><title xml:lang="en">Two</title>{both}',
        ),
        url="https://uni.example/feed",
    ).entries
    assert (german.url, english.url) == ("https://uni.example/de/zwei", "https://uni.example/en/two")


def test_an_atom_entry_whose_content_is_a_file_links_there():
    """`content src` is the page of an entry without a link."""
    entry = entry_of(
        atom(
            '<id>2</id><title>Bericht</title><content src="https://x.example/b.pdf" type="application/pdf"/>'
        )
    )
    assert entry.url == "https://x.example/b.pdf"


AUTHORS = {
    "rss_form": ("<author>redaktion@elbe.example (Redaktion)</author>", ("Redaktion",)),
    "mail_form": ("<author>Max Muster &lt;max@elbe.example&gt;</author>", ("Max Muster",)),
    "several": (
        "<dc:creator>A. Autor</dc:creator><dc:creator>B. Autorin</dc:creator><author>press@elbe.example (Presse)</author>",
        ("A. Autor", "B. Autorin", "Presse"),
    ),
    "brackets_of_its_own": ("<author>Prof. Dr. Eva von Ä (Uni)</author>", ("Prof. Dr. Eva von Ä (Uni)",)),
    "address_alone": ("<author>max@elbe.example</author>", ()),
}


@pytest.mark.parametrize(("markup", "expected"), AUTHORS.values(), ids=AUTHORS)
def test_authors_are_whole(markup: str, expected: tuple[str, ...]):
    """Names in full, addresses not at all."""
    assert entry_of(rss(f"<title>x</title>{markup}")).authors == expected


TEXTS = {
    "plain_with_less_than": ("<description>Zeile\nzwei\n\nAbsatz mit p &lt; 0,05</description>", "Zeile\nzwei\n\nAbsatz mit p < 0,05"),
    "escaped_twice": ("<description>&amp;lt;p&amp;gt;Gr&amp;amp;uuml;n&amp;lt;/p&amp;gt;&amp;lt;p&amp;gt;Blau&amp;lt;/p&amp;gt;</description>", "Grün\n\nBlau"),
    "about_html": ("<description>Das Element &amp;lt;main&amp;gt; ist neu</description>", "Das Element <main> ist neu"),
    "caption_beside_description": (
        "<media:content url='/k.jpg'><media:description>Bild vom Labor</media:description></media:content><description>Der Text</description>",
        "Der Text",
    ),
    "caption_alone": ("<media:group><media:description>Worum es im Film geht</media:description></media:group>", "Worum es im Film geht"),
    "shop_text_beside_description": ("<itunes:summary>Für den Laden</itunes:summary><description>Der Text</description>", "Der Text"),
    "shop_text_alone": ("<itunes:summary>Worum es geht</itunes:summary>", "Worum es geht"),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), TEXTS.values(), ids=TEXTS)
def test_the_text_is_the_entrys_own(markup: str, expected: str):
    """Paragraphs stay; words about a picture or for a podcast's shop stand in only where there are no others."""
    assert text_of(rss(f"<title>x</title>{markup}", attributes=ITUNES)) == expected


def test_pictures_in_xhtml_follow_xml_base():
    """As links do."""
    entry = entry_of(
        atom(
            '<id>1</id><title>x</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><img src="b.jpg" alt="B"/></div></content>',
            attributes='xml:base="https://uni.example/news/2026/"',
        ),
        url=FEED,
    )
    assert entry.image_url == "https://uni.example/news/2026/b.jpg"


def test_the_picture_of_an_episode():
    """itunes:image, where there is no other."""
    entry = entry_of(
        rss('<title>x</title><itunes:image href="https://www.elbe.example/c.jpg"/>', attributes=ITUNES)
    )
    assert entry.image_url == "https://www.elbe.example/c.jpg"


@pytest.mark.parametrize(
    "uri", ["http://purl.org/rss/1.0/modules/content", "https://purl.org/rss/1.0/modules/content/"]
)
def test_misspelt_namespaces_are_understood(uri: str):
    """A slash too few or a secure scheme too much hides the full text from a parser."""
    feed = f'<rss version="2.0" xmlns:content="{uri}"><channel><title>x</title><item><title>y</title><content:encoded><![CDATA[<p>Volltext</p>]]></content:encoded></item></channel></rss>'
    assert text_of(feed) == "Volltext"


def test_a_packed_file_is_unpacked():
    """feed.xml.gz served without the header that would say so; a bomb is no feed (T6)."""
    assert entry_of(gzip.compress(rss("<title>Größe</title>").encode())).title == "Größe"
    assert result_of(gzip.compress(b"<rss>" + b" " * 30_000_000)).reason == "unreadable"
    assert result_of(b"\x1f\x8b\x08broken").reason == "unreadable"
    assert result_of(gzip.compress(gzip.compress(b"<rss/>"))).reason == "unreadable"


def test_letters_encoded_twice_are_mended():
    """A re-post of a re-post: every umlaut stands for two letters of windows-1252."""
    good = rss("<title>Grüße aus Köln – „Straße“, 5 €</title>")
    document = document_of(good.encode().decode("cp1252").encode())
    assert document.entries[0].title == "Grüße aus Köln – „Straße“, 5 €"
    assert document.problems == ("Some letters were encoded twice and were mended.",)


@pytest.mark.parametrize(
    "title", ["IRMÃ – são João", "À la carte, ça va", "Â-Vokal und Ã-Vokal", "10 ° bei 5 µm"]
)
def test_letters_that_only_look_so_stay(title: str):
    """Portuguese and French capitals are no damage."""
    assert entry_of(rss(f"<title>{title}</title>")).title == title


BROKEN = {
    "cut_off": (rss("<title>Eins</title>", "<title>Zwei</title><description>Halber Sa")[: -len("</item></channel></rss>")], "breaks off in the middle"),
    "tags_that_do_not_match": (rss("<title>Eins</title><description>a <br> b</description>", "<title>Zwei</title>"), "mismatched tag"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_read_and_told(body: str, words: str):
    """A webmaster is told what and where; both entries are read."""
    document = document_of(body)
    assert [entry.title for entry in document.entries] == ["Eins", "Zwei"]
    assert words in document.problems[-1]


def test_json_feeds_written_by_hand():
    """A comma too many at the end of a list, entities in titles; strings stay as they are."""
    body = '{"version":"https://jsonfeed.org/version/1.1","title":"A &amp; B","items":[{"id":"1","title":"x, ]","content_text":"a,}"},]}'
    document = document_of(body)
    assert (document.title, document.entries[0].title, document.entries[0].content_html) == (
        "A & B",
        "x, ]",
        "a,}",
    )
    assert "was mended" in document.problems[0]
    assert result_of('{"items": [}').reason == "unreadable"


def test_a_list_of_feeds_is_told_apart():
    """Whoever gives OPML for a feed learns which command reads it."""
    body = '<?xml version="1.0"?><opml version="2.0"><head/><body><outline xmlUrl="https://x.example/feed"/></body></opml>'
    assert "sources import" in result_of(body).error


def test_json_feed_with_a_wrong_content_type():
    """The bytes decide, not the label."""
    body = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "title": "x"}]})
    assert entry_of(body, content_type="text/html; charset=utf-8").guid == "1"


GERMAN = sentences.Sentences("de", sentences.load((shipped("templates"),), "de"), lambda _key: None)
PAGE = "<!doctype html><html><head><title>Muldenmed</title>{}</head><body>{}</body></html>"
UNREAD = {
    "empty": "",
    "pdf": "%PDF-1.4",
    "calendar": "BEGIN:VCALENDAR",
    "sitemap": "<?xml version='1.0'?><urlset/>",
    "words": "Hallo Welt",
    "opml": "<opml version='2.0'><body/></opml>",
    "json": '{"a": 1}',
    "broken_json": '{"a": ',
    "page": PAGE.format("", "Kontakt"),
    "page_with_a_feed": PAGE.format("<link rel='alternate' type='application/rss+xml' href='/feed'>", "x"),
    "parked": PAGE.format("", "Diese Domain steht zum Verkauf"),
    "not_set_up": "<html><title>Welcome to nginx!</title></html>",
    "consent": PAGE.format("", "<form action='/consent'>Zustimmen und weiter</form>"),
    "login": PAGE.format("", "<input type='password'>"),
    "wall": "<html><title>Just a moment...</title></html>",
    "error": "<html><title>404 Not Found</title></html>",
    "no_feed_we_know": "<?xml version='1.0'?><rdf xmlns='urn:x'/>",
}


@pytest.mark.parametrize("body", UNREAD.values(), ids=UNREAD)
def test_why_a_document_is_unread_is_said_in_german(body: str):
    """The sources screen, the editor's mail and `sources test --language de` are German throughout."""
    error = result_of(body).error
    assert error
    assert GERMAN.whole(error) is not None, error


MENDED = {
    "cut_off": rss("<title>Eins</title>", "<title>Zwei</title><description>Halber Sa")[
        : -len("</item></channel></rss>")
    ],
    "mismatched": rss("<title>Eins</title><description>a <br> b</description>"),
    "entity": rss("<title>Gr&uuml;n & Blau</title>"),
    "before_and_after": "<br>Warning" + rss("<title>Eins</title>") + "text",
    "twice": rss("<title>Grüße</title>").encode().decode("cp1252"),
    "dropped_links": rss("<title>x</title><link>javascript:x()</link>"),
    "json": '{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"},]}',
}


@pytest.mark.parametrize("body", MENDED.values(), ids=MENDED)
def test_what_was_mended_is_said_in_german(body: str):
    """Every remark the reader makes has its sentence."""
    problems = document_of(body).problems
    assert problems
    assert [problem for problem in problems if GERMAN.whole(problem) is None] == []
