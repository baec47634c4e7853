"""Where a story that was taken down is still named, and what the archive then leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.edition_world import sample_edition
from tests.web_world import sent_edition

from newsdigest.model.editions import EditionState
from newsdigest.publishing.mentions import is_named, mentions, words_key

STORY = "s001"
FIRST = next(p for p in sample_edition().placements if p.story_id == STORY and p.language == "de")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Besonders freut uns: {FIRST.headline}!", True),
        (f"Glückwunsch an {FIRST.organisation}.", True),
        (f"Mehr unter {FIRST.url}", True),
        ("Das Transferzentrum für implantierbare Sensorik kommt.", True),
        ("Liebe Mitglieder, viel Freude beim Lesen!", False),
        ("Millionen lesen mit.", False),
        ("", False),
    ],
)
def test_a_story_is_named_by_headline_organisation_link_or_rare_words(text: str, expected: bool):
    """One common word is not enough; two rarer ones are, as a warning costs one look."""
    assert is_named(FIRST, text) is expected


def test_words_of_every_edition_are_looked_at_and_unsent_editions_hold_it():
    """Newest first: an edition not yet sent still holds the story; an old greeting names it; hidden words say so."""
    greeting = (("de", f"Zuerst: {FIRST.headline}"), ("en", "Dear members"))
    old = sent_edition(
        id="weekly-old", introductions=greeting, subjects=(("de", FIRST.headline),), placements=(FIRST,)
    )
    draft = replace(sample_edition(), introductions=(), subjects=(), placements=(FIRST,))
    found = mentions([old, draft], STORY, taken_down=frozenset({words_key("weekly-old", "de")}))
    assert [(m.edition_id, m.language, m.place, m.is_hidden) for m in found if m.edition_id == "weekly-old"] == [
        ("weekly-old", "de", "introduction", True), ("weekly-old", "de", "subject", True),
    ]  # fmt: skip
    assert [(m.edition_id, m.place) for m in found if m.edition_id != "weekly-old"] == [(draft.id, "story")]


@pytest.mark.parametrize(
    "changes", [{"state": EditionState.SENT}, {"placements": (replace(FIRST, is_dropped=True),)}]
)
def test_what_was_sent_or_dropped_holds_it_no_more(changes: dict[str, object]):
    edition = replace(sample_edition(), introductions=(), subjects=(), placements=(FIRST,))
    assert mentions([replace(edition, **changes)], STORY) == ()  # type: ignore[arg-type]
