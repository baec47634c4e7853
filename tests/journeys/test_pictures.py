"""Pictures and calendar files from a source's server to reader and website: real collecting, sorting and composing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image as Picture
from tests import web_world
from tests.journeys.collecting_server import Answer, ScriptedServer, rss

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.model.editions import Edition
from newsdigest.settings.workspace import Workspace

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
SETTINGS = """\
association: {name: Verband}
mail: {outbox: var/outbox}
web: {public_url: https://news.example}
network: {allow: [127.0.0.1/32], host_interval: 0}
collecting: {base_line_days: 30}
"""
SOURCES = """\
sources:
  - {id: shows, name: Haus mit Bildrechten, url: "%(yes)s", type: member, shows_images: true, image_credit: Haus Müller}
  - {id: hides, name: Haus ohne Bildrechte, url: "%(no)s", type: member}
"""


def item(title: str, text: str, picture: str) -> str:
    day = NOW - timedelta(hours=5)
    return (
        f"<item><title>{title}</title><guid>{title}</guid><link>https://haus.example/{len(title)}</link>"
        f"<description>{text}</description><pubDate>{day:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f"<enclosure url='{picture}' type='image/png' length='9'/></item>"
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Assembly, ScriptedServer]]:
    """A workspace with two sources on a local server, collected, sorted and composed."""
    clock = FixedClock(NOW)
    with ScriptedServer(clock) as server:
        out = io.BytesIO()
        Picture.new("RGB", (1500, 1000), "green").save(out, "PNG")

        def serve(path: str, body: bytes, kind: str) -> str:
            server.scripts["127.0.0.1", path] = lambda _f, _a: Answer(200, {"Content-Type": kind}, body)
            return server.url("127.0.0.1", path)

        good = serve("/a.png", out.getvalue(), "image/png")
        script = serve("/b.png", b"<svg onload='alert(1)'/>", "image/png")
        shown = item(
            "Klinikum Leipzig eröffnet neues Zentrum für Herzchirurgie",
            "Das Klinikum hat am Montag ein Zentrum mit zwölf Betten eröffnet. Es kostet acht Millionen Euro.", good,
        ) + item("Muldenmed beruft neue Leiterin der Entwicklung", "Die Ingenieurin beginnt im April.", script)  # fmt: skip
        hidden = item(
            "Neue Prüfstände für Implantate in Chemnitz", "Die Prüfstände messen Verschleiß über Jahre.", good
        )
        urls = {
            "yes": serve("/yes", rss([], items=shown), "application/rss+xml"),
            "no": serve("/no", rss([], items=hidden), "application/rss+xml"),
        }
        web_world.make_assembly(tmp_path / "w").close()
        (tmp_path / "w/config/newsdigest.yaml").write_text(SETTINGS, encoding="utf-8")
        (tmp_path / "w/config/sources.yaml").write_text(SOURCES % urls, encoding="utf-8")
        made = Assembly(Workspace(tmp_path / "w"), clock=clock)
        made.collect()
        made.sort()
        clock.advance(timedelta(hours=1))
        yield made, server
        made.close()


def composed(assembly: Assembly) -> Edition:
    report = assembly.compose("weekly", by="anna")
    assert report is not None
    return report.edition


def test_a_lead_image_reaches_mail_website_and_preview_as_our_own_copy(
    world: tuple[Assembly, ScriptedServer],
):
    """Only of the source that allows it; no link leads to the stranger's server; a bad one is left out."""
    assembly, server = world
    edition = composed(assembly)
    with_picture = [p for p in (*edition.placements, *edition.waiting) if p.image_url]
    assert {p.headline for p in with_picture} == {"Klinikum Leipzig eröffnet neues Zentrum für Herzchirurgie"}
    placed = [p for p in edition.placed("de") if p.image_url]
    assert placed, edition
    assert placed[0].image_credit == "Haus Müller"
    assert placed[0].image_size == (1200, 800)
    name = placed[0].image_url
    html = assembly.review.render(edition, "de").html
    newsletter = assembly.newsletter("weekly")
    assert f'src="{newsletter.web_url}/images/{name}"' in html
    assert "Haus Müller" in html
    assert f"127.0.0.1:{server.port}/a.png" not in html
    with web_world.browsing(assembly) as client:
        answer = client.get(f"/images/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        with Picture.open(io.BytesIO(answer.content)) as served:
            assert served.size == (1200, 800)
        assert client.get("/images/..%2fnewsdigest.db").status_code == 404
    assert (assembly.site_folder / "images" / name).is_file()


def test_a_story_taken_down_takes_its_picture_with_it(world: tuple[Assembly, ScriptedServer]):
    assembly, _ = world
    (placement, *_) = [p for p in composed(assembly).placed("de") if p.image_url]
    assembly.publish()
    assert (assembly.site_folder / "images" / placement.image_url).is_file()
    assembly.take_down(placement.story_id, by="chief")
    assert not (assembly.site_folder / "images" / placement.image_url).exists()


def test_a_lost_picture_is_a_line(world: tuple[Assembly, ScriptedServer]):
    assembly, _ = world
    (placement, *_) = [p for p in composed(assembly).placed("de") if p.image_url]
    (assembly.workspace.var / "images" / placement.image_url).unlink()
    assert placement.image_url in assembly.publish_report().line


def test_every_event_links_its_own_calendar_file(tmp_path: Path):
    """In HTML and text alike; publishing writes exactly these files, and the website serves them."""
    assembly = web_world.make_assembly(tmp_path / "w")
    edition = web_world.sent_edition()
    web_world.keep(assembly, edition)
    newsletter = assembly.newsletter("weekly")
    with web_world.browsing(assembly) as client:
        for language in ("de", "en"):
            variant = assembly.review.render(edition, language)
            events = [p for p in edition.placed(language) if p.event]
            assert events
            for placement in events:
                path = f"/feeds/{language}/event-{placement.story_id}.ics"
                assert variant.html.count(f'href="{newsletter.web_url}{path}"') == 1
                assert variant.text.count(f"{newsletter.web_url}{path}\n") == 1
                answer = client.get(path)
                assert answer.headers["content-type"].startswith("text/calendar")
                assert answer.text.count("BEGIN:VEVENT") == 1
                page = client.get(f"/archive/{language}/{edition.id}.html").text
                assert f'href="{web_world.BASE}{path}"' in page
    assembly.close()
