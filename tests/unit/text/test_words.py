"""Sentences of German and English prose."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import folding, words


@pytest.mark.parametrize(
    "sentence",
    [
        "Der biosaxony e. V. begrüßt das.",
        "Am 4. November 2024 kam Dr. Müller.",
        "Die ABC GmbH & Co. KG aus Riesa wächst.",
        "Z. B. für 2,5 Mio. Euro wird gebaut.",
        "Prof. Dr. med. Anna K. Schmidt sprach.",
        "Nach Art. 5 Abs. 2 gilt das.",
        "Die Bad-Muskau-Str. 5 ist gesperrt.",
        "Etwa 3.500 Personen bzw. 12 % kamen.",
        "The U.S. market grew by approx. 5 percent.",
        "Mr. Smith of Example Inc. spoke.",
        "Die Probe (ca. 5 ml) bzw. das Blut wurde untersucht.",
        "Beginn ist am Mi. 4. März um 10 Uhr.",
        "Das kostet rd. 5 Mrd. Euro.",
        "Sie studierte in St. Gallen.",
    ],
)
def test_abbreviations_end_no_sentence(sentence: str):
    """One sentence stays one."""
    assert [sentence[start:end] for start, end in words.sentences(sentence)] == [sentence]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Das war 2024. Danach kam mehr.", 2),
        ("Es kamen Kliniken, Firmen usw. Die Tagung war voll.", 2),
        ("„Gut!“ Sie lachte.", 2),
        ("Warum? Weil es geht.", 2),
        ("Wer? fragte sie.", 1),
        ("Kopf\nText.", 2),
        ("Gastgeber war der biosaxony e. V. Die Mitglieder kamen.", 2),
        ("Ende … Anfang.", 2),
    ],
)
def test_sentences_end_where_they_end(text: str, count: int):
    """Years, quotations, "usw." before a new sentence, line ends."""
    assert len(words.sentences(text)) == count


def test_a_cut_ends_with_a_sentence():
    """Or between words, with an ellipsis, never inside a number."""
    text = "Ein erster Satz mit Dr. Böhm. Ein zweiter Satz, der schon viel zu lang ist."
    assert words.cut(text, 40) == "Ein erster Satz mit Dr. Böhm."
    assert words.cut("Ein Satz über 2,5 Millionen Euro ohne Ende", 24) == "Ein Satz über …"
    assert words.cut("Beschlossen wurde eine Erhöhung durch Ausgabe von bis zu neuen Aktien", 62).endswith(
        "durch Ausgabe …"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sie sagt: „Das Geld ist richtig. Doch es fehlt viel. Und mehr.“", "Sie sagt: „Das Geld ist richtig. Doch es fehlt viel.“"),
        ("She says: “The money is right. But a lot is missing. And more.”", "She says: “The money is right. But a lot is missing.”"),
        ('She says: "The money is right. But a lot is missing. And more."', 'She says: "The money is right. But a lot is missing."'),
        ("Er sagt: »Das Geld ist richtig. Doch es fehlt viel. Und mehr.«", "Er sagt: »Das Geld ist richtig. Doch es fehlt viel.«"),
        ("„Gut“, sagt sie, „ist das nicht.“ Aber es fehlt viel. Und auch mehr.", "„Gut“, sagt sie, „ist das nicht.“ Aber es fehlt viel."),
    ],
    ids=["german", "english", "straight", "guillemets", "closed_before"],
)  # fmt: skip
def test_a_quotation_that_goes_on_is_closed(text: str, expected: str):
    """Readers see where the quoted words end."""
    assert words.cut(text, 57) == expected


@given(st.text(max_size=300), st.integers(min_value=10, max_value=200))
def test_a_cut_is_never_longer(text: str, limit: int):
    """And spans lie in order within the text."""
    assert len(words.cut(text, limit)) <= limit
    spans = words.sentences(text)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))


@given(st.text(max_size=40) | st.text(st.sampled_from("aäßIin:*/-_·’„ÄÉµªé1 "), max_size=20))
def test_letters_by_table_are_the_letters_of_the_folded_text(text: str) -> None:
    """The quick way gives, for every script, what folding and leaving out the rest gives."""
    assert folding._NO_LETTERS.sub("", folding.fold(text)) == folding.letters(text)


@given(st.text(max_size=40) | st.text(st.characters(max_codepoint=255), max_size=40))
def test_the_quick_small_letters_are_the_usual_ones(text: str):
    """The table of bytes gives what `str.lower` gives."""
    assert text.lower() == folding.lower(text)
