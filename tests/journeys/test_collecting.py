"""Collecting end to end over a local server: first look, news, floods, pages, folders, images, finding a feed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image as Picture
from tests.journeys.collecting_server import Answer, ScriptedServer, rss

from newsdigest.adapters.feedparser_reader import FeedparserReader
from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
from newsdigest.adapters.httpx_fetcher import HttpxFetcher
from newsdigest.adapters.image_copier import ImageCopier
from newsdigest.adapters.sql_store import SQLStore, schema
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.collecting import collect as collecting
from newsdigest.collecting import explore
from newsdigest.collecting.copy_images import copy_images
from newsdigest.collecting.following import Follower
from newsdigest.model.items import ItemState
from newsdigest.model.sources import Source, SourceKind

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
TITLES = [f"Meldung des Hauses Nummer {number}" for number in range(8)]


class Desk:
    """The parts of collecting, put together for a test."""

    def __init__(self, folder: Path, server: ScriptedServer, clock: FixedClock) -> None:
        self.server, self.clock, self.folder = server, clock, folder
        self.store = SQLStore(f"sqlite:///{folder / 'desk.db'}")
        schema.migrate(self.store)
        guard = GuardedNetwork(allow=["127.0.0.1/32"], resolver=server.resolve)
        self.fetcher = HttpxFetcher(
            open_pools=lambda: open_transports(guard, count=1, connections=8), user_agent="t", host_interval=0
        )
        self.reader = FeedparserReader(children=1)

    def add(self, *sources: Source) -> None:
        with self.store.write() as unit:
            unit.sources.put(sources)

    def collect(self, **rules: timedelta) -> collecting.CollectReport:
        follower = Follower(fetcher=self.fetcher, reader=self.reader, max_bytes=10**6, timeout=5)
        return collecting.collect(
            clock=self.clock, store=self.store, fetcher=self.fetcher, reader=self.reader, details=follower,
            rules=collecting.Rules(**rules),  # type: ignore[arg-type]
        )  # fmt: skip

    def states(self, source_id: str) -> dict[str, ItemState]:
        with self.store.read() as unit:
            return {item.title: item.state for item in unit.items.of_source(source_id)}

    def serve(self, host: str, body: bytes, path: str = "/feed", kind: str = "application/rss+xml") -> str:
        self.server.scripts[host, path] = lambda _f, _a: Answer(200, {"Content-Type": kind}, body)
        return self.server.url(host, path)

    def close(self) -> None:
        self.fetcher.close()
        self.reader.close()
        self.store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = FixedClock(NOW)
    with ScriptedServer(clock) as server:
        made = Desk(tmp_path, server, clock)
        yield made
        made.close()


def test_a_new_source_floods_nobody(desk: Desk):
    """What a source held when it was first read is stock; what comes later is news."""
    desk.add(Source(id="a", name="A", url=desk.serve("a.example", rss(TITLES[:6]))))
    desk.collect()
    desk.serve("a.example", rss(TITLES[:7], day=NOW))
    desk.clock.advance(timedelta(hours=3))
    report = desk.collect()
    states = desk.states("a")
    assert report.new == 1
    assert states.pop(TITLES[6]) is ItemState.FRESH
    assert set(states.values()) == {ItemState.BASE_LINE}


def test_base_line_days_lets_the_youngest_in(desk: Desk):
    """`collecting.base_line_days`: a fresh set-up may begin with the last days' news."""
    desk.add(
        Source(id="a", name="A", url=desk.serve("a.example", rss(TITLES[:2], day=NOW - timedelta(days=2))))
    )
    assert desk.collect(base_line=timedelta(days=3)).new == 2


def test_what_came_while_a_new_source_failed_is_news(desk: Desk):
    """A source that could not be read at first does not swallow what came meanwhile."""
    url = desk.server.url("a.example")
    desk.server.scripts["a.example", "/feed"] = lambda _f, _a: Answer(500)
    desk.add(Source(id="a", name="A", url=url))
    desk.collect()
    desk.clock.advance(timedelta(days=2))
    desk.serve("a.example", rss(TITLES[:2], day=NOW + timedelta(days=1)))
    assert desk.collect().new == 2


def test_a_flood_waits_for_the_editor(desk: Desk):
    """More than half of a known feed new at once, dated long ago: quarantine."""
    desk.add(Source(id="a", name="A", url=desk.serve("a.example", rss(TITLES[:2]))))
    desk.collect()
    old = [f"Alte Geschichte Teil {number} wieder da" for number in range(9)]
    desk.serve("a.example", rss(old, day=NOW - timedelta(days=400)))
    desk.clock.advance(timedelta(days=1))
    report = desk.collect()
    assert (report.new, report.lines[0].quarantined) == (0, 9)


