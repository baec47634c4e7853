"""The newsroom's words: both languages whole, dates and numbers as people read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from newsdigest.model.editions import EditionState
from newsdigest.model.items import ItemState, Kind
from newsdigest.model.mailings import BounceKind, DeliveryState, MailingState
from newsdigest.model.sources import SourceType, Trust
from newsdigest.model.subscribers import LegalBasis, SubscriberState
from newsdigest.model.users import Role
from newsdigest.settings.workspace import shipped
from newsdigest.web.newsroom import formats, words

CATALOGUES = words.load([shipped("templates")])
SRC = Path(words.__file__).parent


def stem(key: str) -> str:
    return re.sub(r"\.(one|other)$", "", key)


def test_both_languages_say_the_same_things():
    """A word that one catalogue has, the other has too."""
    german, english = ({stem(key) for key in CATALOGUES[code].words} for code in ("de", "en"))
    assert german == english


def test_both_languages_fill_in_the_same_values():
    """No placeholder is lost or invented in translation."""
    found = {}
    for code, catalogue in CATALOGUES.items():
        named: dict[str, set[str]] = {}
        for key, text in catalogue.words.items():
            named.setdefault(stem(key), set()).update(
                name for _, name, _, _ in Formatter().parse(text) if name
            )
        found[code] = named
    assert found["de"] == found["en"]


def test_every_word_a_template_asks_for_exists():
    """`t("key")` in templates and code."""
    asked = set()
    for path in (shipped("templates") / "newsroom").glob("*.html"):
        asked |= set(
            re.findall(r"""\bt\(\s*["']([a-z_.0-9-]+)["']\s*[,)]""", path.read_text(encoding="utf-8"))
        )
    for path in SRC.glob("*.py"):
        asked |= set(re.findall(r"""visit\.t\("([a-z_.]+)"[,)]""", path.read_text(encoding="utf-8")))
    known = {stem(key) for key in CATALOGUES["de"].words}
    assert len(asked) > 250
    assert asked - known == set()


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("state", EditionState), ("mailing", MailingState), ("delivery", DeliveryState), ("bounce", BounceKind),
        ("kind", Kind), ("item_state", ItemState), ("source_type", SourceType), ("trust", Trust), ("role", Role),
        ("basis", LegalBasis), ("people.state", SubscriberState),
    ],
)  # fmt: skip
def test_every_value_of_the_model_has_a_word(prefix: str, values: type):
    """A state nobody worded would break a page; all are worded."""
    assert [value for value in values if not CATALOGUES["de"].has(f"{prefix}.{value}")] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en-GB,en;q=0.9", "en"), ("de-DE,de;q=0.9,en;q=0.8", "de"), ("fr,en;q=0.5,de;q=0.7", "de"), ("", "de"),
        ("en;q=0", "de"), ("*", "de"), ("en;q=x", "de"), ("cs,en;q=0.1", "en"),
    ],
)  # fmt: skip
def test_the_browsers_language_is_followed(header: str, expected: str):
    """The heaviest of our languages wins; German where none is asked for."""
    assert words.preferred(header) == expected


def test_dates_and_numbers_read_as_in_print():
    """German and English ways of writing, in the newsletter's zone."""
    at = datetime(2026, 3, 12, 9, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    assert formats.instant(at, "de", berlin) == "Do, 12. März, 10:00 Uhr"
    assert formats.instant(at, "en", berlin) == "Thu 12 March, 10:00"
    assert formats.weekday_time(at, "en", berlin) == "Thu 10:00"
    assert formats.day(date(2026, 12, 31), "de") == "Do, 31. Dezember 2026"
    assert formats.span(timedelta(days=1, hours=3), "de") == "1 Tag 3 Std."
    assert formats.span(timedelta(minutes=5), "en") == "5 min"
    assert [formats.number(1284, code) for code in ("de", "en")] == ["1.284", "1,284"]
