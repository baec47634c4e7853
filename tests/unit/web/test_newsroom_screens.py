"""What the screens say and keep: notes that name consequences, ways back, one line for what is alike."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests import newsroom_world as world

from newsdigest.assembly import Assembly
from newsdigest.web import auth

ID = "weekly-2026-03-12"
PAGE = f"/newsroom/editions/{ID}"


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


@pytest.fixture
def chief(assembly: Assembly) -> Iterator[TestClient]:
    """An approver's browser."""
    with world.browsing(assembly, "approver") as client:
        yield client


def act(client: TestClient, assembly: Assembly, path: str, **fields: str) -> tuple[str, str]:
    """Make one act and return where it leads and what is said there."""
    data = {"version": str(assembly.edition(ID).version), "lang": "de", **fields}
    answer = client.post(f"{PAGE}/{path}", data=data)
    page = client.get(answer.headers["location"].partition("#")[0]).text
    found = re.search(r'class="note \w+">\s*<p>(.*?)</p>', page, re.DOTALL)
    return answer.headers["location"], html.unescape(found[1]) if found else ""


def test_a_change_of_an_approved_edition_says_what_it_costs(assembly: Assembly, chief: TestClient):
    """Nobody finds out on Thursday that Wednesday's approval was lost."""
    assembly.approve(ID, by="approver")
    assert 'name="approved" value="1"' in chief.get(PAGE).text
    assert act(chief, assembly, "placements", act="drop s002.de", approved="1")[1].endswith(
        "Die Freigabe ist damit hinfällig."
    )
    assert "hinfällig" not in act(chief, assembly, "placements", act="drop s003.de")[1]


def test_an_act_elsewhere_leaves_the_edit_panel_open(assembly: Assembly, chief: TestClient):
    """So does a refused edit; a saved one closes it."""
    assert "edit=s001.de" in act(chief, assembly, "placements", act="drop s002.de", edit="s001.de")[0]
    refused = act(chief, assembly, "placements", act="edit s001.de", headline="", teaser="x")
    assert "edit=s001.de" in refused[0]
    assert (
        "edit=" not in act(chief, assembly, "placements", act="edit s001.de", headline="Neu", teaser="x")[0]
    )


def test_a_lost_session_leads_back_to_where_the_editor_was(assembly: Assembly, chief: TestClient):
    """After an act to its page, after a part of a page to that page as it was looked at; never to another house."""
    assembly.clock.set(world.NOW + timedelta(hours=3))  # type: ignore[attr-defined]
    lost = chief.post(f"{PAGE}/placements", data={"version": "0", "act": "drop s001.de"})
    assert lost.headers["location"] == f"/newsroom/log-in?next={PAGE}&over=1"
    seen = {"HX-Request": "true", "HX-Current-URL": f"https://news.example.org{PAGE}?lang=en&edit=s001.en"}
    part = chief.post(f"{PAGE}/placements", data={"version": "0", "act": "drop s001.de"}, headers=seen)
    assert part.headers["hx-redirect"] == (
        f"/newsroom/log-in?next={PAGE}%3Flang%3Den%26edit%3Ds001.en&over=typed"
    )
    page = html.unescape(chief.get(part.headers["hx-redirect"]).text)
    assert f'name="next" value="{PAGE}?lang=en&edit=s001.en"' in page
    assert "was Sie getippt haben, ist noch da" in page


def test_what_is_said_of_many_stories_is_one_line(assembly: Assembly, chief: TestClient):
    """Thirty equal lines would hide the one that matters; every story is still linked."""
    draft = assembly.edition(ID)
    german = [p for p in draft.placements if p.language == "de"][:4]
    unsure = {p.id: replace(p, warnings=("unsure_language",)) for p in german}
    with assembly.store.write() as unit:
        unit.editions.save(
            replace(draft, placements=tuple(unsure.get(p.id, p) for p in draft.placements)), what="changed"
        )
    page = chief.get(f"{PAGE}?part=checks").text
    assert page.count("Stimmt die Sprache?") == 1
    assert "4 Meldungen" in page
    assert all(f"#p-{p.id}" in page for p in german)


def test_a_story_leads_back_to_its_row(assembly: Assembly, chief: TestClient):
    """Under the headline the edition gives it, not at the top of the list."""
    act(
        chief, assembly, "placements", act="edit s001.de", headline="Wie sie in der Ausgabe heißt", teaser="x"
    )
    for path in (f"{PAGE}/why/s001.de", f"/newsroom/stories/s001?edition={ID}"):
        page = chief.get(path).text
        assert "<h1>Wie sie in der Ausgabe heißt</h1>" in page
        assert f'href="{PAGE}?lang=de#p-s001.de"' in page


