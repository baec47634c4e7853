"""A broken topics file names file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdigest.errors import SettingsError
from newsdigest.settings import topic_settings

GOOD = """\
topics:
  medtech:
    name: {de: Medizintechnik, en: Medical technology}
    keywords:
      de: [medizintechnik, "=op"]
      any: [^implant]
    negatives: ["=op ~ soap, serie"]
    description: {de: Geräte., en: Devices.}
kinds:
  job:
    name: {de: Stelle, en: Job}
    title: {any: ["(m/w/d)"]}
other: {de: Sonstiges, en: Misc}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "topics.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_becomes_a_taxonomy(tmp_path: Path) -> None:
    """Names, triggers by language, negatives, kinds and the fallback's name."""
    found = topic_settings.load(write(tmp_path, GOOD))
    assert [topic.id for topic in found.topics] == ["medtech"]
    assert found.topics[0].keywords == (("de", ("medizintechnik", "=op")), ("any", ("^implant",)))
    assert (found.name("gone", "de"), found.name("medtech", "en")) == ("Sonstiges", "Medical technology")
    assert found.kinds[0].name("de") == "Stelle"


def test_the_version_changes_with_the_keywords(tmp_path: Path) -> None:
    """Items judged by other keywords can be told apart."""
    first = topic_settings.load(write(tmp_path, GOOD)).version
    assert first != topic_settings.load(write(tmp_path, GOOD.replace("^implant", "^stent"))).version


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("^implant", "ab", ":6:13:", "too short"),
        ("medizintechnik,", "'', ", ":5:12:", "no letters"),
        ("=op ~ soap, serie", "=op ~ ,", ":7:17:", "no letters"),
        ("  medtech:", "  Med Tech:", ":2:3:", "no topic id"),
        (
            "    name: {de: Medizintechnik, en: Medical technology}",
            "    name: {de: Medizintechnik}",
            ":3:5:",
            "required",
        ),
        ("    keywords:", "    keyword:", ":4:5:", "unknown setting"),
        ("  job:", "  jobs:", ":10:3:", "jobs"),
        ("[^implant]", "[^implant, ^Implant]", ":6:23:", "twice"),
        ("other: {", "other: [", ":13:", "not valid YAML"),
    ],
    ids=["short", "empty", "negative", "id", "missing", "misspelt", "kind", "twice", "yaml"],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, words: str
) -> None:
    """Whoever edits keywords finds the slip."""
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SettingsError) as caught:
        topic_settings.load(path)
    assert any(line.startswith(f"{path}{place}") and words in line for line in caught.value.problems), (
        caught.value.problems
    )


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Not one a run."""
    text = GOOD.replace("^implant", "ab").replace('"=op"', '"~"')
    with pytest.raises(SettingsError) as caught:
        topic_settings.load(write(tmp_path, text))
    assert len(caught.value.problems) == 2
