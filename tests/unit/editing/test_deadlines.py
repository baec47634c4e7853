"""Reminders, holding and automatic approval around the planned start."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.edition_world import SEND_AT, make_edition, make_newsletter, make_placement

from newsdigest.editing.deadlines import Step, due_step
from newsdigest.model.editions import Approval, EditionState

EARLY = SEND_AT - timedelta(days=3)


def edition(**changes: object):
    return make_edition(make_placement(), **{"created_at": EARLY, **changes})


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(days=2), Step.READY),
        (timedelta(hours=24), Step.DAY_BEFORE),
        (timedelta(hours=3), Step.DAY_BEFORE),
        (timedelta(hours=2), Step.HOURS_BEFORE),
        (timedelta(minutes=1), Step.HOURS_BEFORE),
        (timedelta(0), Step.HOLD),
        (-timedelta(hours=5), Step.HOLD),
        (-timedelta(days=8), None),
    ],
    ids=["drafted", "24_h", "3_h", "2_h", "1_min", "start", "late", "long_ago"],
)
def test_steps_by_time(before: timedelta, expected: Step | None):
    """-24 h, -2 h, then HOLD; nothing goes out unapproved."""
    assert due_step(edition(), make_newsletter(), now=SEND_AT - before) == expected


def test_a_step_is_taken_once():
    """What was done is not due again."""
    assert due_step(edition(), make_newsletter(), now=SEND_AT, done=[Step.HOLD]) is None


def test_no_day_before_for_a_draft_of_today():
    """Drafted within the last day, "ready" has said it all."""
    fresh = edition(created_at=SEND_AT - timedelta(hours=22))
    assert due_step(fresh, make_newsletter(), now=SEND_AT - timedelta(hours=20)) == Step.READY


@pytest.mark.parametrize(
    "state", [EditionState.APPROVED, EditionState.SCHEDULED, EditionState.SENT, EditionState.COLLECTING]
)
def test_nothing_is_due_for(state: EditionState):
    """Approved, on its way, or not begun: no reminder."""
    assert due_step(edition(state=state), make_newsletter(), now=SEND_AT - timedelta(hours=1)) is None


def test_missed_start_is_told():
    """Approved but not begun in time: the editors are asked."""
    approval = Approval(content_hash="x", by="a", at=EARLY)
    missed = edition(state=EditionState.NEEDS_DECISION, approval=approval)
    assert due_step(missed, make_newsletter(), now=SEND_AT + timedelta(hours=3)) == Step.MISSED


def test_only_the_clock_s_skips_are_told():
    """Whom a skip surprises is told of it; who skipped it is not."""
    skipped = edition(state=EditionState.SKIPPED, changed_by="clock")
    assert due_step(skipped, make_newsletter(), now=EARLY) == Step.SKIPPED
    assert due_step(replace(skipped, changed_by="anna"), make_newsletter(), now=EARLY) is None


def test_automatic_newsletter_is_approved_in_time():
    """Only where the newsletter is set to automatic; the undo window fits in before the start."""
    newsletter = make_newsletter(is_automatic=True)
    assert due_step(edition(), newsletter, now=SEND_AT - timedelta(minutes=11)) == Step.READY
    assert due_step(edition(), newsletter, now=SEND_AT - timedelta(minutes=10)) == Step.APPROVE
