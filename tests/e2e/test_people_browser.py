"""The newsroom's screens for people and the website in a real browser: accessible, narrow, without script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests import newsroom_world as world
from tests import web_world

from newsdigest.assembly import Assembly
from newsdigest.model import ids
from newsdigest.model.mailings import DeliveryState
from newsdigest.subscribing.amend import Change

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ADDRESS = "leserin01@haus-1.example"
PERSON = f"/newsroom/subscribers/{'p' + ids.derive('subscriber', ADDRESS)}"
PENDING = f"/newsroom/subscribers/{'p' + ids.derive('subscriber', 'leserin05@haus-5.example')}"
SCREENS = (
    "/newsroom/subscribers", PERSON, PENDING, "/newsroom/retention", "/newsroom/website", "/newsroom/website?q=a",
)  # fmt: skip

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
    """People with a history, an edition that was sent to them, and a story taken down that a greeting names."""
    made = prepared(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


@pytest.fixture
def base(assembly: Assembly) -> Iterator[str]:
    """The address of a real server over the workspace."""
    with world.serving(assembly) as address:
        yield address


def prepared(folder: Path, database: Path) -> Assembly:
    """See the fixture; also used for screenshots."""
    made = world.make_world(folder, database, base="http://127.0.0.1:1")
    story = next(p for p in made.review.get("weekly-2026-03-05").placements if p.language == "de")
    earlier = made.review.get("weekly-2026-03-05")
    words = (("de", f"Liebe Mitglieder, besonders freut uns: {story.headline}. Viel Freude beim Lesen!"),)
    oldest = replace(
        earlier, id="weekly-2026-02-26", number=9, introductions=words, day=earlier.day - timedelta(days=7)
    )
    web_world.keep(made, oldest)
    for what in (Change.PAUSE, Change.RESUME):
        made.amend_subscriber(
            PERSON.rpartition("/")[2], newsletter_id="weekly", what=what, by="administrator"
        )
    made.add_subscriber(
        address="neu@haus-1.example", name="Neue Leserin", evidence="Formular vom 2. März, Ordner 7"
    )
    made.approve("weekly-2026-03-12", by="approver")
    made.dispatch("weekly-2026-03-12", by="approver")
    made.take_down(story.story_id, by="approver", reason="Das Unternehmen bittet darum.")
    return made


def enter(page: Page, base: str, path: str) -> None:
    page.goto(base + path)
    page.fill("[name=name]", "administrator")
    page.fill("[name=password]", world.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(base + path)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_a_barrier_or_scrolls_sideways(browser: Browser, base: str, language: str, scheme: str):
    """axe-core finds nothing against WCAG 2.2 AA, everything unfolded; at 375 px nothing is cut off."""
    looks: Any = {"locale": language, "reduced_motion": "reduce", "color_scheme": scheme, "bypass_csp": True}
    context = browser.new_context(**looks)
    page = context.new_page()
    enter(page, base, "/newsroom")
    found: list[str] = []
    for path in SCREENS:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(base + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.add_script_tag(path=str(AXE))
        run = "(rules) => axe.run(document, {runOnly: rules}).then((result) => result.violations)"
        for violation in page.evaluate(run, RULES):
            found += [
                f"{path}: {violation['id']}: {n['target']} {n['failureSummary'][:200]}"
                for n in violation["nodes"]
            ]
        page.set_viewport_size({"width": 375, "height": 812})
        if page.evaluate("document.documentElement.scrollWidth") > 375:
            found.append(f"{path}: scrolls sideways")
    assert found == []
    context.close()


def test_a_person_is_changed_shown_and_forgotten_without_script(
    browser: Browser, base: str, assembly: Assembly
):
    """Find somebody, change what they get, load the evidence, delete them: by forms alone."""
    page = browser.new_context(locale="de", java_script_enabled=False, accept_downloads=True).new_page()
    page.set_default_timeout(15_000)
    enter(page, base, "/newsroom/subscribers")
    page.fill("[name=q]", ADDRESS)
    page.click("text=Suchen >> nth=-1")
    page.click(f"text={ADDRESS}")
    page.select_option("[name=frequency]", "monthly")
    page.click("text=Speichern")
    assert "Gespeichert." in page.inner_text("#note")
    with page.expect_download() as download:
        page.click("text=Nachweis laden")
    assert ADDRESS in Path(download.value.path()).read_text(encoding="utf-8")
    page.check("[name=sure]")
    page.click("text=Endgültig löschen")
    assert page.inner_text("h1") == "Gelöscht"
    assert ADDRESS not in {person.address for person in assembly.subscribers()}
    left = [
        d.state
        for d in assembly.deliveries("weekly-2026-03-12")
        if d.subscriber_id == PERSON.rpartition("/")[2]
    ]
    assert set(left) <= {DeliveryState.PLANNED}
    page.context.close()
