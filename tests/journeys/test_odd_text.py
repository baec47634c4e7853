"""Q14: odd text, normalised once at ingest, through the whole house: feed, item, edition, mail and website."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from tests import web_world
from tests.journeys.collecting_server import Answer, ScriptedServer

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.settings.workspace import Workspace

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
SETTINGS = """\
association: {name: Verband}
mail: {outbox: var/outbox}
web: {public_url: https://news.example}
network: {allow: [127.0.0.1/32], host_interval: 0}
collecting: {base_line_days: 30}
"""
ODD = {
    "Klinikum Auen eröffnet\x00 neues\x0b Labor": "Klinikum Auen eröffnet neues Labor",
    "Elbtal Biosensorik \u202eberuft\u202c Leiterin": "Elbtal Biosensorik beruft Leiterin",
    "Muldenmed\u200b baut\u00ad Prüfstand in Grimma\ufeff": "Muldenmed baut Prüfstand in Grimma",
    "Forscherin 👩\u200d🔬 gewinnt Preis 🏳️\u200d🌈 in Riesa": "Forscherin 👩\u200d🔬 gewinnt Preis 🏳️\u200d🌈 in Riesa",
    "Neiße\u2028Pharma\u2029liefert\u0085Impfstoff": "Neiße Pharma liefert Impfstoff",
    "Pleiße Cell sagt {{7*191}} und {% raw %}": "Pleiße Cell sagt {{7*191}} und {% raw %}",
    "Werk Nossen =?utf-8?q?a=0D=0ABcc:x@y.example?= wächst": "Werk Nossen =?utf-8?q?a=0D=0ABcc:x@y.example?= wächst",
    "Zeile eins des Hauses\r\nBcc: fremd@example.org": "Zeile eins des Hauses Bcc: fremd@example.org",
    "Wurzen Diagnostik misst a\u0308rztlich genau": "Wurzen Diagnostik misst a\u0308rztlich genau",
    "Torgau Stents \ud800 halten länger \ufffe": "Torgau Stents halten länger",
    "Görlitz liefert <b>fette</b> Beute & mehr": "Görlitz liefert <b>fette</b> Beute & mehr",
}
ENDLESS = "Meißen Vakuum meldet " + "sehr lange Dinge und " * 90_000
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)


def item(number: int, title: str) -> str:
    """One item as JSON Feed: it can carry what XML cannot."""
    day = (NOW - timedelta(hours=number + 1)).isoformat()
    text = f"{title[:200]} Das Vorhaben Nummer {number} beginnt im {number}. Haus und kostet {number * 37 + 11} Tausend Euro."
    return json.dumps(
        {
            "id": f"i{number}",
            "url": f"https://haus.example/{number}",
            "title": title,
            "content_text": text,
            "date_published": day,
        }
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Assembly]:
    clock = FixedClock(NOW)
    titles = [*ODD, ENDLESS]
    # Lone surrogates are written as JSON escapes: no encoding carries them.
    items = ",".join(item(number, title) for number, title in enumerate(titles))
    body = f'{{"version":"https://jsonfeed.org/version/1.1","title":"Haus\\u0000","language":"de","items":[{items}]}}'.encode()
    with ScriptedServer(clock) as server:
        server.scripts["127.0.0.1", "/feed"] = lambda _f, _a: Answer(
            200, {"Content-Type": "application/json"}, body
        )
        web_world.make_assembly(tmp_path / "w").close()
        url = server.url("127.0.0.1")
        (tmp_path / "w/config/newsdigest.yaml").write_text(SETTINGS, encoding="utf-8")
        (tmp_path / "w/config/sources.yaml").write_text(
            f"sources:\n  - {{id: haus, name: Haus, url: '{url}', type: association}}\n", encoding="utf-8"
        )
        made = Assembly(Workspace(tmp_path / "w"), clock=clock)
        made.collect()
        made.sort()
        clock.advance(timedelta(hours=1))
        yield made
        made.close()


@pytest.mark.slow
def test_odd_text_from_feed_to_mail(world: Assembly, tmp_path: Path):
    """Letters and emoji stay, what nobody sees or must not pass is gone, and nothing of it acts on template or header."""
    with world.store.read() as unit:
        stored = {one.guid: one for one in unit.items.of_source("haus")}
    for number, expected in enumerate(ODD.values()):
        assert stored[f"i{number}"].title == expected
        assert not FORBIDDEN.search(stored[f"i{number}"].text)
    endless = stored[f"i{len(ODD)}"]
    assert len(endless.title) <= 400
    assert endless.title.startswith("Meißen Vakuum meldet sehr lange")
    edition = world.compose("weekly", by="anna").edition
    headlines = {placement.headline for placement in edition.placements}
    assert len(headlines & set(ODD.values())) >= 5
    paths = world.preview(edition.id, tmp_path / "out")
    for path in paths:
        content = path.read_bytes()
        if path.suffix == ".eml":
            mail = message_from_bytes(content, policy=policy.default)
            assert "bcc" not in mail
            assert max(len(line) for line in content.split(b"\r\n")) <= 998
            assert b"\n" not in content.replace(b"\r\n", b"")
        else:
            text = content.decode("utf-8")
            assert not FORBIDDEN.search(text)
            assert "1337" not in text
    german = next(path for path in paths if path.suffix == ".txt" and "de" in path.name).read_text(
        encoding="utf-8"
    )
    shown = " ".join(german.split())
    for placement in edition.placed("de"):
        assert " ".join(placement.headline.split()) in shown
