"""Cues around dates: looking for their letters first must never lose a match."""

from __future__ import annotations

import re

import pytest

from newsdigest.sorting import date_cues


@pytest.mark.parametrize(
    ("listed", "stem"),
    [
        ("veranstalt", "veranstalt"),
        (r"findet.{0,80}\bstatt", "findet"),
        ("cancell?ed", "cancel"),
        ("(?:neuer_)?termine?", "termin"),
        (r"moved_(?:from|to)_(?=.{0,30}\d)", "moved"),
        ("vorschl[aä]g", "vorschl"),
        ("(?:sperrfrist|embargo)", ""),
    ],
)
def test_a_stem_is_part_of_whatever_the_expression_matches(listed: str, stem: str):
    """Optional letters, classes and groups are no part of it."""
    assert date_cues.stem_of(listed) == stem


@pytest.mark.parametrize(
    "text",
    [
        "Das Treffen FINDET am 3. Mai in Riesa STATT",
        "The fair was CANCELED",
        "Ort: Halle 3",
        "Die Tagung wird auf den 4. Mai verlegt; der neue Termin ist in der Halle 2.",
        "Bewerbungen bis zum ",
        "Sperrfrist: keine, frei ab 5. Mai",
    ],
)
def test_cues_find_what_one_expression_of_all_would(text: str):
    """Trying only what is listed under letters of the text finds the same place as trying everything."""
    cues = [one for one in vars(date_cues).values() if isinstance(one, date_cues.Cue)]
    whole = [
        re.compile("|".join(f"(?:{written})" for _, written in cue.listed), re.IGNORECASE) for cue in cues
    ]
    assert [found and found.span() for found in (one.search(text) for one in whole)] == [
        found and found.span() for found in (cue.search(text) for cue in cues)
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Prof. Dr. Weber spricht. Danach gibt es Kaffee.",
            ["Prof. Dr. Weber spricht.", "Danach gibt es Kaffee."],
        ),
        ("Am 3. Mai um 18 Uhr. es gibt Kaffee", ["Am 3. Mai um 18 Uhr.", "es gibt Kaffee"]),
        ("Termin\n\nOrt: Halle 3", ["Termin", "Ort: Halle 3"]),
        ("Seit 2019. Die Firma", ["Seit 2019.", "Die Firma"]),
        ("am 12. März", ["am 12. März"]),
    ],
    ids=["titles", "hour", "lines", "year", "ordinal"],
)
def test_sentences_end_where_readers_see_it(text: str, sentences: list[str]):
    """Titles and ordinals end none; hours, years and lines do."""
    assert date_cues.SENTENCE_END.split(text) == sentences
