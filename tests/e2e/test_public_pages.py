"""The public pages in a real browser: no script needed, no barrier, both languages, phone and desk, light and dark."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.web_world import NOW, keep, make_assembly, sent_edition

from newsdigest.assembly import Assembly
from newsdigest.text import tokens
from newsdigest.web.app import create_app
from newsdigest.web.server import bind, web_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe-core" / "axe.min.js"
SCREENSHOTS = os.environ.get("SCREENSHOTS_FOLDER", "")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, migrated_database: Path
) -> Iterator[tuple[Assembly, str]]:
    """A workspace with one edition sent, served on a port of the loopback."""
    listening = bind("127.0.0.1", 0)
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    assembly = make_assembly(tmp_path_factory.mktemp("house") / "workspace", migrated_database, base=base)
    keep(assembly, sent_edition())
    server = web_server(create_app(assembly, has_newsroom=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield assembly, base
    server.should_exit = True
    thread.join(10)
    assembly.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium: install Debian's chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield made
        made.close()


def person(assembly: Assembly, language: str, name: str = "anna") -> tuple[str, str]:
    """(subscriber id, newsletter id) of somebody who reads in that language."""
    made, _ = assembly.add_subscriber(address=f"{name}.{language}@example.org", language=language)
    return made.id, made.newsletter_id


def pages_of(assembly: Assembly, language: str) -> dict[str, str]:
    """Every kind of public page by name, with its path."""
    from newsdigest.subscribing.consent import Wishes
    from newsdigest.subscribing.sign_up import confirm_token

    id_, newsletter = person(assembly, language)
    pending, _ = assembly.add_subscriber(
        address=f"new.{language}@example.org", language=language, basis="none"
    )
    keys = assembly.secret_keys
    return {
        "home": f"/{language}/",
        "subscribe": f"/{language}/subscribe",
        "feeds": f"/{language}/feeds",
        "my_data": f"/{language}/my-data",
        "archive": f"/archive/{language}/",
        "search": f"/archive/{language}/?q=sensor",
        "search_nothing": f"/archive/{language}/?q=xyzzy",
        "edition": f"/archive/{language}/weekly-2026-03-12.html",
        "confirm": "/confirm/" + confirm_token(keys, pending, Wishes(language=language), NOW),
        "unsubscribe": "/unsubscribe/" + tokens.sign(keys, "unsubscribe", id_, newsletter),
        "preferences": "/preferences/" + tokens.sign(keys, "preferences", id_, newsletter),
        "personal": "/my-data/" + tokens.sign(keys, "personal", id_, NOW.isoformat()),
        "missing": f"/{language}/nothing",
        "void": "/unsubscribe/forged",
        "void_confirm": "/confirm/"
        + confirm_token(keys, pending, Wishes(language=language), NOW - timedelta(days=15)),
    }


NAMES = (
    "home", "subscribe", "feeds", "my_data", "archive", "search", "search_nothing", "edition", "confirm", "unsubscribe",
    "preferences", "personal", "missing", "void", "void_confirm",
)  # fmt: skip


def open_page(browser: Any, *, scheme: str, width: int, locale: str = "de-DE") -> Any:
    """A fresh page without JavaScript for the site (axe is put in by the browser itself)."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale, bypass_csp=True
    )
    return context.new_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("language", ["de", "en"])
def test_no_page_has_a_barrier(
    house: tuple[Assembly, str], browser: Any, language: str, width: int, scheme: str
):
    """axe-core finds nothing on any public page, and nothing is wider than a phone."""
    assembly, base = house
    page = open_page(browser, scheme=scheme, width=width, locale={"de": "de-DE", "en": "en-GB"}[language])
    found: dict[str, list[str]] = {}
    for name, path in pages_of(assembly, language).items():
        page.goto(base + path)
        if SCREENSHOTS:
            page.screenshot(path=f"{SCREENSHOTS}/{name}-{language}-{width}-{scheme}.png", full_page=True)
        page.add_script_tag(path=str(AXE))
        result = page.evaluate("rules => axe.run(document, rules)", RULES)
        lines = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            lines.append("wider than the window")
        if page.get_attribute("html", "lang") != language:
            lines.append(f"lang is {page.get_attribute('html', 'lang')}")
        if lines:
            found[name] = lines
    page.context.close()
    assert found == {}


def first_letter(outbox: Path) -> Path:
    """The first mail written; the page answers before the mail is handed over."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if found := sorted(outbox.glob("*.eml")):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"no mail in {outbox}")


def test_the_whole_way_without_javascript(house: tuple[Assembly, str], browser: Any):
    """Sign up, confirm, change topics, leave, come back: forms alone, no script, no cookie."""
    assembly, base = house
    context = browser.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(base + "/")
    page.get_by_role("link", name="Newsletter abonnieren").click()
    page.get_by_label("E-Mail-Adresse").fill("berta@example.org")
    page.get_by_role("button", name="Abonnieren").click()
    assert page.locator("#consent-error").is_visible()
    page.get_by_label("Ich möchte den Newsletter").check()
    page.get_by_label("Medizintechnik").first.check()
    page.get_by_role("button", name="Abonnieren").click()
    assert page.get_by_role("heading", name="Bitte sehen Sie in Ihr Postfach").is_visible()
    letter = first_letter(assembly.workspace.var / "outbox").read_bytes().replace(b"=\r\n", b"").decode()
    link = next(line for line in letter.splitlines() if line.startswith(base + "/confirm/"))
    page.goto(link.replace("=3D", "="))
    page.get_by_role("button", name="Ja, Newsletter senden").click()
    assert page.get_by_role("heading", name="Willkommen!").is_visible()
    page.get_by_role("link", name="Einstellungen ändern").click()
    page.get_by_label("Einmal im Monat").check()
    page.get_by_role("button", name="Speichern").click()
    assert page.get_by_text("Gespeichert.").is_visible()
    page.get_by_role("button", name="Abbestellen").click()
    assert page.get_by_text("Sie sind abgemeldet.").is_visible()
    page.get_by_role("button", name="Wieder anmelden").click()
    assert page.get_by_text("Sie erhalten den Newsletter.").is_visible()
    assert context.cookies() == []
    context.close()


def test_no_request_leaves_the_house(house: tuple[Assembly, str], browser: Any):
    """No font, picture or script from anywhere else: the archive page loads from our host only."""
    _, base = house
    page = open_page(browser, scheme="light", width=1280)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(base + "/archive/de/weekly-2026-03-12.html")
    page.context.close()
    assert asked
    assert [url for url in asked if not url.startswith(base)] == []