def test_another_port_of_the_same_feed_is_no_new_source(desk: Desk):
    """An edited address under which the known entries stand keeps the base line."""
    desk.add(Source(id="a", name="A", url=desk.serve("a.example", rss(TITLES[:3]))))
    desk.collect()
    desk.clock.advance(timedelta(hours=3))
    desk.add(Source(id="a", name="A", url=desk.serve("b.example", rss(TITLES[:4]))))
    assert desk.collect().new == 1


def test_one_broken_feed_is_a_line(desk: Desk):
    """The rest is read."""
    desk.add(
        Source(
            id="a",
            name="A",
            url=desk.serve("a.example", b"<html><body>Wartung</body></html>", kind="text/html"),
        ),
        Source(id="b", name="B", url=desk.serve("b.example", rss(TITLES[:1]))),
        Source(id="c", name="C", url="http://127.0.0.1:1/"),
    )
    report = desk.collect()
    assert {line.source for line in report.lines if line.problem} == {"a", "c"}
    assert len(desk.states("b")) == 1


def test_a_page_without_rules_gives_items_with_the_linked_text(desk: Desk):
    """A list page is recognised, and the text behind each link fetched through the guard."""
    rows = "".join(
        f'<article><h3><a href="/n/{n}.html">Neues aus dem Labor, Folge {n}</a></h3><time>{n + 1}. Oktober 2026</time></article>'
        for n in range(3)
    )
    page = (
        f"<html lang=de><head><title>Presse</title></head><body><main><div>{rows}</div></main></body></html>"
    )
    url = desk.serve("p.example", page.encode(), "/list", "text/html; charset=utf-8")
    for n in range(3):
        text = f"Der ausführliche Bericht {n} erzählt von Messungen, Geräten und Menschen. " * 8
        detail = f"<html><body><main><article><h1>Neues aus dem Labor, Folge {n}</h1><p>{text}</p></article></main></body></html>"
        desk.serve("p.example", detail.encode(), f"/n/{n}.html", "text/html; charset=utf-8")
    desk.add(Source(id="p", name="P", url=url, kind=SourceKind.PAGE))
    desk.collect()
    with desk.store.read() as unit:
        texts = [item.text for item in unit.items.of_source("p")]
    assert len(texts) == 3
    assert all("ausführliche Bericht" in text for text in texts)


def test_a_folder_over_http_is_read_by_its_index(desk: Desk):
    """Files an index links to become items; other links do not."""
    desk.serve(
        "o.example",
        b'<a href="a.txt">a</a> <a href="/other/b.txt">b</a> <a href="x.exe">x</a>',
        "/box/",
        "text/html",
    )
    desk.serve(
        "o.example",
        "Neue Förderung bewilligt\n\nDer Freistaat fördert das Labor.".encode(),
        "/box/a.txt",
        "text/plain",
    )
    desk.add(Source(id="o", name="O", url=desk.server.url("o.example", "/box/"), kind=SourceKind.FOLDER))
    report = desk.collect()
    assert report.new == 1
    assert list(desk.states("o")) == ["Neue Förderung bewilligt"]


def test_images_are_copied_only_where_allowed(desk: Desk):
    """Two sources, one with the right to show pictures."""
    out = io.BytesIO()
    Picture.new("RGB", (300, 200), "green").save(out, "PNG")
    desk.serve("i.example", out.getvalue(), "/a.png", "image/png")
    picture = desk.server.url("i.example", "/a.png")
    for name in ("yes", "no"):
        item = f"<item><title>Bild von {name} im Haus</title><guid>g</guid><enclosure url='{picture}' type='image/png' length='9'/></item>"
        url = desk.serve(f"{name}.example", rss([], items=item))
        desk.add(Source(id=name, name=name, url=url, shows_images=name == "yes"))
    desk.collect(base_line=timedelta(days=1))
    with desk.store.write() as unit:
        unit.items.set_state(
            [item.id for name in ("yes", "no") for item in unit.items.of_source(name)], ItemState.FRESH
        )
    images = ImageCopier(folder=desk.folder / "images", fetcher=desk.fetcher)
    assert copy_images(store=desk.store, images=images, since=NOW) == 1
    with desk.store.read() as unit:
        (shown,), (hidden,) = unit.items.of_source("yes"), unit.items.of_source("no")
    assert shown.image is not None
    assert (desk.folder / "images" / shown.image.stored_as).is_file()
    assert hidden.image is None or not hidden.image.stored_as


def test_a_home_page_leads_to_its_feed(desk: Desk):
    """Discovery reads the candidates and shows three entries."""
    feed = desk.serve("w.example", rss(TITLES, host="w.example"), "/feed/")
    page = f'<html lang="de"><head><link rel="alternate" type="application/rss+xml" title="News" href="{feed}"></head></html>'
    home = desk.serve("w.example", page.encode(), "/", "text/html")
    report = explore.discover(home, fetcher=desk.fetcher, reader=desk.reader, now=NOW)
    assert (report.found[0].url, report.found[0].count, len(report.found[0].entries)) == (feed, 8, 3)


