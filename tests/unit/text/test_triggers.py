"""Keywords as editors write them, found in words as publishers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import folding, triggers
from newsdigest.text.spotting import Spotter
from newsdigest.text.triggers import TriggerTable, find_all, parse

FOUND = [
    ("medizintechnik", "Das Medizintechnikunternehmen wächst"),
    ("forscher", "Die Forscher:innen aus Dresden"),
    ("forscherinnen", "Forscher*innen und ForscherInnen"),
    ("auftraeg", "Neue Aufträge"),
    ("gruess", "Viele Grüße"),
    ("start up", "Ein Start-up"),
    ("start-up", "Das Startup aus Aue"),
    ("^reha", "Die Rehaklinik"),
    ("=gmp", "Der GMP-Operator"),
    ("gene therap", "A new gene-therapy centre"),
    ("klinisch studi", "in klinischen Studien"),
    ("(m/w/d)", "Laborant (m/w/d) gesucht"),
    ("510(k)", "FDA gives 510(k) clearance"),
    ("=m&a", "M&A im Mittelstand"),
    ("medizin", "Medi\u00adzin mit weichem Trennstrich"),
    ("=phase ii", "Phase-II-Studie"),
]

MISSED = [
    ("^reha", "Die Vereharrung"),
    ("=ki", "Kinder"),
    ("=ce", "Celle"),
    ("=phase ii", "Phase III"),
    ("gene therap", "the general therapy"),
    ("=messe", "messen und wiegen"),
]


@pytest.mark.parametrize(("trigger", "text"), FOUND)
def test_a_trigger_finds_what_an_editor_means(trigger: str, text: str) -> None:
    """Compounds, umlauts, hyphens, gender forms and soft hyphens make no difference."""
    assert [parse(trigger).written] == list(dict.fromkeys(find_all([trigger], text)))


@pytest.mark.parametrize(("trigger", "text"), MISSED)
def test_a_trigger_leaves_other_words_alone(trigger: str, text: str) -> None:
    """Marks for word start and whole word are kept."""
    assert find_all([trigger], text) == []


@pytest.mark.parametrize("written", ["", "  ", "=", "~", "ki", "--"])
def test_a_trigger_that_would_hit_everything_is_refused(written: str) -> None:
    """Fewer than three letters inside words match half the language."""
    with pytest.raises(ValueError, match=r"letters|short"):
        parse(written)


def test_a_hit_in_a_negative_context_is_taken_back() -> None:
    """`MDR` near broadcasting is the broadcaster; elsewhere it is the regulation."""
    spotter = Spotter({"regulation": ["=mdr"]}, {"regulation": ["=mdr ~ rundfunk, mediathek"]})
    assert spotter.spot(folding.words("Der MDR zeigt den Beitrag in der Mediathek")) == []
    assert [spot.label for spot in spotter.spot(folding.words("Die MDR gilt seit 2021"))] == ["regulation"]


def test_a_negative_word_hides_only_itself() -> None:
    """`Solarzelle` is no cell; the stem cell beside it is."""
    spotter = Spotter({"biotech": ["zelle", "stammzell"]}, {"biotech": ["solarzelle"]})
    assert spotter.spot(folding.words("Eine Solarzelle")) == []
    assert [s.trigger.written for s in spotter.spot(folding.words("Solarzelle und Stammzelle"))] == [
        "stammzell"
    ]


def test_one_word_is_one_piece_of_evidence() -> None:
    """Two triggers of a label in one word count once, the longer one."""
    spotter = Spotter({"medtech": ["medizin", "medizintechnik"]}, {})
    assert [s.trigger.written for s in spotter.spot(["medizintechnikfirma"])] == ["medizintechnik"]


@given(st.lists(st.text("abc", min_size=3, max_size=5), min_size=1, max_size=8), st.text("abc ", max_size=60))
def test_the_trie_finds_what_a_plain_search_finds(written: list[str], text: str) -> None:
    """An infix is found in exactly the words that contain it."""
    listed = list(dict.fromkeys(written))
    words = folding.words(text)
    hits = TriggerTable([parse(one) for one in listed]).find(words)
    expected = {
        (number, place)
        for place, word in enumerate(words)
        for number, one in enumerate(listed)
        if one in word
    }
    assert expected == {(hit.key, hit.start) for hit in hits}


@given(st.text(max_size=200))
def test_folding_twice_is_folding_once(text: str) -> None:
    """Folded text stays as it is, and holds no lone surrogate."""
    folded = folding.fold(text)
    assert folded == folding.fold(folded)
    folded.encode()


def test_lone_surrogates_are_taken_out() -> None:
    """They would break every codec behind us."""
    assert " ".join(folding.words("a\ud800b")) == "a b"
    assert triggers.find_all(["abc"], "\udfffabc") == ["abc"]
