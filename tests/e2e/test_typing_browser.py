"""What an editor types is never lost in the newsroom, and what it did is always seen; in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests import newsroom_world as world

from newsdigest.assembly import Assembly

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ID = "weekly-2026-03-12"
PAGE = f"/newsroom/editions/{ID}"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace."""
    made = world.make_world(tmp_path / "workspace", migrated_database, base="http://127.0.0.1:1")
    yield made
    made.close()


@pytest.fixture
def base(assembly: Assembly) -> Iterator[str]:
    """The address of a real server over the workspace."""
    with world.serving(assembly) as address:
        yield address


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """The edition screen of an approver."""
    made = browser.new_context(locale="de", reduced_motion="reduce").new_page()
    made.set_default_timeout(15_000)
    made.goto(base + PAGE)
    log_in(made)
    made.wait_for_url(base + PAGE)
    made.wait_for_load_state("networkidle")
    yield made
    made.context.close()


def log_in(page: Page) -> None:
    page.fill("[name=name]", "approver")
    page.fill("[name=password]", world.PASSWORD)
    page.keyboard.press("Enter")


def drop(page: Page, id_: str) -> None:
    page.click(f'[data-p="{id_}"] .drop')
    page.wait_for_selector(f'[data-p="{id_}"].dropped')


def test_an_act_elsewhere_keeps_what_is_typed(page: Page, assembly: Assembly):
    """A greeting and a headline half written stay while a story is dropped; saving one leaves the other."""
    page.click("#words summary")
    page.fill("#f-introduction", "Guten Tag, noch nicht fertig")
    page.click('[data-p="s001.de"] h3 a')
    page.fill("#f-headline", "Halb getippt")
    drop(page, "s002.de")
    assert page.input_value("#f-introduction") == "Guten Tag, noch nicht fertig"
    assert page.input_value("#f-headline") == "Halb getippt"
    page.click("#words button.primary")
    page.wait_for_selector(".note:has-text('Begrüßung')")
    assert page.input_value("#f-headline") == "Halb getippt"
    page.click(".edit-panel button.primary")
    page.wait_for_selector('[data-p="s001.de"] h3:has-text("Halb getippt")')
    assert page.is_hidden("#unsaved")
    assert dict(assembly.edition(ID).introductions)["de"] == "Guten Tag, noch nicht fertig"


def test_a_lost_session_and_a_refusal_keep_what_is_typed(page: Page, base: str, assembly: Assembly):
    """After the log-in the words are there again; so they are after a colleague's change in between."""
    page.click('[data-p="s001.de"] h3 a')
    page.fill("#f-headline", "Ein neuer Titel")
    assembly.clock.set(world.NOW + timedelta(hours=3))  # type: ignore[attr-defined]
    page.click(".edit-panel button.primary")
    page.wait_for_selector("text=was Sie getippt haben, ist noch da")
    log_in(page)
    page.wait_for_selector("#unsaved:visible")
    page.click("[data-unsaved=show]")
    page.wait_for_selector("#f-headline")
    assert page.input_value("#f-headline") == "Ein neuer Titel"
    assembly.review.drop(ID, "s003.de", by="editor")
    page.click(".edit-panel button.primary")
    page.wait_for_selector(".note.refused:has-text('editor hat inzwischen')")
    assert page.input_value("#f-headline") == "Ein neuer Titel"
    page.click(".edit-panel button.primary")
    page.wait_for_selector(".note.done")
    placement = assembly.edition(ID).placement("s001.de")
    assert placement is not None
    assert placement.headline == "Ein neuer Titel"


def test_nothing_is_approved_past_unsaved_words(page: Page, assembly: Assembly):
    """Approving waits until they are saved or dropped; a double click approves once."""
    page.click("#words summary")
    page.fill("#f-subject", "Ein Betreff, der noch fehlt")
    page.click("#approve")
    page.wait_for_selector("#unsaved[role=alert]")
    assert assembly.edition(ID).approval is None
    page.click("[data-unsaved=drop]")
    page.wait_for_selector("#unsaved", state="hidden")
    page.dblclick("#approve")
    page.wait_for_selector(".approved")
    assert assembly.edition(ID).approval is not None


def test_what_an_act_did_is_seen_wherever_the_editor_is(page: Page):
    """The note with its way back stands in the bar, also far down the list; the focus stays with the story."""
    last = page.locator("#acts .section .story").last
    id_ = str(last.get_attribute("data-p"))
    page.locator(f'[data-p="{id_}"] .drop').focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f'[data-p="{id_}"].dropped')
    box, window = page.locator(".note").bounding_box(), page.viewport_size
    assert box is not None
    assert window is not None
    assert 0 <= box["y"] < window["height"]
    assert page.evaluate("document.activeElement.dataset.p") == id_
    page.click("[data-close]")
    assert page.locator(".note").count() == 0


@pytest.mark.parametrize("width", [375, 1280])
def test_an_act_leaves_the_editor_where_they_are(page: Page, width: int):
    """Far down the list, too: the story acted on stays in view, the preview follows it and not the other way round."""
    page.set_viewport_size({"width": width, "height": 800})
    row = page.locator("#acts .section .story").nth(8)
    id_ = str(row.get_attribute("data-p"))
    row.locator(".drop").scroll_into_view_if_needed()
    before = row.bounding_box()
    drop(page, id_)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)  # what would move it comes after loading
    after = page.locator(f'[data-p="{id_}"]').bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 150


def test_a_second_enter_does_not_save_twice(page: Page, assembly: Assembly):
    """The second would be refused as a change by somebody else: the editor's own first one."""
    before = assembly.edition(ID).version
    page.click('[data-p="s001.de"] h3 a')
    page.fill("#f-headline", "Einmal gespeichert")
    page.evaluate(
        """() => { const form = document.getElementById('edit-form');
        form.requestSubmit(); document.querySelector('.edit-panel .primary').click(); }"""
    )
    page.wait_for_selector(".note.done")
    page.wait_for_load_state("networkidle")
    assert page.locator(".note.refused").count() == 0
    assert assembly.edition(ID).version == before + 1


def test_the_check_list_stays_open_over_an_act(page: Page):
    """Whoever works it through from top to bottom need not open it again after each story."""
    page.wait_for_selector(".check-fold", state="attached")
    page.click(".check-fold > summary")
    with page.expect_response(lambda answer: "part=checks" in answer.url):
        drop(page, "s002.de")
        assert page.locator(".check-fold[open]").count() == 1
    page.wait_for_load_state("networkidle")
    assert page.locator(".check-fold[open]").count() == 1


def test_what_is_typed_is_gone_with_the_log_out(page: Page):
    """The next user of the machine finds nothing."""
    page.click("#words summary")
    page.fill("#f-introduction", "Vertraulich")
    page.click("form[data-leave] button")
    page.wait_for_selector("[name=password]")
    assert "Vertraulich" not in page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
