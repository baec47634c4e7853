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
