"""List pages without a feed: by selectors, by recognising the list, and the pages behind the entries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from newsdigest.adapters.feedparser_reader import documents
from newsdigest.model.entries import Entry
from newsdigest.model.sources import PageRules
from newsdigest.ports.reading import RawDocument, ReadResult

NOW = datetime(2026, 3, 12, tzinfo=UTC)
URL = "https://www.klinik.example/presse/"
NAVIGATION = (
    '<header><a href="/">Klinikverbund an der Elbe</a></header><nav><ul><li><a href="/kliniken">Unsere Kliniken im Überblick</a></li>'
    '<li><a href="/karriere">Karriere und Ausbildung bei uns</a></li></ul></nav>'
)


def read(body: str, **more: Any) -> ReadResult:
    html = f'<!DOCTYPE html><html lang="de"><head><title>Presse</title></head><body>{NAVIGATION}{body}<footer><a href="/i">Impressum und Datenschutz</a></footer></body></html>'
    return documents.read(
        RawDocument(key="k", body=html.encode(), url=URL, now=NOW, **{"kind": "page", **more})
    )


def entries(body: str, **more: Any) -> list[Entry]:
    result = read(body, **more)
    assert result.error == ""
    assert result.document is not None
    return list(result.document.entries)


LISTS = {
    "articles": '<main><article><time datetime="2026-03-06">6.3.</time><h3><a href="a">Roboter operiert in Zwickau</a></h3><p>Ein System aus drei Konsolen hilft nun im OP des Hauses.</p></article>'
    '<article><time datetime="2026-02-12">12.2.</time><h3><a href="b">Pflegeschule begrüßt 48 Auszubildende</a></h3><p>Doppelt so viele wie vor drei Jahren haben nun begonnen.</p></article></main>',
    "list_of_downloads": '<h1>Presse</h1><ul class="pm"><li>06.03.2026 – <a href="a">Roboter operiert in Zwickau</a> (PDF)</li><li>12.02.2026 – <a href="b">Pflegeschule begrüßt 48 Auszubildende</a> (PDF)</li></ul>',
    "table": "<table><thead><tr><th>Datum</th><th>Titel</th></tr></thead><tbody><tr><td>06.03.2026</td><td><a href='a'>Roboter operiert in Zwickau</a></td></tr><tr><td>12.02.2026</td><td><a href='b'>Pflegeschule begrüßt 48 Auszubildende</a></td></tr></tbody></table>",
    "definition_list": "<dl><dt>06.03.2026</dt><dd><a href='a'>Roboter operiert in Zwickau</a></dd><dt>12.02.2026</dt><dd><a href='b'>Pflegeschule begrüßt 48 Auszubildende</a></dd></dl>",
    "cards_that_are_links": '<div class="cards"><a class="card" href="a"><h3>Roboter operiert in Zwickau</h3><span>6. März 2026</span></a><a class="card" href="b"><h3>Pflegeschule begrüßt 48 Auszubildende</h3><span>12. Februar 2026</span></a></div>',
    "dated_paragraphs": '<h1>Aktuelles</h1><div id="content"><p>Hier lesen Sie, was es im Verbund Neues gibt.</p><p><strong>06.03.2026</strong> <a href="a">Roboter operiert in Zwickau</a></p><p><strong>12.02.2026</strong> <a href="b">Pflegeschule begrüßt 48 Auszubildende</a></p></div>',
    "headlines_without_blocks": '<main><h1>Neuigkeiten</h1><h2><a href="a">Roboter operiert in Zwickau</a></h2><p class="date">06.03.2026</p><p>Ein Text.</p><h2><a href="b">Pflegeschule begrüßt 48 Auszubildende</a></h2><p class="date">12.02.2026</p><p>Noch ein Text.</p></main>',
    "typo3_news": '<div class="news-list-view" id="news-container-1">'
    + "".join(
        f'<div class="article articletype-0"><div class="header"><h3><a title="{title}" href="{link}"><span itemprop="headline">{title}</span></a></h3></div><div class="teaser-text"><p>Kurztext</p><a class="more" href="{link}">Weiterlesen</a></div><div class="footer"><p><time datetime="{day}">{day}</time></p></div></div>'
        for title, link, day in (
            ("Roboter operiert in Zwickau", "a", "2026-03-06"),
            ("Pflegeschule begrüßt 48 Auszubildende", "b", "2026-02-12"),
        )
    )
    + "</div>",
    "more_links": '<div class="teaser"><h2>Roboter operiert in Zwickau</h2><p>6. März 2026</p><p>Ein System aus drei Konsolen.</p><a href="a">mehr</a></div><div class="teaser"><h2>Pflegeschule begrüßt 48 Auszubildende</h2><p>12. Februar 2026</p><a href="b">mehr</a></div>',
}


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
def test_a_list_is_recognised(body: str):
    """Titles, links and days, in order; navigation and footer are not news."""
    found = entries(body)
    assert [(one.title, one.url, one.published and one.published.date().isoformat()) for one in found] == [
        ("Roboter operiert in Zwickau", f"{URL}a", "2026-03-05"),
        ("Pflegeschule begrüßt 48 Auszubildende", f"{URL}b", "2026-02-11"),
    ]


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
def test_recognised_selectors_read_the_same_again(body: str):
    """What was recognised is handed back and can be kept: reading by it gives the same entries."""
    first = read(body).document
    assert first is not None
    assert entries(body, page_rules=first.page_rules) == list(first.entries)


def test_blocks_without_links_get_an_address_of_their_own():
    """A page may hold several news without a link each."""
    body = '<section id="eins"><h2>Erste Meldung von heute</h2><p>März 2026</p><p>Text der ersten Meldung, lang genug für einen Absatz.</p></section><section><h2>Zweite Meldung von gestern</h2><p>Februar 2026</p><p>Text der zweiten Meldung, lang genug für einen Absatz.</p></section>'
    assert [one.url for one in entries(body)] == [f"{URL}#eins", f"{URL}#zweite-meldung-von-gestern"]


RULES = PageRules(container="#liste", item=".m", title="b", link="a", date="i", summary="p")


def test_selectors_decide():
    """Given selectors are used as they are."""
    body = '<div id="liste"><div class="m"><b>Titel eins</b><i>4. März 2026, 10 Uhr</i><p>Kurz <script>x</script>gesagt</p><a href="1">lies</a></div></div>'
    (one,) = entries(body, page_rules=RULES)
    assert (one.title, one.url, one.summary_html) == ("Titel eins", f"{URL}1", "Kurz gesagt")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<div id='neu'></div>", "not on the page any more"),
        (f"<div id='liste'>{'<p>Viel Text ohne Meldung.</p>' * 20}</div>", "nothing in it fits"),
        ("<div id='liste'><div class='m'></div></div>", "neither titles nor links"),
    ],
    ids=["container_gone", "items_gone", "blocks_empty"],
)
def test_a_changed_page_is_an_error(body: str, words: str):
    """Never "0 items" (RSS-Bridge #3612)."""
    result = read(body, page_rules=RULES)
    assert (result.reason, result.document) == ("container_missing", None)
    assert words in result.error


def test_an_empty_list_is_no_error():
    """The container is there and has nothing: a quiet week."""
    assert entries("<div id='liste'>Zurzeit keine Meldungen.</div>", page_rules=RULES) == []


def test_javascript_lists_are_named():
    """A page that fetches its list by script says so instead of nothing."""
    result = read("<div id='app'></div><script src='a.js'></script><script>start()</script>")
    assert "JavaScript" in result.error


def test_a_wrong_selector_is_advice():
    """The message names the selector."""
    assert "'..['" in read("<p>x</p>", page_rules=PageRules(container="..[", item="li")).error


def test_json_ld_adds_dates_and_texts():
    """Facts the page states as data are used for the blocks that link there."""
    body = (
        '<script type="application/ld+json">[{"@type":"JobPosting","title":"x","datePosted":"2026-03-02","url":"/j/1","description":"Viel zu tun im Reinraum."}]</script>'
        '<div class="jobs"><div class="job"><h3><a href="/j/1">Fachkraft für Qualität (m/w/d)</a></h3></div><div class="job"><h3><a href="/j/2">Leitung Labor (m/w/d)</a></h3></div></div>'
    )
    first, second = entries(body)
    assert first.published == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert first.summary_html == "Viel zu tun im Reinraum."
    assert second.published is None


def test_the_page_behind_an_entry():
    """Full text of the article, without navigation; date and language from the page."""
    body = (
        '<main><article><h1>Roboter operiert in Zwickau</h1><p class="x" onclick="y()">'
        + "Der erste Eingriff gelang. " * 12
        + "</p></article></main>"
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","datePublished":"2026-03-06T10:00:00+01:00"}</script>'
    )
    (one,) = entries(body, kind="detail")
    assert one.title == "Roboter operiert in Zwickau"
    assert one.published == datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert "Der erste Eingriff gelang." in one.content_html
    assert "Karriere" not in one.content_html
    assert "onclick" not in one.content_html


def test_a_page_that_is_a_feed_is_read_as_one():
    """An address said to be a page may give a feed after all."""
    feed = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>Neu</title></item></channel></rss>'
    document = documents.read(RawDocument(key="k", body=feed, url=URL, now=NOW, kind="page")).document
    assert document is not None
    assert [entry.title for entry in document.entries] == ["Neu"]


ONE_ENTRY = {
    "an_article_with_a_more_link": '<h1>Kurzmeldungen</h1><article class="teaser"><time>06.03.2026</time><h3>Roboter operiert in Zwickau</h3><p>Ein System hilft nun im OP des Hauses. <a href="a">mehr</a></p></article>',
    "a_definition_list": "<h1>Bekanntmachungen</h1><dl><dt>06.03.2026</dt><dd><a href='a'>Roboter operiert in Zwickau</a></dd></dl>",
    "a_named_list": "<ul class='downloads'><li>06.03.2026 – <a href='a'>Roboter operiert in Zwickau</a> (PDF)</li></ul>",
    "a_table_row": "<table class='termine'><tbody><tr><td>06.03.2026</td><td><a href='a'>Roboter operiert in Zwickau</a></td></tr></tbody></table>",
    "a_card_in_wrappings": '<h1>Neuigkeiten</h1><div class="row"><div class="col"><div class="box"><h3><a href="a">Roboter operiert in Zwickau</a></h3><p>6. März 2026</p><p>Ein System hilft.</p></div></div></div>',
}


@pytest.mark.parametrize("body", ONE_ENTRY.values(), ids=ONE_ENTRY)
def test_a_list_with_a_single_entry_is_recognised(body: str):
    """A quiet week, or the first look at a young page: the one entry is read, not the page refused."""
    (one,) = entries(body)
    assert (one.title, one.url, one.published and one.published.date().isoformat()) == (
        "Roboter operiert in Zwickau",
        f"{URL}a",
        "2026-03-05",
    )


NO_LISTS = {
    "an_article": "<article><h1>Roboter operiert in Zwickau</h1><p>06.03.2026</p>"
    + "<p>Der erste Eingriff gelang, sagt die Klinik am Montag.</p>" * 20
    + '<a href="b">Pflegeschule</a></article>',
    "an_address": "<h1>Kontakt</h1><div><h3>Klinikverbund an der Elbe</h3><p>Stand: 06.03.2026</p><a href='karte'>Anfahrt</a></div>",
}


@pytest.mark.parametrize("body", NO_LISTS.values(), ids=NO_LISTS)
def test_a_page_without_a_list_is_still_an_error(body: str):
    """One dated block under a headline that promises no list is none."""
    page = f"<!DOCTYPE html><title>Klinikverbund</title><body>{body}"
    result = documents.read(RawDocument(key="k", body=page.encode(), url=URL, now=NOW, kind="page"))
    assert result.reason == "container_missing"


SECTIONS = '<h2 id="{0}">{1}</h2><p>März 2026</p><p>{2}</p>'
GOERLIGEN = (
    "Die Firma aus Görlitz entwickelt Schnelltests auf Papier für die Hausarztpraxis und das Pflegeheim."
)
LERNWERK = "Das Lernwerk aus Riesa schult Beschäftigte im Verhalten unter Reinraumbedingungen, auch am Abend."


@pytest.mark.parametrize(
    "body",
    [
        "".join(
            f'<section id="{key}" class="mitglied"><h2><a href="#{key}">{title}</a></h2><p>März 2026</p><p>{text}</p></section>'
            for key, title, text in (
                ("g", "Neu dabei: GörliGen", GOERLIGEN),
                ("l", "Neu dabei: Lernwerk", LERNWERK),
            )
        ),
        '<ul class="news"><li>6. März 2026 <a href="#g">Neu dabei: GörliGen</a></li><li>2. März 2026 <a href="#l">Neu dabei: Lernwerk</a></li></ul><div>'
        + SECTIONS.format("g", "Neu dabei: GörliGen", GOERLIGEN)
        + SECTIONS.format("l", "Neu dabei: Lernwerk", LERNWERK)
        + "</div>",
    ],
    ids=["blocks_that_are_the_news", "a_list_of_contents_above"],
)
def test_news_on_one_page_have_their_own_words(body: str):
    """Links that differ by their #fragment only: each entry has the section its fragment points at."""
    first, second = entries(body)
    assert [one.url for one in (first, second)] == [f"{URL}#g", f"{URL}#l"]
    assert GOERLIGEN in first.content_html
    assert LERNWERK in second.content_html
    assert LERNWERK not in first.content_html
    assert GOERLIGEN not in second.content_html


def test_a_detail_page_gives_the_section_of_its_fragment():
    """Two entries on one page behind the list: the fragment decides what is read."""
    body = f"<main><h1>Mitglieder</h1>{SECTIONS.format('g', 'GörliGen', GOERLIGEN)}{SECTIONS.format('l', 'Lernwerk', LERNWERK)}</main>"
    page = f"<!DOCTYPE html><body>{body}"
    (one,) = documents.read(
        RawDocument(key="k", body=page.encode(), url=f"{URL}alle.html#l", now=NOW, kind="detail")
    ).document.entries  # type: ignore[union-attr]
    assert LERNWERK in one.content_html
    assert GOERLIGEN not in one.content_html


def test_words_below_a_headline_are_its_summary():
    """Without a block around each news, what stands up to the next headline belongs to it."""
    first, second = entries(LISTS["headlines_without_blocks"])
    assert (first.summary_html, second.summary_html) == ("<p>Ein Text.</p>", "<p>Noch ein Text.</p>")


def test_an_accordion_is_read():
    """Press archives that unfold: no links, each with an address of its own and its whole text."""
    body = "".join(
        f"<details><summary>{day} {title}</summary><p>Der ganze Text der Meldung steht hier, und zwar lang genug.</p></details>"
        for day, title in (("06.03.2026", "Roboter operiert"), ("12.02.2026", "Pflegeschule beginnt"))
    )
    first, _second = entries(f'<div class="faq">{body}</div>')
    assert (first.title, first.url) == ("Roboter operiert", f"{URL}#roboter-operiert")
    assert "ganze Text" in first.content_html
