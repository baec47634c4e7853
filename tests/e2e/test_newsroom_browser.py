"""The newsroom in a real browser: the editor's week, hostile content, keyboard and drag, accessibility."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from playwright.sync_api import Browser, Page, sync_playwright
from tests import newsroom_world as world
from tests.editing_store import fill, make_item

from newsdigest.assembly import Assembly

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe-core" / "axe.min.js"
ID = "weekly-2026-03-12"
PAGE = f"/newsroom/editions/{ID}"
SCREENS = (
    "/newsroom", "/newsroom/editions", PAGE, f"{PAGE}?edit=s002.de&open=words&checks=1", f"{PAGE}?lang=en&open=own",
    f"{PAGE}?view=phone&open=waiting", f"{PAGE}/history", f"{PAGE}/left-out", f"{PAGE}/why/s001.de", f"{PAGE}/sending",
    "/newsroom/stories/s001", "/newsroom/sources", "/newsroom/sources/smwt", "/newsroom/subscribers",
    "/newsroom/bounces", "/newsroom/jobs", "/newsroom/settings", "/newsroom/audit", "/newsroom/users",
    "/newsroom/account", "/newsroom/editions/none",
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
    """A full workspace whose testers have an address."""
    made = world.make_world(tmp_path / "workspace", migrated_database, base="http://127.0.0.1:1")
    yield made
    made.close()


@pytest.fixture
def base(assembly: Assembly) -> Iterator[str]:
    """The address of a real server over the workspace."""
    with world.serving(assembly) as address:
        yield address


def new_page(browser: Browser, **options: Any) -> Page:
    page = browser.new_context(locale="de", reduced_motion="reduce", **options).new_page()
    page.set_default_timeout(15_000)
    return page


def enter(page: Page, base: str, path: str = PAGE, name: str = "administrator") -> None:
    """Follow a link of the Thursday mail through the log-in."""
    page.goto(base + path)
    page.fill("[name=name]", name)
    page.fill("[name=password]", world.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(base + path)


class Clicks:
    """Counts the clicks of a person; typing is not one."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def on(self, selector: str) -> None:
        self.page.click(selector)
        self.count += 1
        self.page.wait_for_load_state("networkidle")


def test_the_editors_week_takes_at_most_twelve_clicks(browser: Browser, base: str, assembly: Assembly):
    """From the log-in to approved: two dropped, one dragged up, a title, a greeting, the phone, approve."""
    page = new_page(browser, viewport={"width": 1440, "height": 900})
    clicks = Clicks(page)
    page.goto(base + PAGE)
    page.fill("[name=name]", "approver")
    page.fill("[name=password]", world.PASSWORD)
    clicks.on("button.primary")
    clicks.on("#p-s002\\.de .drop")
    page.wait_for_selector("#p-s002\\.de.dropped")
    first = assembly.edition(ID).placed("de")[2].id.replace(".", "\\.")
    clicks.on(f"#p-{first} .drop")
    page.wait_for_selector(f"#p-{first}.dropped")
    before, last = [p.id for p in assembly.edition(ID).placed("de") if p.section_id == "members"][:2]
    page.locator(f'[data-p="{last}"]').drag_to(
        page.locator(f'[data-p="{before}"]'), target_position={"x": 80, "y": 6}
    )
    clicks.count += 1
    page.wait_for_selector(f'[data-p="{last}"] ~ [data-p="{before}"]')
    clicks.on("#p-s001\\.de h3 a")
    page.fill("[name=headline]", "Ein besserer Titel")
    page.keyboard.press("Enter")
    page.wait_for_selector("#p-s001\\.de h3 a:has-text('Ein besserer Titel')")
    clicks.on("#words summary")
    page.fill("[name=introduction]", "Guten Tag,\n\nzwei Zeilen zum Gruß.")
    clicks.on("#words button.primary")
    page.wait_for_selector("#words .fold-hint:has-text('zwei Zeilen')")
    clicks.on("#preview .tabs a:has-text('Telefon')")
    page.wait_for_selector(".view-phone iframe")
    clicks.on("#approve")
    page.wait_for_selector(".approved")
    assert clicks.count <= 12, clicks.count
    approved = assembly.edition(ID)
    assert approved.approval is not None
    assert [p.id for p in approved.placed("de") if p.section_id == "members"][:2] == [last, before]
    assert dict(approved.introductions)["de"] == "Guten Tag,\n\nzwei Zeilen zum Gruß."
    page.context.close()


