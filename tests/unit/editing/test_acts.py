"""The editor's acts: what each changes, what it refuses, and when an approval is void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.edition_world import make_edition, make_newsletter, make_placement

from newsdigest.editing import acts
from newsdigest.editing.content import content_hash
from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.model.editions import Edition, EditionState

S = EditionState
NOW = datetime(2026, 3, 11, 14, tzinfo=UTC)
NEWSLETTER = make_newsletter()


def draft(count: int = 4, **changes: object) -> Edition:
    return make_edition(*(make_placement(n) for n in range(1, count + 1)), **changes)


def approved(edition: Edition) -> Edition:
    return acts.approve(edition, content_hash=content_hash(edition, NEWSLETTER, ""), by="mia", at=NOW)


def order(edition: Edition) -> list[str]:
    return [p.id for p in edition.placed("de")]


WORD_ACTS: dict[str, Callable[[Edition], Edition]] = {
    "drop": lambda e: acts.drop(e, "s001.de"),
    "move": lambda e: acts.move(e, "s001.de", section_id="research"),
    "shift": lambda e: acts.shift(e, "s001.de", steps=1),
    "pin": lambda e: acts.pin(e, "s002.de"),
    "edit_headline": lambda e: acts.edit(e, "s001.de", headline="Neu"),
    "edit_teaser": lambda e: acts.edit(e, "s001.de", teaser="Neu"),
    "introduce": lambda e: acts.introduce(e, "de", "Guten Tag"),
    "subject": lambda e: acts.set_subject(e, "de", "Betreff"),
    "preheader": lambda e: acts.set_preheader(e, "de", "Vorschau"),
    "own_item": lambda e: acts.add_own(
        e, NEWSLETTER, language="de", section_id="own", headline="Eigenes", url="https://eigen.example/"
    ),
}


@pytest.mark.parametrize("act", WORD_ACTS.values(), ids=WORD_ACTS)
def test_a_change_of_words_voids_the_approval(act: Callable[[Edition], Edition]):
    """After any change the edition is a draft again, and its hash another."""
    before = approved(draft())
    after = act(before)
    assert (after.state, after.approval) == (S.DRAFT, None)
    assert content_hash(after, NEWSLETTER, "") != content_hash(before, NEWSLETTER, "")


@pytest.mark.parametrize("state", [S.SENDING, S.PAUSED, S.SENT, S.SKIPPED, S.CANCELLED])
@pytest.mark.parametrize("act", WORD_ACTS.values(), ids=WORD_ACTS)
def test_words_are_fixed_once_it_goes_out(act: Callable[[Edition], Edition], state: EditionState):
    """What is being sent, sent, skipped or cancelled cannot be changed any more."""
    with pytest.raises(IllegalStepError, match="words are fixed"):
        act(draft(state=state))


def test_drop_and_keep():
    """ "Not this" is remembered and can be taken back."""
    dropped = acts.drop(draft(), "s002.de")
    assert order(dropped) == ["s001.de", "s003.de", "s004.de"]
    assert dropped.placement("s002.de") is not None
    assert order(acts.keep(dropped, "s002.de")) == ["s001.de", "s002.de", "s003.de", "s004.de"]


def test_keep_places_what_waits():
    """A waiting story goes to the end of its section."""
    edition = draft(2, waiting=(make_placement(9, held="low_trust"),))
    kept = acts.keep(edition, "s009.de")
    assert order(kept) == ["s001.de", "s002.de", "s009.de"]
    assert kept.waiting == ()
    assert kept.placements[-1].held == ""


@pytest.mark.parametrize(
    ("steps", "expected"), [(1, [2, 1, 3]), (2, [2, 3, 1]), (9, [2, 3, 1]), (-1, [1, 2, 3])]
)
def test_shift(steps: int, expected: list[int]):
    """Up and down within the section, never beyond its ends."""
    assert order(acts.shift(draft(3), "s001.de", steps=steps)) == [f"s{n:03}.de" for n in expected]


def test_move_before_another():
    """Dragged before a story of another section, it joins that section."""
    edition = make_edition(make_placement(1), make_placement(2), make_placement(3, section_id="research"))
    moved = acts.move(edition, "s001.de", before="s003.de")
    assert order(moved) == ["s002.de", "s001.de", "s003.de"]
    found = moved.placement("s001.de")
    assert found is not None
    assert found.section_id == "research"


def test_one_lead_a_language():
    """Pinning a second story releases the first."""
    edition = acts.pin(acts.pin(draft(), "s001.de"), "s002.de")
    assert [p.id for p in edition.placements if p.is_lead] == ["s002.de"]


def test_a_translated_headline_is_of_the_edition_s_language():
    """The editor's English title of a German story stands as English."""
    edition = make_edition(make_placement(1, "en", text_language="de", section_id="in-de"))
    made = acts.edit(edition, "s001.en", headline="New clean room opened").placements[0]
    assert made.text_language == "en"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://a@b.example/", "/relative", "ftp://a.example/", "x"]
)
def test_links_by_hand_must_be_absolute(url: str):
    """An editor's slip does not reach the mail."""
    with pytest.raises(IllegalStepError, match="absolute"):
        acts.edit(draft(), "s001.de", url=url)