@pytest.mark.parametrize(("language", "word"), [("de", "Einträge"), ("en", "entries")])
def test_an_address_is_explained_in_plain_words(desk: Desk, language: str, word: str):
    """Step by step, for a webmaster."""
    url = desk.serve("w.example", rss(TITLES, host="w.example"))
    steps = explore.examine(
        url, fetcher=desk.fetcher, reader=desk.reader, now=NOW, language=language, kind=SourceKind.FEED
    )
    assert any(word in step.text for step in steps)
    assert not any(step.mood.value == "bad" for step in steps)


def test_a_home_page_is_answered_with_its_feed(desk: Desk):
    """What the page names is said at once."""
    page = '<html><head><title>W</title><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'
    home = desk.serve("w.example", page.encode(), "/", "text/html")
    steps = explore.examine(
        home, fetcher=desk.fetcher, reader=desk.reader, now=NOW, language="de", kind=SourceKind.FEED
    )
    assert steps[-1].text == f"Die Seite nennt diesen Feed: {desk.server.url('w.example')}"


def test_a_refusal_is_explained(desk: Desk):
    """A bot wall is named."""
    desk.server.scripts["w.example", "/feed"] = lambda _f, _a: Answer(403, {"cf-mitigated": "challenge"})
    url = desk.server.url("w.example")
    steps = explore.examine(
        url, fetcher=desk.fetcher, reader=desk.reader, now=NOW, language="de", kind=SourceKind.FEED
    )
    assert any("Cloudflare" in step.text for step in steps)


PROFILE = (
    "Muldenmed baut seit 1994 in Grimma Pumpen für die Dialyse und beschäftigt 120 Menschen an zwei Orten."
)


def _release(number: int) -> str:
    return (
        f"<item><title>Meldung {number}</title><guid isPermaLink='false'>m{number}</guid><link>https://m.example/{number}</link>"
        f"<description>&lt;p&gt;Neuigkeit Nummer {number} aus dem Werk in Grimma, die auf zwei Zeilen passt und für sich steht.&lt;/p&gt;"
        f"&lt;p&gt;{PROFILE}&lt;/p&gt;</description></item>"
    )


@pytest.mark.parametrize("window", [10, 1], ids=["a_feed_of_ten", "a_feed_of_one"])
def test_a_repeated_self_description_is_learnt(desk: Desk, window: int):
    """It is no news, nor in the releases that came before it was known; the source changed none of them."""
    desk.add(Source(id="m", name="M", url=desk.server.url("m.example")))
    for number in range(1, 6):
        shown = range(max(1, number - window + 1), number + 1)
        desk.serve("m.example", rss([], host="m.example", items="".join(_release(one) for one in shown)))
        desk.collect()
        desk.clock.advance(timedelta(days=2))
    with desk.store.read() as unit:
        items = {item.title: item for item in unit.items.of_source("m")}
    for number in range(1, 6):
        assert items[f"Meldung {number}"].changed_at is None
        assert PROFILE in items[f"Meldung {number}"].text
        assert PROFILE not in items[f"Meldung {number}"].core_text
        assert PROFILE not in items[f"Meldung {number}"].teaser


NEWS_LIST = "".join(
    f'<div class="article"><h3><a href="/aktuelles/{number}">Roboter operiert in Zwickau, Teil {number}</a></h3>'
    f"<time>0{number}.10.2026</time><p>Ein System aus drei Konsolen hilft nun im OP.</p></div>"
    for number in (1, 2, 3)
)


def test_a_home_page_without_a_feed_leads_to_its_news(desk: Desk):
    """The list stands a page further: it is proposed as a source of its own kind."""
    home = desk.serve(
        "t.example",
        b'<html lang="de"><body><a href="/aktuelles/">Aktuelles</a></body></html>',
        "/",
        "text/html",
    )
    news = desk.serve(
        "t.example",
        f'<html lang="de"><body><div class="news-list">{NEWS_LIST}</div></body></html>'.encode(),
        "/aktuelles/",
        "text/html",
    )
    (found,) = explore.discover(home, fetcher=desk.fetcher, reader=desk.reader, now=NOW).found
    assert (found.url, found.kind, found.count, found.homepage) == (news, SourceKind.PAGE, 3, home)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<title>x</title>Diese Domain steht zum Verkauf", "parked or for sale"),
        ("<title>Anmeldung</title><form><input type='password'></form>", "log-in"),
        ("<script src=a.js></script><script>x()</script><div id=root></div>", "JavaScript"),
        ("<h1>Kontakt</h1><p>Wir sind da.</p>", "no feed is named here"),
    ],
    ids=["parked", "log_in", "script", "nothing"],
)
def test_why_nothing_is_found(desk: Desk, page: str, words: str):
    """The reason decides what to do next."""
    home = desk.serve("n.example", f"<!doctype html><html>{page}</html>".encode(), "/", "text/html")
    report = explore.discover(home, fetcher=desk.fetcher, reader=desk.reader, now=NOW)
    assert not report.found
    assert words in report.problem
