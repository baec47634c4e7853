"""The newsroom's screens for people, retention and the website: what they show, change and refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests import newsroom_world as world
from tests.web_world import browsing, every_row, keep

from newsdigest.assembly import Assembly
from newsdigest.model import ids
from newsdigest.model.subscribers import Frequency, Subscriber, SubscriberState

ADDRESS = "leserin01@haus-1.example"
PERSON = "p" + ids.derive("subscriber", ADDRESS)
HERE = f"/newsroom/subscribers/{PERSON}"
WISHES = {
    "newsletter": "weekly",
    "language": "en",
    "frequency": "monthly",
    "topic": ["medtech", "jobs"],
    "name": "Anna",
}


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


@pytest.fixture
def client(assembly: Assembly) -> Iterator[TestClient]:
    """A browser with an administrator's session."""
    with world.browsing(assembly, "administrator") as made:
        yield made


def person(assembly: Assembly) -> Subscriber:
    found = assembly.subscriber(PERSON, "weekly")
    assert found is not None
    return found


def acts(assembly: Assembly) -> list[tuple[str, str, str]]:
    with assembly.store.read() as unit:
        return [(act.what, act.by, act.subject) for act in unit.audit.recent(limit=3)]


def after(client: TestClient, path: str, data: dict[str, object]) -> str:
    """The page an act leads to."""
    answer = client.post(path, data=data)
    assert answer.status_code == 303, answer.text
    return str(client.get(answer.headers["location"]).text)


# -- one person


def test_wishes_are_changed_with_proof_and_audit(assembly: Assembly, client: TestClient):
    """Language, rhythm, topics, name: stored, proved in the history, named in the audit log without address."""
    known = [topic.id for topic in assembly.workspace.topics.topics]
    page = after(client, f"{HERE}/save", {**WISHES, "topic": [known[1], "no-such-topic"]})
    assert "Gespeichert." in page
    changed = person(assembly)
    assert (changed.language, changed.frequency, changed.topics, changed.name) == (
        "en", Frequency.MONTHLY, (known[1],), "Anna",
    )  # fmt: skip
    assert acts(assembly)[0] == ("subscriber.save", "administrator", PERSON)
    history = assembly.evidence(ADDRESS)["history"]
    assert history[-1]["what"] == "changed"
    assert "nichts zu ändern" in after(client, f"{HERE}/save", {**WISHES, "topic": [known[1]]})
    assert assembly.evidence(ADDRESS)["history"] == history


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"frequency": "daily"}])
def test_an_unknown_choice_is_a_clear_line_and_changes_nothing(
    assembly: Assembly, client: TestClient, wrong: dict[str, str]
):
    before = person(assembly)
    page = after(client, f"{HERE}/save", {**WISHES, **wrong})
    assert 'class="note refused"' in page
    assert person(assembly) == before


def test_pause_resume_and_end(assembly: Assembly, client: TestClient):
    """Each by a button, each in the audit log; whoever has ended is barred, and the page says so."""
    steps = (
        ("pause", SubscriberState.PAUSED),
        ("resume", SubscriberState.CONFIRMED),
        ("end", SubscriberState.UNSUBSCRIBED),
    )
    for act, state in steps:
        page = after(client, f"{HERE}/{act}", {"newsletter": "weekly"})
        assert person(assembly).state is state
    assert "hat sich abgemeldet" in page
    assert [what for what, *_ in acts(assembly)] == [
        "subscriber.unsubscribe",
        "subscriber.resume",
        "subscriber.pause",
    ]


def test_a_pending_person_is_confirmed_on_a_named_proof_only(assembly: Assembly, client: TestClient):
    pending = next(p for p in assembly.subscribers() if p.state is SubscriberState.PENDING)
    here = f"/newsroom/subscribers/{pending.id}/confirm"
    assert 'class="note refused"' in after(client, here, {"newsletter": "weekly", "evidence": " "})
    after(client, here, {"newsletter": "weekly", "evidence": "Formular vom 2. März"})
    made = assembly.subscriber(pending.id, "weekly")
    assert made is not None
    assert made.state is SubscriberState.CONFIRMED