def test_the_keyboard_does_the_same(browser: Browser, base: str, assembly: Assembly):
    """j, x, J, p, e and z act on the chosen story; the choice survives each act."""
    page = new_page(browser)
    enter(page, base)
    page.wait_for_selector("#keys-button:visible")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.wait_for_selector("#p-s001\\.de.dropped.chosen")
    page.keyboard.press("z")
    page.wait_for_selector("#p-s001\\.de.chosen:not(.dropped)")
    page.keyboard.press("J")
    page.wait_for_selector("#p-s002\\.de + #p-s001\\.de.chosen")
    page.keyboard.press("p")
    page.wait_for_selector("#p-s001\\.de.lead-story")
    page.keyboard.press("e")
    page.wait_for_selector("#p-s001\\.de [name=headline]:focus")
    assert [p.id for p in assembly.edition(ID).placed("de")][:2] == ["s002.de", "s001.de"]
    page.context.close()


HOSTILE = (
    '<script>alert(1)</script><img src="http://127.0.0.1:9/beacon.png" onerror="alert(2)">'
    '<style>@import url("http://127.0.0.1:9/x.css");</style><svg onload=alert(3)>"><iframe src=javascript:alert(4)>'
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">{{7*7}}'
)


@pytest.mark.parametrize("view", ["desktop", "dark", "no-style", "text"])
def test_hostile_words_stay_words(browser: Browser, base: str, assembly: Assembly, view: str):
    """In list and preview no request leaves, no dialog opens, nothing is computed (T1, T2, T13)."""
    draft = assembly.edition(ID)
    spoiled = tuple(
        replace(p, headline=HOSTILE[:190], teaser=HOSTILE, organisation=HOSTILE[:100])
        if p.id.startswith("s00")
        else p
        for p in draft.placements
    )
    with assembly.store.write() as unit:
        unit.editions.save(
            replace(draft, placements=spoiled, introductions=(("de", HOSTILE),)), what="spoiled"
        )
    page = new_page(browser)
    left: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: left.append(request.url))
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    enter(page, base)
    page.goto(f"{base}{PAGE}?view={view}")
    page.wait_for_load_state("networkidle")
    assert ([url for url in left if not url.startswith(base)], dialogs) == ([], [])
    frame = page.frames[1]
    assert frame.url.startswith(f"{base}{PAGE}/preview/de")
    body = page.request.get(frame.url).text()
    assert "{{7*7}}" in body
    assert "<script" not in body
    page.context.close()


