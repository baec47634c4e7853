"""Whole articles behind a shortened feed, only where the source allows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests import web_world
from tests.journeys.collecting_server import Answer, ScriptedServer, rss

from newsdigest.adapters import trafilatura_reader
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.settings.workspace import Workspace

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
SETTINGS = """\
association: {name: Verband}
network: {allow: [127.0.0.1/32], host_interval: 0}
collecting: {base_line_days: 30}
"""
BODY = "Die Prüfstände messen den Verschleiß von Implantaten über viele Jahre hinweg in kurzer Zeit."
PAGE = f"""<!doctype html><html lang=de><head><title>Neue Prüfstände</title></head><body><nav><a href=/>Start</a>
<a href=/k>Kontakt</a></nav><main><article><h1>Neue Prüfstände</h1><p>{BODY}</p><p>{BODY} Im Herbst stehen die ersten
vier Geräte in Chemnitz.</p></article></main><footer>Alle Rechte vorbehalten, Cookies verwalten</footer></body></html>"""


@pytest.mark.skipif(not trafilatura_reader.is_installed(), reason="the extra fulltext is not installed")
def test_only_a_source_that_allows_it_is_read_whole(tmp_path: Path):
    clock = FixedClock(NOW)
    with ScriptedServer(clock) as server:

        def serve(path: str, text: str, kind: str) -> str:
            server.scripts["127.0.0.1", path] = lambda _f, _a: Answer(
                200, {"Content-Type": kind}, text.encode()
            )
            return server.url("127.0.0.1", path)

        lines = ["sources:"]
        for name, may in (("whole", "true"), ("short", "false")):
            link = serve(f"/{name}/page", PAGE, "text/html; charset=utf-8")
            item = (
                f"<item><title>Neue Prüfstände</title><guid>g</guid><link>{link}</link><description>Die Prüfstände"
                f" […]</description><pubDate>{NOW - timedelta(hours=3):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
            )
            feed = serve(f"/{name}", rss([], items=item).decode(), "application/rss+xml")
            lines.append(f'  - {{id: {name}, name: {name}, url: "{feed}", fetches_full_text: {may}}}')
        web_world.make_assembly(tmp_path / "w").close()
        (tmp_path / "w/config/newsdigest.yaml").write_text(SETTINGS, encoding="utf-8")
        (tmp_path / "w/config/sources.yaml").write_text("\n".join(lines), encoding="utf-8")
        assembly = Assembly(Workspace(tmp_path / "w"), clock=clock)
        assembly.collect()
        with assembly.store.read() as unit:
            (whole,), (short,) = unit.items.of_source("whole"), unit.items.of_source("short")
        assembly.close()
        assert "vier Geräte in Chemnitz" in whole.text
        assert "Cookies" not in whole.text
        assert "Chemnitz" not in short.text
        assert not server.asked("127.0.0.1", "/short/page")


@pytest.mark.skipif(not trafilatura_reader.is_installed(), reason="the extra fulltext is not installed")
@pytest.mark.parametrize("body", [b"", b"\x00" * 5000, b"<" * 20000], ids=["empty", "zeros", "brackets"])
def test_what_holds_no_article_is_nothing(body: bytes):
    assert trafilatura_reader.TrafilaturaReader().article(body, url="https://x.example/") == ""


@pytest.mark.skipif(not trafilatura_reader.is_installed(), reason="the extra fulltext is not installed")
def test_an_article_is_found():
    assert BODY in trafilatura_reader.TrafilaturaReader().article(PAGE.encode(), url="https://x.example/")
