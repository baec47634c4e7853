"""`sources add`: a look decides what an address is, and nothing about a known source changes unsaid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.journeys.collecting_server import Answer, ScriptedServer, rss

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.cli import group

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
LIST = "".join(
    f"<article><h3><a href='/{n}.html'>Meldung Nummer {n} aus dem Haus</a></h3>"
    f"<time datetime='2026-10-0{n}'>0{n}.10.2026</time><p>Ein Satz zur Meldung Nummer {n}.</p></article>"
    for n in range(1, 5)
)
PAGE = f"<html lang='de'><head><title>Aktuelles</title></head><body><main>{LIST}</main></body></html>"


class Office:
    """A workspace and a server on this machine."""

    def __init__(self, folder: Path, server: ScriptedServer) -> None:
        self.folder, self.server = folder, server
        assert self.run("init", "--bare", str(folder), here=False).exit_code == 0
        file = folder / "config" / "newsdigest.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("network:\n", "network:\n  allow: [127.0.0.1/32]\n  host_interval: 0\n", 1),
            encoding="utf-8",
        )

    def run(self, *arguments: str, here: bool = True) -> Result:
        return CliRunner().invoke(
            group, [*(("-w", str(self.folder)) if here else ()), *arguments], standalone_mode=False
        )

    def add(self, *arguments: str) -> Result:
        return self.run("sources", "add", *arguments, "--now", NOW.isoformat())

    def serve(self, path: str, body: str | bytes, kind: str) -> str:
        made = body.encode() if isinstance(body, str) else body
        self.server.scripts["127.0.0.1", path] = lambda _f, _a: Answer(200, {"Content-Type": kind}, made)
        return self.server.url("127.0.0.1", path)

    def sources(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in json.loads(self.run("sources", "list", "--json").stdout)}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with ScriptedServer(FixedClock(NOW)) as server:
        yield Office(tmp_path / "w", server)


def test_a_feed_and_a_list_page_are_recognised_by_the_look(office: Office) -> None:
    feed = office.serve("/feed", rss("Erste Meldung aus dem Werk"), "application/rss+xml")
    page = office.serve("/aktuelles.html", PAGE, "text/html")
    assert office.add(feed, "--id", "werk").return_value == 0
    assert office.add(page, "--id", "haus").return_value == 0
    assert {id_: row["kind"] for id_, row in office.sources().items()} == {"werk": "feed", "haus": "page"}


def test_what_cannot_be_read_is_refused_unless_unseen(office: Office) -> None:
    """The line says what is wrong and how to add it all the same."""
    missing = office.server.url("127.0.0.1", "/weg.xml")
    done = office.add(missing, "--id", "weg")
    assert done.return_value == 1
    assert "404" in done.output
    assert "--unseen" in done.output
    assert office.sources() == {}
    assert office.add(missing, "--id", "weg", "--unseen").return_value == 0
    assert set(office.sources()) == {"weg"}


def test_a_page_that_names_a_feed_leads_to_it(office: Office) -> None:
    """The page's own list is poorer than its feed; a person decides."""
    link = "<link rel='alternate' type='application/rss+xml' href='/feed'>"
    page = office.serve("/", PAGE.replace("</head>", f"{link}</head>"), "text/html")
    done = office.add(page)
    assert done.return_value == 1
    assert "/feed" in done.output
    assert "--kind page" in done.output
    assert office.add(page, "--kind", "page").return_value == 0


def test_the_kind_of_a_known_source_changes_only_when_said(office: Office) -> None:
    """Nor do its type and trust, which no option named."""
    page = office.serve("/aktuelles.html", PAGE, "text/html")
    office.add(page, "--id", "haus", "--type", "institute", "--trust", "low")
    assert "unchanged" in office.add(page).output
    office.serve("/aktuelles.html", rss("Eine Meldung"), "application/rss+xml")
    done = office.add(page)
    assert done.return_value == 1
    assert "--kind feed" in done.output
    row = office.sources()["haus"]
    assert (row["kind"], row["type"], row["trust"]) == ("page", "institute", "low")


def test_a_changed_kind_is_looked_at_at_once(office: Office) -> None:
    """The hour between two looks is for the publisher's server; a mended setting need not wait for it."""
    page = office.serve("/aktuelles.html", PAGE, "text/html")
    office.add(page, "--id", "haus", "--kind", "feed", "--unseen")
    first = office.run("collect", "--source", "haus", "--now", NOW.isoformat(), "--json")
    assert json.loads(first.stdout)["problems"]
    assert "changed (kind)" in office.add(page, "--kind", "page").output
    again = json.loads(office.run("collect", "--source", "haus", "--now", NOW.isoformat(), "--json").stdout)
    assert (again["looked"], again["skipped"], again["problems"]) == (1, [], [])


def test_a_folder_named_from_here_is_stored_absolute(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    (office.folder / "presse").mkdir()
    monkeypatch.chdir(office.folder)
    assert office.add("presse", "--id", "post").return_value == 0
    row = office.sources()["post"]
    assert (row["kind"], row["url"]) == ("folder", str(office.folder / "presse"))


def test_a_bare_word_that_is_no_folder_is_refused(office: Office) -> None:
    assert "nor a folder here" in office.add("presse").output
    assert "no folder" in office.add("presse", "--kind", "folder").output
    assert "no http or https address" in office.add("presse", "--unseen").output
    assert office.sources() == {}