# The only rules whose outcome depends on colours; all others are asked once a screen.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
RULE_SETS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, path: str, **wanted: Any) -> list[str]:
    """Return what axe-core finds on the open page, one line a node."""
    options = {"iframes": False, **wanted}
    found = page.evaluate(
        "(options) => axe.run(document, options).then((result) => result.violations)", options
    )
    return [
        f"{path}: {v['id']}: {n['target']} {n['failureSummary'][:200]}" for v in found for n in v["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_screen_is_accessible(browser: Browser, base: str, language: str):
    """axe-core finds nothing against WCAG 2.2 AA: every rule in light, the rules of colour once more in dark."""
    looks: Any = {"locale": language, "reduced_motion": "reduce", "bypass_csp": True}
    context = browser.new_context(**looks)
    page = context.new_page()
    found: list[str] = []

    def check(path: str) -> None:
        page.emulate_media(color_scheme="light")
        page.goto(base + path)
        if page.locator("#checks").count():
            page.wait_for_selector(".check-list", state="attached")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.add_script_tag(path=str(AXE))
        found.extend(violations(page, path, runOnly=RULE_SETS))
        page.emulate_media(color_scheme="dark")
        found.extend(violations(page, f"{path} (dark)", runOnly={"type": "rule", "values": COLOUR_RULES}))

    check("/newsroom/log-in")
    enter(page, base, "/newsroom")
    for path in SCREENS:
        check(path)
    assert found == []
    context.close()


def test_nothing_overflows_on_a_phone(browser: Browser, base: str):
    """At 375 px no screen scrolls sideways, and every button of a list is at least 24 px."""
    page = new_page(browser, viewport={"width": 375, "height": 812})
    enter(page, base, "/newsroom")
    wide = []
    for path in SCREENS:
        page.goto(base + path)
        if page.evaluate("document.documentElement.scrollWidth") > 375:
            wide.append(path)
    assert wide == []
    page.context.close()


def test_reading_and_approving_need_no_script(browser: Browser, base: str, assembly: Assembly):
    """With JavaScript off: log in, drop, look at the check list, approve."""
    page = new_page(browser, java_script_enabled=False)
    enter(page, base, name="approver")
    page.click("#p-s002\\.de .drop")
    page.click("text=Prüfliste zeigen")
    assert page.locator(".check-list").count() == 1
    page.click("#approve")
    assert assembly.edition(ID).approval is not None
    page.context.close()


def test_the_sending_screen_follows_by_itself(browser: Browser, base: str, assembly: Assembly):
    """The page asks again every two seconds while mail is open, and stops when it is over."""
    assembly.approve(ID, by="approver")
    assembly.dispatch(ID, by="approver")
    page = new_page(browser)
    enter(page, base, f"{PAGE}/sending")
    assert page.locator(".state-waiting").count() == 1
    assembly.pause(ID, by="approver")
    page.wait_for_selector(".state-paused", timeout=6000)
    assert page.locator("#live[hx-trigger]").count() == 0
    page.context.close()


def test_late_stories_are_pulled_in(browser: Browser, base: str, assembly: Assembly):
    """What came after the copy deadline comes in on request, is counted, and goes again with one step."""
    late = make_item(77, "muldenmed", title="Eben erst gemeldet", first_seen=world.NOW - timedelta(hours=1))
    fill(assembly.store, (late,))
    page = new_page(browser)
    enter(page, base)
    assert page.locator("text=Eben erst gemeldet").count() == 0
    page.click("text=Nachzügler hereinholen")
    page.wait_for_selector(".note:has-text('1 Nachzügler')")
    assert page.locator("#acts h3:has-text('Eben erst gemeldet')").count() == 1
    page.click(".note button")
    page.wait_for_selector(".note:has-text('Zurückgenommen')")
    assert page.locator("#acts h3:has-text('Eben erst gemeldet')").count() == 0
    page.context.close()


def test_a_test_mail_leaves_or_says_why_not(browser: Browser, base: str, assembly: Assembly):
    """Nobody named: a German sentence says what to do. With an address: one message a language, marked as a test."""
    page = new_page(browser)
    enter(page, base)
    page.click(".bar button:text-is('Testmail')")
    page.wait_for_selector(".note.refused:has-text('niemand eingetragen')")
    with assembly.store.write() as unit:
        user = unit.users.get("administrator")
        assert user is not None
        unit.users.put(replace(user, email="pruefung@haus.example"))
    page.click(".bar button:text-is('Testmail')")
    page.wait_for_selector(".note:not(:has-text('niemand eingetragen'))")
    assert "2 Testmails gesendet" in page.inner_text(".note")
    mails = [path.read_bytes() for path in (assembly.workspace.folder / "var" / "outbox").rglob("*.eml")]
    assert len(mails) == 2
    assert all(b"Subject: =?utf-8?" in mail or b"[Test]" in mail for mail in mails)
    assert all(b"pruefung@haus.example" in mail for mail in mails)
    page.context.close()


HOME_PAGE = b"""<!doctype html><html lang="de"><title>Haus der Messtechnik</title>
<link rel="alternate" type="application/rss+xml" title="Neues aus dem Haus" href="/feed.xml"><h1>Haus</h1></html>"""
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Neues aus dem Haus</title>
<link>http://{host}/</link><language>de</language>
<item><title>Wir messen jetzt auch Wärme</title><link>http://{host}/1</link><guid>1</guid>
<description>Das neue Labor misst Wärme auf ein Tausendstel Grad genau.</description>
<pubDate>Tue, 10 Mar 2026 09:00:00 +0100</pubDate></item></channel></rss>"""


class HomePage(BaseHTTPRequestHandler):
    """A member's site with a feed nobody told us of."""

    def do_GET(self) -> None:
        is_feed = self.path == "/feed.xml"
        body = FEED.format(host=self.headers["Host"]).encode() if is_feed else HOME_PAGE
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml" if is_feed else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def member_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real site on this machine, let through by the guard."""
    monkeypatch.setenv("NEWSDIGEST_NETWORK__ALLOW", "127.0.0.1/32")
    monkeypatch.setenv("NEWSDIGEST_NETWORK__HOST_INTERVAL", "0")
    server = ThreadingHTTPServer(("127.0.0.1", 0), HomePage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_a_home_page_becomes_a_source(member_site: str, browser: Browser, base: str, assembly: Assembly):
    """Paste the address, see what can be read there, add it with two clicks."""
    page = new_page(browser)
    enter(page, base, "/newsroom/sources")
    page.fill("[name=url]", member_site)
    page.click(".paste button.primary")
    page.wait_for_selector(".candidate:has-text('Wir messen jetzt auch Wärme')")
    page.click(".candidate button.primary")
    page.wait_for_selector(".note:has-text('Neues aus dem Haus')")
    with assembly.store.read() as unit:
        added = [source for source in unit.sources.all() if source.url == f"{member_site}feed.xml"]
    assert [source.name for source in added] == ["Neues aus dem Haus"]
    page.context.close()


def test_the_preview_shows_our_copies_of_pictures(browser: Browser, base: str, assembly: Assembly):
    """From this host, though readers find them at another; without pictures none is asked for."""
    folder = assembly.workspace.var / "images"
    folder.mkdir(parents=True, exist_ok=True)
    Picture.new("RGB", (600, 300), "#0b6350").save(folder / "abc.png")
    draft = assembly.edition(ID)
    first = replace(
        draft.placements[0],
        image_url="abc.png",
        image_size=(600, 300),
        image_alt="Das Labor",
        image_credit="Haus",
    )
    with assembly.store.write() as unit:
        unit.editions.save(replace(draft, placements=(first, *draft.placements[1:])), what="picture")
    page = new_page(browser)
    asked: list[tuple[str, int]] = []
    page.on("response", lambda answer: asked.append((answer.url, answer.status)))
    enter(page, base)
    page.wait_for_load_state("networkidle")
    assert (f"{base}/images/abc.png", 200) in asked
    asked.clear()
    page.goto(f"{base}{PAGE}?view=no-images")
    page.wait_for_load_state("networkidle")
    assert [url for url, _ in asked if "/images/" in url] == []
    page.context.close()


def test_the_whole_edition_screen_is_reached_by_tab(browser: Browser, base: str):
    """Every control can be focused, the focus is seen, and no trap holds it (WCAG 2.1.1, 2.1.2, 2.4.7)."""
    page = new_page(browser, viewport={"width": 1280, "height": 900})
    enter(page, base)
    page.wait_for_selector(".check-list", state="attached")
    total = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button:not([disabled]), input:not([type=hidden]), select, summary')]
        .filter((one) => one.checkVisibility() && one.tabIndex >= 0).length"""
    )
    seen: set[str] = set()
    unseen: list[str] = []
    for _ in range(total + 200):  # the mail in the frame has stops of its own
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => { const one = document.activeElement; if (!one || one === document.body) return null;
            const style = getComputedStyle(one); one.dataset.seen = one.dataset.seen || String(Math.random());
            return [one.dataset.seen, one.tagName, style.outlineStyle !== 'none' || one.tagName === 'IFRAME']; }"""
        )
        if here is None or (here[0] in seen and len(seen) >= total):
            break
        seen.add(here[0])
        if not here[2]:
            unseen.append(here[1])
    assert len(seen) >= total
    assert unseen == []
    page.context.close()