def test_the_evidence_is_one_document(assembly: Assembly, client: TestClient):
    """What was signed, when, by which wording; the page shows the same, the file is an attachment."""
    with browsing(assembly) as stranger:
        stranger.post("/de/subscribe", data={"address": "neu@b.de", "consent": "yes"})
    new = next(p for p in assembly.subscribers() if p.address == "neu@b.de")
    answer = client.get(f"/newsroom/subscribers/{new.id}/evidence.json")
    held = json.loads(answer.text)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert held["address"] == "neu@b.de"
    assert {step["what"] for step in held["history"]} == {"signed_up", "confirmation_sent"}
    paper = client.get(f"/newsroom/subscribers/{new.id}/evidence.txt").text
    page = client.get(f"/newsroom/subscribers/{new.id}").text
    (wording,) = held["consent_texts"].values()
    assert wording in page
    assert wording in paper
    assert "neu@b.de" in paper
    assert "Message-ID" in paper or "message_id" in paper
    assert "&quot;" not in paper
    assert "Bestätigungsmail verschickt" in page


def test_deletion_needs_the_tick_and_then_leaves_nothing(assembly: Assembly, client: TestClient):
    """Without it: a clear line, nothing changed. With it: gone, a report, an act that names an id only."""
    before = every_row(assembly)
    assert "Kästchen" in after(client, f"{HERE}/forget", {})
    assert every_row(assembly)["subscribers"] == before["subscribers"]
    answer = client.post(f"{HERE}/forget", data={"sure": "yes"})
    assert answer.status_code == 200
    assert "Sicherungen" in answer.text
    assert ADDRESS not in answer.text
    assert client.get(HERE).status_code == 404
    assert ("subscriber.forget", "administrator", PERSON) in acts(assembly)
    assert ADDRESS not in repr(every_row(assembly))


def test_an_import_shows_what_became_of_every_row_in_the_readers_language(
    assembly: Assembly, client: TestClient
):
    assembly.unsubscribe(ADDRESS)
    table = f"email;sprache;rechtsgrundlage\n{ADDRESS};de;mitglied\nneu@b.de;de;\nkaputt;de;\nneu@b.de;de;\n"
    page = client.post(
        "/newsroom/subscribers/import", data={"table": table, "newsletter": "weekly", "basis": "none"}
    ).text
    for line in (
        "eine eigene Anmeldung bringt sie zurück",
        "bekommt noch nichts",
        "keine brauchbare Adresse",
        "steht schon in dieser Tabelle",
    ):
        assert line in page
    assert "receives nothing" not in page


@pytest.mark.parametrize(
    "table",
    ["", "name\nAnna\n", "PK\x03\x04", 'email\n"a@b.de'],
    ids=["empty", "no_column", "xlsx", "open_quote"],
)
def test_a_table_that_cannot_be_read_is_a_clear_line(assembly: Assembly, client: TestClient, table: str):
    before = every_row(assembly)["subscribers"]
    answer = client.post(
        "/newsroom/subscribers/import",
        files={"file": ("a.csv", table.encode())},
        data={"newsletter": "weekly", "basis": "member"},
    )
    assert answer.status_code in (200, 303)
    if answer.status_code == 303:
        assert 'class="note refused"' in client.get(answer.headers["location"]).text
    assert [
        row for row in every_row(assembly)["subscribers"] if row not in before and "a@b.de" not in row
    ] == []


# -- retention


def test_retention_says_what_is_due_and_lets_it_go(assembly: Assembly, client: TestClient):
    """The screen's number is what then goes; the act stands in the audit log under the user's name."""
    assert "noch nie" in client.get("/newsroom/retention").text
    pending = sum(1 for p in assembly.subscribers() if p.state is SubscriberState.PENDING)
    assert f">{pending}</td>" in client.get("/newsroom/retention").text
    page = after(client, "/newsroom/retention", {})
    assert f"{pending} Einträge sind gegangen" in page
    assert "disabled" in page
    assert ("retention", "administrator", "records") in acts(assembly)


