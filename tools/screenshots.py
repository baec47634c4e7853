"""Photograph every screen of the newsroom and the mail: light, dark and at 375 px (`make screenshots`)."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import newsroom_world  # noqa: E402

from newsdigest.assembly import Assembly  # noqa: E402
from newsdigest.web.newsroom import preview  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
EDITION = "/newsroom/editions/weekly-2026-03-12"
SENT = "/newsroom/editions/weekly-2026-03-05"
SCREENS = {
    "overview": "/newsroom",
    "editions": "/newsroom/editions",
    "edition": EDITION,
    "edition-phone": f"{EDITION}?view=phone",
    "edition-dark-mail": f"{EDITION}?view=dark",
    "edition-editing": f"{EDITION}?edit=s002.de&open=words",
    "edition-own": f"{EDITION}?open=own&lang=en",
    "edition-text": f"{EDITION}?view=text",
    "history": f"{EDITION}/history",
    "left-out": f"{EDITION}/left-out",
    "story": "/newsroom/stories/s001?edition=weekly-2026-03-12",
    "sending": f"{SENT}/sending",
    "sources": "/newsroom/sources",
    "source": "/newsroom/sources/smwt",
    "subscribers": "/newsroom/subscribers",
    "bounces": "/newsroom/bounces",
    "jobs": "/newsroom/jobs",
    "settings": "/newsroom/settings",
    "audit": "/newsroom/audit",
    "users": "/newsroom/users",
    "account": "/newsroom/account",
}
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 812}, "color_scheme": "light", "has_touch": True},
}


MAIL_LOOKS = {
    "light": ({"viewport": {"width": 760, "height": 900}, "color_scheme": "light"}, "desktop"),
    "dark": ({"viewport": {"width": 760, "height": 900}, "color_scheme": "dark"}, "dark"),
    "phone": ({"viewport": {"width": 375, "height": 812}, "color_scheme": "light"}, "desktop"),
    "no-style": ({"viewport": {"width": 760, "height": 900}, "color_scheme": "light"}, "no-style"),
}


def photograph_mail(browser: Browser, assembly: Assembly, folder: Path) -> None:
    """Write one picture per language and look of the mail itself, pictures blocked as most programs do."""
    for variant in assembly.variants(EDITION.rpartition("/")[2]).values():
        for look, (options, view) in MAIL_LOOKS.items():
            context = browser.new_context(**options)  # type: ignore[arg-type]
            page = context.new_page()
            page.route("**/*", lambda route: route.abort())
            page.set_content(preview.seen_as(variant.html, view))
            page.screenshot(path=folder / f"mail-{variant.id}.{look}.png", full_page=True)
            context.close()


def log_in(page: Page, base: str) -> None:
    """Log in as the administrator."""
    page.goto(f"{base}/newsroom/log-in")
    page.fill("[name=name]", "administrator")
    page.fill("[name=password]", newsroom_world.PASSWORD)
    page.click("button.primary")
    page.wait_for_url(f"{base}/newsroom")


def photograph(browser: Browser, base: str, folder: Path, look: str, only: str, language: str) -> None:
    """Write one picture per screen."""
    context = browser.new_context(locale=language, reduced_motion="reduce", **LOOKS[look])  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{base}/newsroom/log-in")
    page.screenshot(path=folder / f"log-in.{look}.png")
    log_in(page, base)
    for name, path in SCREENS.items():
        if only and only not in name:
            continue
        page.goto(base + path)
        page.wait_for_load_state("networkidle")
        is_tall = (
            not name.startswith("edition") or look == "phone" or name in ("edition-editing", "edition-own")
        )
        page.screenshot(path=folder / f"{name}.{look}.png", full_page=is_tall)
    context.close()


def main() -> None:
    """Serve an invented workspace on this machine and photograph it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--only", default="", help="screens whose name holds this")
    parser.add_argument("--look", choices=[*LOOKS, ""], default="")
    parser.add_argument("--language", default="de")
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        assembly = newsroom_world.make_world(Path(folder) / "workspace")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with newsroom_world.serving(assembly) as base:
            for look in [chosen.look] if chosen.look else LOOKS:
                photograph(browser, base, chosen.output, look, chosen.only, chosen.language)
        if not chosen.only or chosen.only in "mail":
            photograph_mail(browser, assembly, chosen.output)
        browser.close()
        assembly.close()
    print(f"{len(list(chosen.output.glob('*.png')))} pictures in {chosen.output}")


if __name__ == "__main__":
    main()
