"""Mails in a real browser: inlining changes no style, no rule of accessibility is broken, nothing overflows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
import pytest
from tests.edition_world import make_newsletter, make_renderer, sample_edition

from newsdigest.adapters.jinja_renderer import JinjaRenderer
from newsdigest.settings import catalogue
from newsdigest.settings.workspace import Workspace, shipped

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LANGUAGES = ("de", "en")
STYLES = """() => [...document.body.querySelectorAll('*'), document.body].map(e => {
  const s = getComputedStyle(e); const made = {};
  for (const name of s) made[name] = s.getPropertyValue(name);
  return [e.tagName, made];
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


@lru_cache
def inlined(language: str) -> str:
    return (
        make_renderer().render(edition=sample_edition(), newsletter=make_newsletter(), language=language).html
    )


@lru_cache
def as_written(language: str) -> str:
    """The same mail before inlining."""
    folders = (shipped("templates"),)
    themes = Workspace(Path("/nonexistent")).themes
    words = catalogue.load(folders, LANGUAGES)
    renderer = JinjaRenderer(folders=folders, words=words, themes=themes, inline=lambda html: html)
    return renderer.render(edition=sample_edition(), newsletter=make_newsletter(), language=language).html


def without_passing_sheets(html: str) -> str:
    html = re.sub(r"<!--\[if mso\]>.*?<!\[endif\]-->", "", html, flags=re.DOTALL)
    return re.sub(r"<style data-premailer=\"ignore\">.*?</style>", "", html, flags=re.DOTALL)


def without_sheets(html: str) -> str:
    return re.sub(r"<style.*?</style>", "", without_passing_sheets(html), flags=re.DOTALL)


def computed(browser: Any, html: str, *, width: int = 760) -> list[Any]:
    page = browser.new_page(viewport={"width": width, "height": 900})
    try:
        page.set_content(html)
        found: list[Any] = page.evaluate(STYLES)
        return found
    finally:
        page.close()


def differences(first: list[Any], second: list[Any]) -> list[str]:
    assert [tag for tag, _ in first] == [tag for tag, _ in second]
    return [
        f"{number} {tag}.{name}: {before[name]} | {after.get(name)}"
        for number, ((tag, before), (_, after)) in enumerate(zip(first, second, strict=True))
        for name in before
        if before[name] != after.get(name)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_inlining_changes_no_computed_style(browser: Any, language: str):
    """With every <style> gone, each element looks as the sheet meant it: 0 differences."""
    meant = computed(browser, without_passing_sheets(as_written(language)))
    assert differences(meant, computed(browser, without_sheets(inlined(language)))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_oracle_agrees(browser: Any, language: str):
    """css-inline, another implementation, comes to the same styles."""
    oracle = css_inline.CSSInliner(load_remote_stylesheets=False).inline(
        without_passing_sheets(as_written(language))
    )
    ours = computed(browser, without_sheets(inlined(language)))
    assert differences(computed(browser, without_sheets(oracle)), ours) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_accessibility_rule_is_broken(browser: Any, language: str, scheme: str):
    """axe-core, WCAG 2 A, AA and 2.2 AA: 0 violations."""
    page = browser.new_page(viewport={"width": 760, "height": 900}, color_scheme=scheme)
    try:
        page.set_content(inlined(language))
        page.add_script_tag(path=str(AXE))
        found = page.evaluate(
            "axe.run({runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})"
        )
    finally:
        page.close()
    told = [
        f"{v['id']}: {n['html'][:120]} {n.get('failureSummary', '')[:300]}"
        for v in found["violations"]
        for n in v["nodes"]
    ]
    assert told == []
    assert len(found["passes"]) > 5


@pytest.mark.parametrize("has_sheets", [True, False], ids=["as_sent", "without_any_style"])
@pytest.mark.parametrize("width", [320, 375, 760])
def test_nothing_overflows(browser: Any, width: int, has_sheets: bool):
    """No sideways scrolling on a phone, with and without the style sheets."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    try:
        page.set_content(inlined("de") if has_sheets else without_sheets(inlined("de")))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()


@pytest.mark.parametrize("width", [375, 760])
def test_an_endless_word_does_not_widen_the_mail(browser: Any, width: int):
    """An address as a headline, a compound without end: it breaks, and the other stories stay in view."""
    edition = sample_edition()
    endless = replace(edition.placements[0], headline="https://haus.example/" + "a" * 150, teaser="b" * 300)
    variant = make_renderer().render(
        edition=replace(edition, placements=(endless, *edition.placements[1:])), newsletter=make_newsletter(), language="de"
    )  # fmt: skip
    page = browser.new_page(viewport={"width": width, "height": 900})
    try:
        page.set_content(variant.html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()


@pytest.mark.parametrize("width", [375, 760])
def test_targets_are_large_enough(browser: Any, width: int):
    """Every link is at least 24 px high where a finger lands, its line's height counted."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    try:
        page.set_content(inlined("de"))
        small = page.evaluate(
            """() => [...document.querySelectorAll('a')].filter(a => {
                 const line = parseFloat(getComputedStyle(a).lineHeight);
                 return line < 24; }).map(a => a.textContent)"""
        )
    finally:
        page.close()
    assert small == []


def test_the_mail_makes_no_request(browser: Any):
    """Opening a mail loads nothing from anywhere (R27)."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.set_content(inlined("de"))
        page.wait_for_load_state("networkidle")
    finally:
        page.close()
    assert [url for url in asked if not url.startswith(("about:", "data:"))] == []