@pytest.mark.parametrize("state", [S.COLLECTING, S.DRAFT, S.IN_REVIEW, S.REJECTED, S.NEEDS_DECISION])
def test_states_that_can_be_approved(state: EditionState):
    """From draft to needs decision; the reason is gone with the approval."""
    made = approved(draft(state=state, state_reason="x"))
    assert (made.state, made.state_reason) == (S.APPROVED, "")


@pytest.mark.parametrize("state", [S.SENDING, S.SENT, S.SKIPPED, S.CANCELLED, S.PAUSED])
def test_states_that_cannot_be_approved(state: EditionState):
    """Not what is out, and not what was left out."""
    with pytest.raises(IllegalStepError, match="cannot be approved"):
        approved(draft(state=state))


def test_an_empty_edition_is_never_approved():
    """An empty mail is the complaint most heard of comparable tools."""
    with pytest.raises(IllegalStepError, match="holds no story"):
        approved(acts.drop(draft(1), "s001.de"))


def test_four_eyes():
    """Who changed it last cannot approve it, where the newsletter wants two."""
    edition = draft(changed_by="mia")
    with pytest.raises(IllegalStepError, match="four eyes"):
        acts.approve(edition, content_hash="x", by="mia", at=NOW, needs_four_eyes=True)
    assert acts.approve(edition, content_hash="x", by="jo", at=NOW, needs_four_eyes=True).approval


def test_skip_send_anyway_and_approve():
    """A skipped edition can be taken up again and still needs approval."""
    skipped = acts.skip(draft(), reason="Messewoche")
    assert (skipped.state, skipped.state_reason) == (S.SKIPPED, "Messewoche")
    assert acts.send_anyway(skipped).state is S.DRAFT
    with pytest.raises(IllegalStepError, match="empty mail"):
        acts.send_anyway(replace(skipped, placements=()))


def test_schedule_needs_an_approval():
    """A draft has no start."""
    with pytest.raises(IllegalStepError):
        acts.schedule(draft())
    assert acts.schedule(approved(draft()), at=NOW).send_at == NOW


def test_reject_takes_the_approval():
    """With the note for the editor."""
    made = acts.reject(approved(draft()), note="Titel der Ministerin prüfen")
    assert (made.state, made.approval, made.state_reason) == (S.REJECTED, None, "Titel der Ministerin prüfen")


def test_unknown_ids_are_named():
    """A stale screen gets a clear answer."""
    with pytest.raises(NotFoundError):
        acts.drop(draft(), "s999.de")
    with pytest.raises(NotFoundError):
        acts.add_own(
            draft(), NEWSLETTER, language="de", section_id="nowhere", headline="x", url="https://x.example/"
        )


def test_settings_readers_see_are_part_of_the_hash():
    """Imprint and section titles decide bytes; cadence and editors do not."""
    edition = draft()
    base = content_hash(edition, NEWSLETTER, "looks")
    assert content_hash(edition, replace(NEWSLETTER, imprint=(("de", "anders"),)), "looks") != base
    assert content_hash(edition, NEWSLETTER, "other looks") != base
    assert (
        content_hash(edition, replace(NEWSLETTER, editors=("a@b.example",), undo_minutes=3), "looks") == base
    )


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-4, 4)), max_size=20))
def test_moving_never_loses_a_story(moves: list[tuple[int, int]]):
    """However often stories are moved, all are there, once, with positions of their own."""
    edition = draft(5)
    for number, steps in moves:
        edition = acts.shift(edition, f"s{number:03}.de", steps=steps)
    assert sorted(order(edition)) == [f"s{n:03}.de" for n in range(1, 6)]
    assert len({p.position for p in edition.placements}) == 5
