"""Links: safe, absolute, and one key for one page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import urls

SAME = [
    ("https://www.elbe.example/news/1", "http://elbe.example/news/1/"),
    ("https://elbe.example/news/index.html", "https://elbe.example/news/"),
    ("https://elbe.example/a?utm_source=x&utm_medium=rss&id=3", "https://elbe.example/a?id=3#kommentare"),
    ("https://elbe.example/a?b=2&a=1", "https://elbe.example/a?a=1&b=2"),
    ("https://elbe.example/?p=123&fbclid=abc", "http://www.elbe.example/?p=123"),
    ("https://elbe.example/x?tx_news[a]=1&cHash=9f", "https://elbe.example/x?cHash=77&tx_news[a]=1"),
    ("https://elbe.example/amp/", "https://elbe.example/"),
    ("https://elbe.example/text/amp", "https://elbe.example/text"),
    ("https://elbe.example:443/a", "http://elbe.example:80/a"),
    ("https://elbe.example/a;jsessionid=77AB", "https://elbe.example/a"),
    ("https://elbe.example//a///b", "https://elbe.example/a/b"),
    ("https://elbe.example/%C3%BC", "https://elbe.example/ü"),
]
OTHER = [
    ("https://elbe.example/?p=123", "https://elbe.example/?p=124"),
    ("https://elbe.example/a?id=1", "https://elbe.example/a?id=2"),
    ("https://elbe.example/a", "https://elbe.example/b"),
    ("https://elbe.example/a", "https://saale.example/a"),
    ("https://elbe.example/a?source=press", "https://elbe.example/a?source=jobs"),
    ("https://elbe.example:8080/a", "https://elbe.example/a"),
    ("https://de.elbe.example/a", "https://en.elbe.example/a"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_one_page_has_one_key(one: str, two: str):
    """Tracking, fragments, index pages, slashes, scheme and www are folded."""
    assert urls.canonical(one) == urls.canonical(two)


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_other_pages_have_other_keys(one: str, two: str):
    """WordPress's `?p=` is the page itself; another host is another page."""
    assert urls.canonical(one) != urls.canonical(two)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://a.example/",
        "mailto:a@b.example",
        "https://user@bank.example/",
        "https://a.example:99999/",
        "https:///x",
        "https://",
        "/relative",
        "https://a..example/",
        "https://exa mple/",
        "x" * 5000,
    ],
)
def test_unsafe_links_are_refused(link: str):
    """Only absolute http and https without user names come in (T3)."""
    assert urls.safe(link) is None or urls.safe(link) == "https://exa%20mple/"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (" https://a.example/x\n", "https://a.example/x"),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/ü?q=ß", "https://a.example/%C3%BC?q=%C3%9F"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("HTTPS://A.Example/Pfad", "https://a.example/Pfad"),
        ("https://müller.example/", "https://xn--mller-kva.example/"),
        ("https://a.example/\u202egpj.exe", "https://a.example/gpj.exe"),
        ("java\nscript:alert(1)", None),
        ("https://a.example\\@b.example/", "https://a.example/@b.example/"),
    ],
)
def test_links_are_brought_to_safe_form(link: str, expected: str | None):
    """Blanks and umlauts are encoded, hosts in punycode, invisible letters gone."""
    assert urls.safe(link) == expected


@pytest.mark.parametrize(
    ("guid", "expected"),
    [
        ("https://www.a.example/?p=7", "/?p=7"),
        ("http://b.example/?p=7", "/?p=7"),
        ("news-17", "news-17"),
        ("123 at https://a.example", "123 at https://a.example"),
        ("tag:a.example,2026:1", "tag:a.example,2026:1"),
        ("https://a.example", "/"),
    ],
)
def test_guids_without_scheme_and_host(guid: str, expected: str):
    """Feedbin's second key survives a move of the site."""
    assert urls.without_host(guid) == expected


def test_registrable_domains():
    """429 pauses what somebody registered, not the host alone."""
    assert [
        urls.registrable_domain(name)
        for name in ("a.b.example", "press.uni.ac.uk", "x.co.at", "127.0.0.1", "localhost")
    ] == [
        "b.example",
        "uni.ac.uk",
        "x.co.at",
        "127.0.0.1",
        "localhost",
    ]


@given(st.text(max_size=60))
def test_safe_is_stable_and_canonical_never_fails(text: str):
    """Making a link safe twice is making it safe once; a key exists for anything."""
    for link in (text, f"https://{text}", f"https://a.example/{text}"):
        made = urls.safe(link)
        assert made is None or (urls.safe(made) == made and made.isascii())
        assert isinstance(urls.canonical(link), str)


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://a.de/x?utm_source=rss&id=3&utm_medium=feed#y", "https://a.de/x?id=3#y"),
        ("https://a.de/x?utm_source=rss", "https://a.de/x"),
        ("https://a.de/x?tx_news=7&cHash=ab%20c&fbclid=1", "https://a.de/x?tx_news=7&cHash=ab%20c"),
        ("https://a.de/x?ref=1&q=a+b", "https://a.de/x?ref=1&q=a+b"),
        ("https://a.de/x#?utm_source=rss", "https://a.de/x#?utm_source=rss"),
    ],
)
def test_a_shown_link_counts_nobody(link: str, shown: str):
    """What only counts where a reader came from goes; what the page needs stays, byte for byte."""
    assert urls.untracked(link) == shown
