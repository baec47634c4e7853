"""The right feed first, on pages as the usual systems write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsdigest.collecting import discovery
from newsdigest.model.entries import Document, Entry

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def link(href: str, title: str = "", kind: str = "application/rss+xml", more: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}" {more}>'


def page(*head: str, body: str = "", lang: str = "de-DE", base: str = "") -> str:
    return f'<!DOCTYPE html><html lang="{lang}"><head>{base}{"".join(head)}</head><body>{body}</body></html>'


ATOM = "application/atom+xml"
# (name, address of the page, page, the feed that must come first; None: there is none)
PAGES: list[tuple[str, str, str, str | None]] = [
    (
        "wordpress_home",
        "https://a.example/",
        page(
            link("https://a.example/feed/", "Labor » Feed"),
            link("https://a.example/comments/feed/", "Labor » Kommentar-Feed"),
            '<link rel="EditURI" type="application/rsd+xml" href="https://a.example/xmlrpc.php?rsd">',
            link("https://a.example/wp-json/oembed/1.0/embed?url=x", "", "application/json+oembed"),
            link("https://a.example/wp-json/wp/v2/pages/2", "JSON", "application/json"),
        ),
        "https://a.example/feed/",
    ),
    (
        "wordpress_post",
        "https://a.example/2026/03/neues-labor-in-goerlitz-eroeffnet/",
        page(
            link(
                "https://a.example/2026/03/neues-labor-in-goerlitz-eroeffnet/feed/",
                "Labor » Neues Labor Kommentare als Feed",
            ),
            link("https://a.example/comments/feed/", "Labor » Kommentare als Feed"),
            link("https://a.example/feed/", "Labor » Feed"),
        ),
        "https://a.example/feed/",
    ),
    (
        "wordpress_post_feed_without_title",
        "https://a.example/2026/03/neues-labor-in-goerlitz-eroeffnet/",
        page(link("/2026/03/neues-labor-in-goerlitz-eroeffnet/feed/"), link("/feed/")),
        "https://a.example/feed/",
    ),
    (
        "wordpress_category",
        "https://a.example/category/presse/",
        page(
            link("https://a.example/feed/", "Labor » Feed"),
            link("https://a.example/category/presse/feed/", "Labor » Kategorie-Feed für Presse"),
            link("https://a.example/comments/feed/", "Comments Feed"),
        ),
        "https://a.example/feed/",
    ),
    (
        "wordpress_with_podcast",
        "https://a.example/",
        page(
            link("https://a.example/feed/podcast/", "Podcast Feed"),
            link("https://a.example/feed/", "Labor » Feed"),
        ),
        "https://a.example/feed/",
    ),
    (
        "wordpress_events",
        "https://a.example/",
        page(
            link("https://a.example/events/feed/", "Labor » Veranstaltungen Feed"),
            link("https://a.example/events/?ical=1", "iCal", "text/calendar"),
            link("https://a.example/feed/", "Labor » Feed"),
        ),
        "https://a.example/feed/",
    ),
    (
        "typo3_page_type",
        "https://t.example/aktuelles",
        page(link("/aktuelles?type=9818", "Aktuelle Meldungen")),
        "https://t.example/aktuelles?type=9818",
    ),
    (
        "typo3_two_feeds",
        "https://t.example/",
        page(
            link("/veranstaltungen/rss.xml", "Veranstaltungen"),
            link("/presse/rss.xml", "Pressemitteilungen"),
            link("/stellen/rss.xml", "Stellenangebote"),
        ),
        "https://t.example/presse/rss.xml",
    ),
    (
        "typo3_in_the_text_only",
        "https://t.example/presse/",
        page(
            body='<p><a href="/index.php?id=12&amp;type=100">RSS-Feed</a> <a href="/impressum">Impressum</a></p>'
        ),
        "https://t.example/index.php?id=12&type=100",
    ),
    (
        "contao_share_with_base",
        "https://c.example/aktuelles/meldung.html",
        page(
            link("share/aktuelles.xml", "Aktuelles"),
            link("share/termine.xml", "Termine"),
            base='<base href="https://c.example/">',
        ),
        "https://c.example/share/aktuelles.xml",
    ),
    (
        "joomla",
        "https://j.example/index.php/news",
        page(
            link("/index.php/news?format=feed&amp;type=rss", "RSS 2.0"),
            link("/index.php/news?format=feed&amp;type=atom", "Atom 1.0", ATOM),
        ),
        "https://j.example/index.php/news?format=feed&type=rss",
    ),
    (
        "drupal",
        "https://d.example/",
        page(link("https://d.example/rss.xml", "Institut RSS")),
        "https://d.example/rss.xml",
    ),
    (
        "drupal_term",
        "https://d.example/themen/pflege",
        page(link("/taxonomy/term/7/feed", "Pflege"), link("/rss.xml", "Institut Neuigkeiten")),
        "https://d.example/rss.xml",
    ),
    (
        "wix",
        "https://w.example/blog",
        page(link("https://w.example/blog-feed.xml", "Blog Feed"), lang="en"),
        "https://w.example/blog-feed.xml",
    ),
    (
        "squarespace",
        "https://s.example/news",
        page(link("https://s.example/news?format=rss", "RSS Feed"), lang="en"),
        "https://s.example/news?format=rss",
    ),
    (
        "shopify",
        "https://sh.example/blogs/news",
        page(
            link("/blogs/news.atom", "Feed", ATOM), link("/collections/all.atom", "Produkte", ATOM), lang="en"
        ),
        "https://sh.example/blogs/news.atom",
    ),
    (
        "blogger",
        "https://b.example/2026/03/ein-ziemlich-langer-titel-im-blog.html",
        page(
            link("https://b.example/feeds/posts/default", "Blog - Atom", ATOM),
            link("https://b.example/feeds/posts/default?alt=rss", "Blog - RSS"),
            link("https://b.example/feeds/77/comments/default", "Blog - Atom", ATOM),
        ),
        "https://b.example/feeds/posts/default",
    ),
    (
        "ghost",
        "https://g.example/",
        page(link("https://g.example/rss/", "Changelog"), lang="en"),
        "https://g.example/rss/",
    ),
    (
        "jekyll_relative",
        "https://k.example/blog/",
        page(link("../feed.xml", "", ATOM)),
        "https://k.example/feed.xml",
    ),
    (
        "two_languages_german_page",
        "https://l.example/de/",
        page(link("/en/rss.xml", "News"), link("/de/rss.xml", "Aktuelles")),
        "https://l.example/de/rss.xml",
    ),
    (
        "two_languages_english_page",
        "https://l.example/en/",
        page(link("/de/rss.xml", "Aktuelles"), link("/en/rss.xml", "News"), lang="en-GB"),
        "https://l.example/en/rss.xml",
    ),
    (
        "foreign_feed_beside_own",
        "https://f.example/",
        page(
            link("https://www.ministerium.example/rss/presse.xml", "Presse des Ministeriums"),
            link("/feed", "Neues"),
        ),
        "https://f.example/feed",
    ),
    (
        "feedburner_only",
        "https://f.example/",
        page(link("https://feeds.feedburner.example/labor", "Labor")),
        "https://feeds.feedburner.example/labor",
    ),
    (
        "government_site_builder",
        "https://bund.example/DE/Home/home.html",
        page(
            body='<a href="SiteGlobals/Functions/RSSFeed/DE/RSSNewsfeed/RSSNewsfeed.xml">RSS</a>',
            base='<base href="https://bund.example/">',
        ),
        "https://bund.example/SiteGlobals/Functions/RSSFeed/DE/RSSNewsfeed/RSSNewsfeed.xml",
    ),
    (
        "feed_scheme",
        "https://x.example/",
        page(body='<a href="feed://x.example/rss.xml">Feed</a>'),
        "http://x.example/rss.xml",
    ),
    (
        "json_feed",
        "https://x.example/",
        page(link("/feed.json", "JSON Feed", "application/feed+json")),
        "https://x.example/feed.json",
    ),
    (
        "unquoted_attributes",
        "https://x.example/",
        "<html lang=de><link rel=alternate type=application/rss+xml href=/feed/ title=Feed>",
        "https://x.example/feed/",
    ),
    (
        "uppercase_tags",
        "https://x.example/",
        "<HTML LANG=DE><LINK REL='ALTERNATE' TYPE='APPLICATION/RSS+XML' HREF='/Feed.xml'>",
        "https://x.example/Feed.xml",
    ),
    (
        "in_a_comment",
        "https://x.example/",
        page("<!-- " + link("/alt.xml", "alt") + " -->", link("/neu.xml", "Neu")),
        "https://x.example/neu.xml",
    ),
    (
        "hreflang_is_no_feed",
        "https://x.example/",
        page('<link rel="alternate" hreflang="en" href="https://x.example/en/">'),
        None,
    ),
    (
        "oembed_and_rest_only",
        "https://x.example/",
        page(
            link("/wp-json/oembed/1.0/embed?url=y&format=xml", "", "text/xml+oembed"),
            '<link rel="https://api.w.org/" href="/wp-json/">',
        ),
        None,
    ),
    (
        "sitemap_is_no_feed",
        "https://x.example/",
        page(
            '<link rel="sitemap" type="application/xml" href="/sitemap.xml">',
            body='<a href="/sitemap.xml">Sitemap</a>',
        ),
        None,
    ),
    (
        "linkedin_only",
        "https://x.example/",
        page(body='<a href="https://www.linkedin.com/company/x">LinkedIn</a>'),
        None,
    ),
    ("javascript_link", "https://x.example/", page(link("javascript:void(0)", "RSS")), None),
]


@pytest.mark.parametrize(
    ("url", "html", "expected"), [case[1:] for case in PAGES], ids=[case[0] for case in PAGES]
)
def test_the_right_feed_comes_first(url: str, html: str, expected: str | None):
    """Comments, oEmbed, REST and sitemaps are no news feeds; host, language and name decide among the rest."""
    found = discovery.candidates(html, url=url)
    assert (found[0].url if found else None) == expected


def test_there_are_twenty_pages():
    """The promise of the issue: at least 20 of our own."""
    assert len(PAGES) >= 20


def test_the_wanted_language_may_be_another_than_the_page():
    """An English edition may want the English feed of a German page."""
    html = page(link("/de/rss.xml", "Aktuelles"), link("/en/rss.xml", "News"))
    assert (
        discovery.candidates(html, url="https://l.example/de/", language="en")[0].url
        == "https://l.example/en/rss.xml"
    )


def test_what_the_feeds_say_reorders_them():
    """Fresh before stale, empty last, comments out."""
    fresh, stale, empty, comments = (
        discovery.Candidate(url=f"https://a.example/{name}", score=20) for name in ("f", "s", "e", "c")
    )
    documents = [
        (empty, Document(format="rss20")),
        (stale, Document(format="rss20", entries=(Entry(title="Alt", published=NOW - timedelta(days=900)),))),
        (
            comments,
            Document(format="rss20", entries=(Entry(title="Kommentar zu Neu von Eva", published=NOW),)),
        ),
        (
            fresh,
            Document(
                format="rss20",
                language="de",
                entries=(Entry(title="Neu", published=NOW - timedelta(days=3)),),
            ),
        ),
    ]
    found = discovery.reorder(documents, now=NOW, language="de")
    assert [one.url[-1] for one in found] == ["f", "s", "e"]
    assert any("2026-03-01" in reason for reason in found[0].reasons)


def test_what_a_page_says_of_itself():
    """Language, system, translations and where its news stand: for the plain-words report to a webmaster."""
    html = page(
        '<meta name="generator" content="TYPO3 CMS">',
        '<link rel="alternate" hreflang="en" href="/en/">',
        body='<nav><a href="/aktuelles">Aktuelles</a><a href="/ueber-uns">Über uns</a></nav>',
    )
    facts = discovery.page_facts(html, url="https://t.example/")
    assert (facts.language, facts.generator) == ("de-DE", "TYPO3 CMS")
    assert facts.translations == (("en", "https://t.example/en/"),)
    assert facts.news_pages == ("https://t.example/aktuelles",)
    assert discovery.well_known("https://t.example/x", generator="TYPO3 CMS")[:2] == (
        "https://t.example/x/feed/",
        "https://t.example/?type=9818",
    )


def test_only_the_first_half_megabyte_is_looked_at():
    """T5: a page may be endless."""
    html = page(link("/feed", "Feed")) + " " * 600_000 + link("/spaet.xml", "Spät")
    assert [one.url for one in discovery.candidates(html, url="https://x.example/")] == [
        "https://x.example/feed"
    ]