def test_reasons_are_read_out_in_words(assembly: Assembly, chief: TestClient):
    """No ids, no UTC, no decimal points: topics by name, the place of a word, times of the association's zone."""
    page = html.unescape(re.sub(r"<[^>]+>", "", chief.get(f"{PAGE}/why/s001.de").text))
    assert "Biosphäre Sachsen (Verband)" in page
    assert "Medizintechnik und intelligente Medizinprodukte, 91 %: implantat, sensorik" in page
    assert "Deutsch, 99 %, automatisch" in page
    assert "3,84 Mio. Euro, 5. März" in page
    assert "UTC" not in page


def test_the_preview_has_a_place_for_every_story_and_the_bytes_do_not(assembly: Assembly, chief: TestClient):
    """The screen scrolls the preview to the story at hand; what is sent stays as it was approved."""
    shown = chief.get(f"{PAGE}/preview/de").text
    for placement in assembly.edition(ID).placed("de"):
        assert shown.count(f'id="p-{placement.id}"') == bool(placement.url)
    assert 'id="p-' not in chief.get(f"{PAGE}/bytes/de.html").text


def test_wrong_settings_are_told_in_the_visitors_language(assembly: Assembly):
    """File, line and setting stay; what is wrong and what to write instead is German on a German screen."""
    config = assembly.workspace.folder / "config"
    config.mkdir(exist_ok=True)
    (config / "newsdigest.yaml").write_text(
        "association:\n  name: Haus\n  zone: Mond/Krater\nnetwork:\n  host_intervall: 1\n  host_interval: bald\n"
        "mail:\n  relays:\n    host: x\n",
        encoding="utf-8",
    )
    with world.browsing(assembly, "editor") as client:
        page = client.get("/newsroom/settings").text
        english = client.get("/newsroom/settings", headers={"Accept-Language": "en"}).text
    found = re.search(r'<ol class="problems">(.*?)</ol>', page, re.DOTALL)
    assert found is not None
    said = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[1])))
    for part in (
        "newsdigest.yaml, Zeile 3, Spalte", "association.zone", "ist keine", "gemeint ist vielleicht „host_interval“",
        "muss eine Zahl sein", "dort steht: „bald“", "muss eine Liste sein",
    ):  # fmt: skip
        assert part in said
    assert not re.search(r"\b(must|found|is no|did you mean|unknown)\b", said)
    assert "did you mean" in html.unescape(english)


def test_an_administrator_helps_a_colleague_back_in(assembly: Assembly):
    """A new password, without the second factor where the phone is lost; one's own stays on one's own page."""
    auth.change_user(store=assembly.store, name="editor", totp_secret="A" * 32, by="test", now=world.NOW)
    new = "ein ganz neuer langer Satz"
    with world.browsing(assembly, "administrator") as client:
        form = {"password": new, "without_second_factor": "1"}
        client.post("/newsroom/users/editor/password", data=form)
        assert "Neues Passwort für editor gespeichert" in client.get("/newsroom/users").text
        client.post("/newsroom/users/administrator/password", data={"password": new})
        assert "note refused" in client.get("/newsroom/users").text
    with world.browsing(assembly) as client:
        answer = client.post("/newsroom/log-in", data={"name": "editor", "password": new})
        assert answer.headers["location"] == "/newsroom"


def test_a_user_sets_the_address_of_their_test_mails(assembly: Assembly):
    """Without one the test mail to oneself goes nowhere; what is no address is refused."""
    with world.browsing(assembly, "editor") as client:
        client.post("/newsroom/account/email", data={"email": "redaktion@haus.example"})
        assert 'value="redaktion@haus.example"' in client.get("/newsroom/account").text
        client.post("/newsroom/account/email", data={"email": "kein@"})
        assert "keine brauchbare Adresse" in client.get("/newsroom/account").text
    with world.browsing(assembly, "approver") as client:
        auth.change_user(
            store=assembly.store, name="approver", email="chefin@haus.example", by="test", now=world.NOW
        )
        assert act(client, assembly, "test")[1] == "2 Testmails gesendet an chefin@haus.example."


def test_the_audit_log_reads_as_sentences(assembly: Assembly):
    """Who did what in words, with a way to what it was done to."""
    assembly.review.drop(ID, "s002.de", by="editor")
    with world.browsing(assembly, "administrator") as client:
        page = client.get("/newsroom/audit").text
    assert "hat sich angemeldet" in page
    assert "hat eine Meldung herausgenommen" in page
    assert f'<a href="{PAGE}">{ID}</a>' in page


def test_a_wrong_address_is_said_in_the_newsroom(assembly: Assembly, chief: TestClient):
    """With the way back to the overview; a stranger learns nothing but where the log-in is."""
    answer = chief.get("/newsroom/ausgaben/7")
    assert answer.status_code == 404
    assert "„/newsroom/ausgaben/7“ gibt es nicht" in answer.text
    assert 'href="/newsroom"' in answer.text
    with world.browsing(assembly) as stranger:
        assert stranger.get("/newsroom/ausgaben/7").status_code == 303
