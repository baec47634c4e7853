"""Every phrase in both languages, and none outside the catalogue (pseudo-locale)."""

from __future__ import annotations

import html
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web_world import NOW, browsing, keep, make_assembly, sent_edition

from newsdigest.assembly import Assembly
from newsdigest.settings.workspace import shipped
from newsdigest.subscribing.consent import Wishes
from newsdigest.subscribing.sign_up import Errand, Kind, confirm_token
from newsdigest.text import tokens

WORDS = tomllib.loads((shipped("templates") / "web" / "words.toml").read_text(encoding="utf-8"))
PHRASES = {f"{section}.{key}": texts for section, keys in WORDS.items() for key, texts in keys.items()}


@pytest.mark.parametrize("name", PHRASES)
def test_every_phrase_has_both_languages_and_the_same_places(name: str):
    texts = PHRASES[name]
    assert set(texts) == {"de", "en"}
    assert all(text.strip() for text in texts.values())
    places = [
        {field for _, field, _, _ in string.Formatter().parse(text) if field} for text in texts.values()
    ]
    assert places[0] == places[1]


def test_every_phrase_is_used():
    """A phrase nobody shows is a phrase nobody mends."""
    root = Path(__file__).resolve().parents[3]
    files = [*(root / "templates" / "web").glob("*.j2"), *(root / "templates" / "confirmation").glob("*.j2"),
             *(root / "src" / "newsdigest").rglob("*.py")]  # fmt: skip
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    built = re.compile(
        r"letter\.|problem\.|sign_up\.(weekly|monthly|error_)|archive\.section_|confirm\.(done|already)_"
    )
    assert [name for name in PHRASES if name not in text and not built.match(name)] == []


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    made = make_assembly(tmp_path / "workspace", migrated_database)
    overlay = made.workspace.folder / "templates" / "web"
    overlay.mkdir(parents=True)
    lines = []
    for section, keys in WORDS.items():
        lines.append(f"[{section}]")
        for key, texts in keys.items():
            places = "".join(
                f"⟧{{{field}}}⟦"
                for field in sorted({f for _, f, _, _ in string.Formatter().parse(texts["de"]) if f})
            )
            lines.append(f'{key} = {{ en = "⟦{key}{places}⟧" }}')
    (overlay / "words.toml").write_text("\n".join(lines), encoding="utf-8")
    keep(made, sent_edition())
    yield made
    made.close()


def bare(text: str, data: list[str]) -> str:
    """What is left of a page's visible text without phrases of the catalogue and without data."""
    text = re.sub(r"(?s)<(style|script)\b.*?</\1>", " ", text)
    shown = " ".join(
        re.findall(r'(?:alt|title|aria-label|placeholder|content)="([^"]*⟦[^"]*|[^"]*[a-z] [^"]*)"', text)
    )
    text = html.unescape(re.sub(r"<[^>]+>", " ", text) + " " + shown)
    text = re.sub(r"⟦[^⟧]*⟧", " ", text)
    for known in sorted(data, key=len, reverse=True):
        text = text.replace(known, " ")
    return " ".join(re.findall(r"[A-Za-zÄÖÜäöü]{3,}", text))


def test_no_page_holds_an_untranslated_string(assembly: Assembly):
    """With every English phrase replaced by ⟦key⟧, nothing but names and data stays on any page or letter."""
    person, newsletter_id = assembly.add_subscriber(address="anna@example.org", language="en")[0], "weekly"
    keys = assembly.secret_keys
    newsletter = assembly.newsletter()
    data = [
        "Biosphere Saxony – the Week", "Biosphere Saxony", "Biosphäre Sachsen e. V.", "Deutsch", "English", "RSS", "HTML", "Atom", "JSON", "ICS",
        "width=device-width, initial-scale=1", "light dark", "noindex", "anna@example.org", "xyzzy",
        "January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December",
        dict(newsletter.imprint)["en"], *dict(newsletter.imprint)["en"].splitlines(), assembly.public_url, assembly.site.home_url,
        *(topic.name("en") for topic in assembly.workspace.topics.topics), dict(newsletter.privacy_url)["en"],
        "All news", "From the association", "From our members", "Events", "Funding calls and tenders", "Jobs",
    ]  # fmt: skip
    paths = [
        "/en/", "/en/subscribe", "/en/my-data", "/en/feeds", "/archive/en/?q=xyzzy", "/en/nothing",
        "/unsubscribe/" + tokens.sign(keys, "unsubscribe", person.id, newsletter_id),
        "/preferences/" + tokens.sign(keys, "preferences", person.id, newsletter_id),
        "/my-data/" + tokens.sign(keys, "personal", person.id, NOW.isoformat()),
        "/confirm/" + confirm_token(keys, person, Wishes(language="en"), NOW),
    ]  # fmt: skip
    left: dict[str, str] = {}
    stories = [s for e in assembly.archive()["en"] for s in e.stories]
    known = data + [s.headline for s in stories]
    with browsing(assembly) as client:
        assert "⟦title" in client.get("/en/subscribe").text  # the pseudo-locale is on
        for path in paths:
            if rest := bare(client.get(path, headers={"accept-language": "en"}).text, known):
                left[path[:20]] = rest
        for act in ("monthly", "pause", "unsubscribe", "undo"):
            if rest := bare(client.post(paths[6], data={"act": act}).text, known):
                left[act] = rest
        if rest := bare(client.post("/en/subscribe", data={}).text, known):
            left["errors"] = rest
    for kind in Kind:
        letter = assembly.letter(Errand(id="l1", kind=kind, person=person, language="en", token="T"))
        for text in (letter.subject, letter.text, letter.html):
            if rest := bare(text.replace(f"/{'T'}", ""), [*known, "confirm", "preferences", "my-data"]):
                left[kind.value] = rest
    assert left == {}
