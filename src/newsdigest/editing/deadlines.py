"""
What is due around the planned start of an edition: mails to the editors, holding, automatic approval.

Pure, and counted from the edition's own record, so that being late or down changes nothing but
the moment: of several steps passed at once only the newest is taken; a reminder that has
become pointless is not sent. Without approval an edition is held, never sent.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from newsdigest.model.editions import Edition, EditionState
from newsdigest.model.newsletters import Newsletter

FIRST_REMINDER = timedelta(hours=24)
LAST_REMINDER = timedelta(hours=2)
FORGET_AFTER = timedelta(days=7)
"""A mail to the editors about an edition older than this helps nobody."""

_WAITING = frozenset({EditionState.DRAFT, EditionState.IN_REVIEW, EditionState.REJECTED})


class Step(StrEnum):
    """One step; all but APPROVE end in a mail to the editors."""

    READY = "ready"  # the draft is there
    DAY_BEFORE = "day_before"
    HOURS_BEFORE = "hours_before"
    HOLD = "hold"  # nobody approved: held
    MISSED = "missed"  # approved, but the start was missed
    SKIPPED = "skipped"  # too few stories
    APPROVE = "approve"  # an automatic newsletter only


def due_step(
    edition: Edition, newsletter: Newsletter, *, now: datetime, done: Collection[Step] = ()
) -> Step | None:
    """
    Return the step that is due now, None where nothing is.

    Args:
        done: Steps taken already for this edition.
    """
    step = _newest(edition, newsletter, now)
    if step is None or step in done or now - edition.send_at > FORGET_AFTER:
        return None
    return step


def _newest(edition: Edition, newsletter: Newsletter, now: datetime) -> Step | None:
    if edition.state is EditionState.NEEDS_DECISION:
        return Step.MISSED if edition.approval is not None else Step.HOLD
    if edition.state is EditionState.SKIPPED:
        # One that a person skipped is no news to the editors.
        return Step.SKIPPED if edition.changed_by == "clock" and edition.placements else None
    if edition.state not in _WAITING or edition.follows:
        return None
    if newsletter.is_automatic:
        undo = timedelta(minutes=newsletter.undo_minutes)
        return Step.APPROVE if edition.send_at - undo <= now else Step.READY
    if now >= edition.send_at:
        return Step.HOLD
    if now >= edition.send_at - LAST_REMINDER:
        return Step.HOURS_BEFORE
    # Drafted within the last day, "ready" says all that the first reminder would.
    was_there = edition.created_at < edition.send_at - FIRST_REMINDER
    if now >= edition.send_at - FIRST_REMINDER and was_there:
        return Step.DAY_BEFORE
    return Step.READY