# -- the website


def story_of(assembly: Assembly) -> tuple[str, str]:
    placed = assembly.review.get("weekly-2026-03-05").placements[0]
    return placed.story_id, placed.headline


def test_a_story_is_found_and_taken_out_of_everything(assembly: Assembly, client: TestClient):
    """From feeds, archive, search and snippet at once; the reason stands in the audit log; back again likewise."""
    story, headline = story_of(assembly)
    places = (
        "/feeds/de/all.rss",
        "/archive/de/weekly-2026-03-05.html",
        f"/archive/de/?q={headline[:20]}",
        "/embed/de/all.html",
    )
    assert headline in client.get(f"/newsroom/website?q={headline[:20]}").text
    assert 'class="note refused"' in after(
        client, "/newsroom/website/take-down", {"story": story, "reason": ""}
    )
    assert all(headline in client.get(place).text for place in places)
    after(client, "/newsroom/website/take-down", {"story": story, "reason": "Bitte des Unternehmens"})
    assert ("story.take_down", "administrator", story) in acts(assembly)
    assembly.clock.advance(timedelta(seconds=5))  # type: ignore[attr-defined]
    page = client.get("/newsroom/website").text
    assert "Bitte des Unternehmens" in page
    published = assembly.site_folder
    assert [
        path for path in published.rglob("*") if path.is_file() and headline.encode() in path.read_bytes()
    ] == []
    after(client, "/newsroom/website/put-back", {"story": story})
    assert headline in (published / "feeds/de/all.rss").read_text(encoding="utf-8")


def test_words_of_an_editor_that_still_name_it_are_shown_and_can_be_hidden(
    assembly: Assembly, client: TestClient
):
    """A sent edition cannot be edited; its greeting and subject can be left out of the archive."""
    story, headline = story_of(assembly)
    earlier = assembly.review.get("weekly-2026-03-05")
    words = (("de", f"Besonders freut uns: {headline}. Viel Freude!"),)
    oldest = replace(
        earlier,
        id="weekly-2026-02-26",
        introductions=words,
        subjects=(("de", headline),),
        day=earlier.day - timedelta(7),
    )
    keep(assembly, oldest)
    page = after(client, "/newsroom/website/take-down", {"story": story, "reason": "Bitte"})
    assert "Die Einleitung von weekly-2026-02-26 (Deutsch) nennt sie noch" in page
    archived = assembly.site_folder / "archive/de/weekly-2026-02-26.html"
    assert "Besonders freut uns" in archived.read_text(encoding="utf-8")
    after(
        client, "/newsroom/website/take-down", {"story": "words:weekly-2026-02-26:de", "reason": "nennt sie"}
    )
    text = archived.read_text(encoding="utf-8")
    assert headline not in text
    assert "Besonders freut uns" not in text
    assert "Wieder zeigen" in client.get("/newsroom/website").text


def test_no_story_of_that_name_is_a_clear_line(assembly: Assembly, client: TestClient):
    for path, data in (
        ("website/take-down", {"story": "s-none", "reason": "x"}),
        ("website/put-back", {"story": "s-none"}),
    ):
        answer = client.post(f"/newsroom/{path}", data=data)
        assert answer.status_code == 404
        assert "gibt es nicht" in answer.text
    assert client.post(f"{HERE}/save", data={**WISHES, "newsletter": "none"}).status_code == 404
    with assembly.store.read() as unit:
        assert unit.takedowns.all() == []


def test_an_editor_reads_the_website_screen_and_takes_nothing_down(assembly: Assembly):
    story, _ = story_of(assembly)
    with world.browsing(assembly, "editor") as client:
        assert "Überall entfernen" not in client.get("/newsroom/website?q=a").text
        answer = client.post("/newsroom/website/take-down", data={"story": story, "reason": "x"})
    assert answer.status_code == 403
