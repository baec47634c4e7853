"""Cues around dates: looking for their letters first must never lose a match."""

from __future__ import annotations

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
    "text", ["Das Treffen FINDET am 3. Mai in Riesa STATT", "The fair was CANCELED", "Ort: Halle 3"]
)
def test_cues_find_what_their_expressions_find(text: str):
    """The first look is in lower case and loses nothing."""
    cues = [one for one in vars(date_cues).values() if isinstance(one, date_cues.Cue)]
    assert [bool(cue.search(text)) for cue in cues] == [bool(cue.expression.search(text)) for cue in cues]
