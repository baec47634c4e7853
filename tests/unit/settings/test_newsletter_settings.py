"""newsletters.yaml, theme.yaml and the catalogues: what is accepted, and how an error names its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdigest.errors import SettingsError
from newsdigest.settings import catalogue, newsletter_settings, theme_settings, yaml_file
from newsdigest.settings.workspace import shipped

NEWSLETTERS = (shipped("config") / "newsletters.yaml").read_text(encoding="utf-8")
THEME = (shipped("config") / "theme.yaml").read_text(encoding="utf-8")


def complaints(text: str, load: object = newsletter_settings.load) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(yaml_file.parse(text, Path("newsletters.yaml")))  # type: ignore[operator]
    return caught.value.problems


def test_the_shipped_newsletter():
    """Weekly, two languages, Thursday 10:00, copy deadline Wednesday 12:00."""
    weekly = newsletter_settings.load(yaml_file.parse(NEWSLETTERS, Path("x")))["weekly"]
    assert weekly.languages == ("de", "en")
    assert (weekly.cadence.weekday, weekly.cadence.time.hour, weekly.cadence.cut_off_weekday) == (3, 10, 2)
    assert not weekly.is_automatic
    assert all(dict(weekly.imprint)[language] for language in weekly.languages)


def test_what_the_sections_name_exists():
    """Topics and themes of the shipped newsletter stand in the other files."""
    file = yaml_file.parse(NEWSLETTERS, Path("newsletters.yaml"))
    newsletters = list(newsletter_settings.load(file).values())
    assert (
        newsletter_settings.problems(file, newsletters, topics={"awards", "research"}, themes={"default"})
        == []
    )
    [theme, topic] = newsletter_settings.problems(file, newsletters, topics={"awards"}, themes={"other"})
    assert "theme 'default' is not in theme.yaml" in theme
    assert "topic 'research' is not in topics.yaml" in topic
    assert topic.startswith("newsletters.yaml:")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weekday: thursday", "weekday: 4", "must be one of monday"),
        ("zone: Europe/Berlin", "zone: Europe/Dresden", "is no time zone"),
        ("holidays: saxony", "holidays: bavaria", "'saxony'"),
        ("skip_below: 3", "skip_bellow: 3", "did you mean 'skip_below'?"),
        ("address: digest@biosphaere-sachsen.example", 'address: "a@b.example\\nBcc: x@y.example"', "plain mail address"),
        ("list_id: weekly.biosphaere-sachsen.example", "list_id: weekly", "must look like a host name"),
        ("web_url: https://www", "web_url: javascript:www", "https://"),
        ("{from: 2026-08-03, to: 2026-08-16}", "{from: 2026-08-16, to: 2026-08-03}", "must not lie before"),
        ("joins: awards_people", "joins: nowhere", "no other section"),
        ("max_age_days: 60", "max_age_days: 0", "must be at least 1 (found 0)"),
        ("      en: Biosphere Saxony – the Week\n", "", "titles must be given in 'en'"),
    ],
    ids=["weekday_number", "zone", "holidays", "typo", "header_injection", "list_id", "script", "pause", "joins", "range", "language"],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(old: str, new: str, said: str):
    """File, line and column, and what to do."""
    assert old in NEWSLETTERS
    found = complaints(NEWSLETTERS.replace(old, new, 1))
    assert any(said in line for line in found)
    assert all(line.startswith("newsletters.yaml:") for line in found)


def test_unreadable_colours_are_refused():
    """A contrast below 4.5:1 never reaches a reader."""
    lines = complaints(THEME.replace('muted: "#55625d"', 'muted: "#b0b8b4"'), theme_settings.load)
    assert any("contrast of" in line and "at least 4.5:1" in line for line in lines), lines


def test_every_catalogue_has_every_word(tmp_path: Path):
    """A word that one language lacks is an error, with the file to add it to."""
    strings = tmp_path / "strings"
    strings.mkdir()
    (strings / "de.yaml").write_text("extra: Zusatz\nlead_title: Aufmacher\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="extra: has no word in this language"):
        catalogue.load((tmp_path, shipped("templates")), ("de", "en"))
    (strings / "de.yaml").write_text("lead_title: Aufmacher\n", encoding="utf-8")
    words = catalogue.load((tmp_path, shipped("templates")), ("de", "en"))
    assert (words["de"]["lead_title"], words["en"]["lead_title"]) == ("Aufmacher", "Story of the week")
