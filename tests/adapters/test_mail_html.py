"""What a mail's HTML promises: readable anywhere, small enough, nothing of a feed alive in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.edition_world import (
    make_edition,
    make_newsletter,
    make_placement,
    make_renderer,
    sample_edition,
)

from newsdigest.adapters.jinja_renderer import JinjaRenderer
from newsdigest.model.editions import TOKEN_PREFERENCES, TOKEN_UNSUBSCRIBE, TOKEN_WEB, Variant
from newsdigest.settings import catalogue
from newsdigest.settings.workspace import Workspace, shipped
from newsdigest.text.quoted_printable import encode_piece

ROOT = Path(__file__).resolve().parents[1]
FACTS = json.loads((ROOT / "data" / "caniemail.json").read_text(encoding="utf-8"))
LANGUAGES = ("de", "en")
HOSTILE = [
    '"><img src=x onerror=alert(1)><script>alert(1)</script>',
    "</title></head><body><style>td{display:none}</style>",
    "{{7*7}} {% raw %} {{ page }} ${7*7} #{7*7}",
    '<b style="td">fett</b> <table><table><table>',
    "javascript:alert(1)",
    "<!--[if mso]><v:rect><![endif]-->",
    "&lt;script&gt; &amp;amp; \u2028 \u202e txt.exe",
    "<plaintext><textarea><noscript>",
    "<div>" * 400,
]


def render(language: str = "de", **changes: Any) -> Variant:
    return make_renderer().render(
        edition=sample_edition(**changes), newsletter=make_newsletter(), language=language
    )


class Elements(HTMLParser):
    """Collects start tags with attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_structure(language: str):
    """Language, one h1, ordered headings, layout tables marked, widths in px, every link absolute."""
    elements = Elements(render(language).html)
    assert elements.found[0][1]["lang"] == language
    levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    for tag, attributes in elements.found:
        if tag == "table":
            assert attributes["role"] == "presentation"
        if tag == "table" and "sheet" in attributes.get("class", ""):
            assert attributes["width"] == "640"
        if tag == "img":
            assert attributes["alt"]
            assert attributes["width"].isdigit()
            assert attributes["height"].isdigit()
        if tag == "a":
            assert re.match(r"https?://|mailto:|tel:", attributes["href"])
        assert "onclick" not in attributes


@pytest.mark.parametrize("language", LANGUAGES)
def test_link_texts_are_unique(language: str):
    """Two links of the same words would lead to one place (screen readers list links without context)."""
    links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', render(language).html, re.DOTALL)
    targets: dict[str, set[str]] = {}
    for url, words in links:
        targets.setdefault(re.sub("<[^>]+>", "", words).strip(), set()).add(url)
    assert {words: urls for words, urls in targets.items() if len(urls) > 1} == {}


