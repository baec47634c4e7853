"""Draw docs/digest.png: the demo's German edition, light on the desktop and dark on a phone (`make picture`)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from newsdigest.demo.run_demo import Demo  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FRAME = """<!doctype html><style>
body {{ margin: 0; padding: 28px; background: #e7ebea; display: flex; gap: 28px; width: max-content }}
img {{ align-self: flex-start }}
img {{ border-radius: 10px; box-shadow: 0 6px 28px #0003; display: block }}
</style><img src="{desktop}" width="640"><img src="{phone}" width="340">"""


def shoot(browser: Browser, page: Path, target: Path, *, width: int, height: int, scheme: str) -> None:
    """Photograph the top of a page."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.screenshot(path=target)
    context.close()


def main() -> None:
    """Run the demo in a temporary folder and draw the picture."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with Demo(folder / "demo") as demo:
            demo.run()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        edition = folder / "demo" / "preview" / "de.html"
        shoot(browser, edition, folder / "desktop.png", width=640, height=900, scheme="light")
        shoot(browser, edition, folder / "phone.png", width=375, height=990, scheme="dark")
        frame = folder / "frame.html"
        frame.write_text(FRAME.format(desktop="desktop.png", phone="phone.png"), encoding="utf-8")
        tab = browser.new_page(viewport={"width": 1064, "height": 956})
        tab.goto(frame.as_uri())
        target = ROOT / "docs" / "digest.png"
        target.parent.mkdir(exist_ok=True)
        tab.screenshot(path=target)
        browser.close()
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