def test_foreign_passages_carry_their_language():
    """A German title in the English edition is marked as German."""
    assert re.search(r'<a [^>]*lang="de"[^>]*>Klinikverbund Westsachsen nimmt OP-Roboter', render("en").html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_parts_hold_every_link(language: str):
    """HTML and text tell the same stories and the same ways out."""
    variant = render(language)
    for url in (*variant.links, TOKEN_UNSUBSCRIBE, TOKEN_PREFERENCES, TOKEN_WEB):
        assert url in variant.text
        assert url in variant.html.replace("&amp;", "&")


def test_rendering_twice_gives_equal_bytes():
    """The preview and the wire show the same, whenever it is rendered (Q2)."""
    assert render() == render()


def test_order_of_placements_in_the_record_does_not_matter():
    """Position decides, not the order in which rows came back from the store."""
    edition = sample_edition()
    turned = replace(edition, placements=tuple(reversed(edition.placements)))
    renderer, newsletter = make_renderer(), make_newsletter()
    first = renderer.render(edition=edition, newsletter=newsletter, language="de")
    assert renderer.render(edition=turned, newsletter=newsletter, language="de") == first


@pytest.mark.parametrize("hostile", HOSTILE, ids=[f"payload-{i}" for i in range(len(HOSTILE))])
@pytest.mark.parametrize("place", ["headline", "teaser", "organisation", "notices", "also_at"])
def test_feed_text_is_data(hostile: str, place: str):
    """Whatever a feed writes stands there literally, adds no element and no attribute, and costs no other story."""
    value: Any = {"notices": (hostile,), "also_at": ((hostile, "https://b.example/"),)}.get(place, hostile)
    bad = make_placement(1, **{place: value})
    good = make_placement(2, headline="Unberührt")
    harmless: dict[str, Any] = {"notices": ("x",), "also_at": (("x", "https://b.example/"),)}
    plain = make_placement(1, **{place: harmless.get(place, "x")})
    renderer, newsletter = make_renderer(), make_newsletter()

    def shape(placement: Any) -> list[tuple[str, list[str]]]:
        html = renderer.render(
            edition=make_edition(placement, good), newsletter=newsletter, language="de"
        ).html
        assert "Unberührt" in html
        return [(tag, sorted(attributes)) for tag, attributes in Elements(html).found]

    assert shape(bad) == shape(plain)


def test_a_template_in_a_title_is_not_filled_in():
    """`{{7*7}}` appears literally (T13)."""
    variant = make_renderer().render(
        edition=make_edition(make_placement(1, headline="{{7*7}}")),
        newsletter=make_newsletter(),
        language="de",
    )
    assert "{{7*7}}" in variant.html
    assert "{{7*7}}" in variant.text


def test_content_cannot_poison_the_inliner():
    """A `style` in content of one mail changes nothing in the next (premailer's shared cache)."""
    before = render().html
    from newsdigest.adapters.premailer_inliner import inline

    inline('<html><head><style>td{color:red}</style></head><body><b style="td">x</b><td>y</td></body></html>')
    assert render().html == before


def test_a_story_that_does_not_render_is_dropped_loudly():
    """A half surrogate would cut the mail short in silence; the story goes, by name, and the others stay."""
    edition = make_edition(make_placement(1, headline="kaputt \ud800"), make_placement(2, headline="Gesund"))
    variant = make_renderer().render(edition=edition, newsletter=make_newsletter(), language="de")
    assert variant.story_ids == ("s002",)
    assert "Gesund" in variant.html
    assert [warning for warning in variant.warnings if "kaputt" in warning]


def test_two_hundred_stories_never_exceed_the_size():
    """The stress edition: shorter, then without teasers, then more on the web, and the editor is told (R12)."""
    long = "Ein Satz mit Umlauten äöüß und „Anführungszeichen“, der sich zieht. " * 8
    placements = [
        make_placement(n, headline=f"Meldung {n}: " + "sehr lange Überschrift " * 4, teaser=long, section_id=section,
                       also_at=(("Ministerium", f"https://ministerium.example/{n}"),))
        for n, section in enumerate(["own", "members", "research", "policy", "calls", "events"] * 34, 1)
    ][:200]  # fmt: skip
    variant = make_renderer().render(
        edition=make_edition(*placements), newsletter=make_newsletter(), language="de"
    )
    assert len(variant.html.encode()) <= 100_000
    assert len(encode_piece(variant.html)) <= 102_400
    assert [warning for warning in variant.warnings if "too large" in warning]
    assert TOKEN_UNSUBSCRIBE in variant.html


def test_forty_stories_need_no_fall_back():
    """A budget of 2.2 KB a story leaves room for a full week."""
    placements = [
        make_placement(n, teaser="Ein Satz, der etwas sagt und etwas länger ist. " * 6) for n in range(1, 41)
    ]
    variant = make_renderer().render(
        edition=make_edition(*placements), newsletter=make_newsletter(), language="de"
    )
    assert len(variant.story_ids) == 40
    assert not [warning for warning in variant.warnings if "too large" in warning]
    assert len(variant.html.encode()) < 88_000


def test_a_choice_of_topics_shows_its_stories_only():
    """A variant for topics is the same edition with less in it; nothing that fits means no story at all."""
    edition = make_edition(
        make_placement(1, topics=("pharma",)), make_placement(2, topics=("medtech", "pharma"))
    )
    renderer, newsletter = make_renderer(), make_newsletter()
    assert renderer.render(
        edition=edition, newsletter=newsletter, language="de", topics=("medtech",)
    ).story_ids == ("s002",)
    assert (
        renderer.render(edition=edition, newsletter=newsletter, language="de", topics=("jobs",)).story_ids
        == ()
    )


def _declarations(html: str) -> list[tuple[str, dict[str, str], str, str]]:
    found = []
    for tag, attributes in Elements(html).found:
        for part in attributes.get("style", "").split(";"):
            name, _, value = part.partition(":")
            if name.strip():
                found.append((tag, attributes, name.strip(), value.strip()))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_inline_styles_work_in_the_must_set(language: str):
    """Every inline declaration and element is one the must set knows, or stands beside its fall-back (caniemail)."""
    html = render(language).html
    problems = []
    for tag, attributes, name, value in _declarations(html):
        fact = FACTS["properties"].get(name)
        if fact is None:
            problems.append(f"{name} on {tag}: no fact about it")
            continue
        if fact["support"] == "n" and not fact.get("fallback"):
            problems.append(f"{name} on {tag}: unsupported")
        if fact.get("fallback") == "width attribute" and tag != "img" and "width" not in attributes:
            problems.append(f"{name} on {tag}: no width attribute beside it")
        if (
            fact.get("fallback") == "bgcolor attribute"
            and tag in ("table", "td", "body")
            and "bgcolor" not in attributes
        ):
            problems.append(f"{name} on {tag}: no bgcolor attribute beside it")
        if tag in fact.get("not_on", ()) or (fact.get("only_on") and tag not in fact["only_on"]):
            problems.append(f"{name} on {tag}: not supported there")
        if fact.get("values") and value not in fact["values"]:
            problems.append(f"{name}: {value} on {tag}: value not supported")
        sizes = [float(pixels) for pixels in re.findall(r"(-?[\d.]+)px", value)]
        if any(not fact.get("min_px", 0) <= size <= fact.get("max_px", 10_000) for size in sizes):
            problems.append(f"{name}: {value} on {tag}: size not supported")
    assert sorted(set(problems)) == []
    strange = {tag for tag, _ in Elements(html).found} - set(FACTS["elements"])
    assert strange == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_small(language: str):
    """Text is set at 14 px or more; only the hidden preview line is smaller."""
    sizes = [
        float(value.removesuffix("px"))
        for tag, attributes, name, value in _declarations(render(language).html)
        if name == "font-size" and "display:none" not in attributes["style"]
    ]
    assert min(sizes) >= 14


def test_what_must_stay_a_sheet_survives():
    """Dark mode and small screens stay rules with their `!important`; the plain sheet is gone."""
    html = render().html
    sheets = re.findall(
        r"<style[^>]*>(.*?)</style>",
        html.partition("<!--[if mso]>")[0] + html.partition("<![endif]-->")[2],
        re.DOTALL,
    )
    assert len(sheets) == 1
    assert "prefers-color-scheme: dark" in sheets[0].replace(
        "prefers-color-scheme:dark", "prefers-color-scheme: dark"
    )
    assert "!important" in sheets[0]


def test_nothing_foreign_is_loaded():
    """No pixel, no script, no font, no style sheet, no host but the linked articles (R27)."""
    html = render().html
    assert not re.search(
        r"<(script|link|iframe|object|embed|form|input|video|audio|svg)\b", html, re.IGNORECASE
    )
    assert not re.search(r"@import|@font-face|url\(|src=", html)


@lru_cache
def _pseudo_renderer() -> JinjaRenderer:
    folders = (shipped("templates"),)
    words = catalogue.load(folders, LANGUAGES)
    lists = {"language", "months", "months_short", "weekdays", "weekdays_short", "date_numeric"}
    wrapped = {
        language: {key: text if key in lists else f"⟦{text}⟧" for key, text in known.items()}
        for language, known in words.items()
    }
    themes = Workspace(Path("/nonexistent")).themes
    return JinjaRenderer(folders=folders, words=wrapped, themes=themes, inline=lambda html: html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_comes_from_the_catalogue(language: str):
    """Pseudo-locale: what is neither content nor settings stands in the marks of the catalogue."""
    newsletter = make_newsletter()
    variant = _pseudo_renderer().render(edition=sample_edition(), newsletter=newsletter, language=language)
    body = re.sub(r"<style.*?</style>", "", variant.html.partition("<body>")[2], flags=re.DOTALL)
    known = {newsletter.title(language)}
    for words in (
        newsletter.subtitles,
        newsletter.publishers,
        newsletter.signatures,
        newsletter.notices,
        newsletter.imprint,
    ):
        known.update(line.strip() for line in dict(words).get(language, "").splitlines())
    for section in newsletter.sections:
        known.add(dict(section.titles)[language])
    edition = sample_edition()
    for placement in edition.placed(language):
        known |= {placement.headline, placement.teaser, placement.organisation, *placement.notices}
        known |= {name for name, _ in placement.also_at}
    known |= {part.strip() for _, text in edition.introductions for part in text.split("\n\n")}
    left = []
    catalogue_words = catalogue.load((shipped("templates"),), LANGUAGES)[language]
    months = "|".join(
        catalogue_words[key].replace(" ", "|")
        for key in ("months", "months_short", "weekdays", "weekdays_short")
    )
    for text in Elements(body).text:
        rest = text.replace("\u2007", "").replace("\u00ad", "")
        while rest != (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", rest)):  # words stand within words
            rest = inner
        for piece in sorted(known, key=len, reverse=True):
            rest = rest.replace(piece, "") if piece else rest
        rest = re.sub(
            rf"\b({months})\b|Dresden, Haus am Zwingerteich|Taichung, Taiwan|Zwickau|Leipzig|Dresden",
            "",
            rest,
        )
        if re.search(r"[A-Za-zÄÖÜäöüß]{2,}", rest):
            left.append(rest.strip())
    assert left == []
