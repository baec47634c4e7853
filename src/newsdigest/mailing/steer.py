"""
Steering a mailing: pause, go on, take back, cancel, and decide about what is uncertain.

Each act is one transaction on the ledger. A running sender sees it at its next commit, and
looks at least once a second (the promise is five seconds); what is past its dot stays sent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from newsdigest.errors import IllegalStepError
from newsdigest.logs import get_logger
from newsdigest.mailing import report
from newsdigest.mailing.desk import LEASE, set_edition
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import Mailing, MailingState
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store, UnitOfWork

log = get_logger(__name__)

Decision = Literal["hold", "sent", "again"]
_RUNNING = (MailingState.WAITING, MailingState.SENDING)
_STOPPED = (MailingState.PAUSED, MailingState.NEEDS_DECISION)


def pause(*, clock: Clock, store: Store, edition_id: str, by: str, reason: str = "") -> None:
    """
    Stop a mailing until somebody resumes it.

    Raises:
        IllegalStepError: It is not under way.
    """
    words = reason or f"paused by {by}"
    with store.write() as unit:
        mailing = _mailing(unit, edition_id)
        if mailing.state not in _RUNNING:
            raise IllegalStepError(edition_id, f"is {_words(mailing)}; only what is under way can be paused")
        now = clock.now()
        unit.mailings.set_state(edition_id, MailingState.PAUSED, reason=words, now=now)
        set_edition(unit, edition_id, EditionState.PAUSED, reason=words, now=now, by=by)
        unit.audit.add(at=now, by=by, what="edition.pause", subject=edition_id, detail=words)
    log.info("mailing_paused", edition=edition_id)


def resume(
    *,
    clock: Clock,
    store: Store,
    edition_id: str,
    by: str,
    uncertain: Decision = "hold",
    retries_failed: bool = False,
) -> int:
    """
    Let a mailing go on; return how many uncertain and failed deliveries were decided.

    Args:
        uncertain: `hold` leaves them, `sent` counts them as sent, `again` sends to them again.
        retries_failed: Plan refused deliveries again (the relay's fault is mended).

    Raises:
        IllegalStepError: It was cancelled.
    """
    with store.write() as unit:
        mailing, now = _mailing(unit, edition_id), clock.now()
        if mailing.state is MailingState.CANCELLED:
            raise IllegalStepError(edition_id, "was cancelled; make a correction instead")
        decided = again = 0
        if uncertain == "sent":
            decided = unit.mailings.accept_uncertain(edition_id, now=now, by=by)
        elif uncertain == "again":
            decided = again = unit.mailings.resend_uncertain(edition_id, now=now, at_most=1_000_000)
        failed = unit.mailings.retry_failed(edition_id, now=now) if retries_failed else 0
        if mailing.state in _STOPPED or again or failed:
            unit.mailings.set_state(edition_id, MailingState.SENDING, now=now)
            unit.mailings.count_refusals(edition_id, 0)
            set_edition(unit, edition_id, EditionState.SENDING, now=now, by=by)
        detail = f"uncertain: {uncertain} ({decided}), failed again: {failed}"
        unit.audit.add(at=now, by=by, what="edition.resume", subject=edition_id, detail=detail)
    log.info("mailing_resumed", edition=edition_id, uncertain=uncertain, decided=decided, failed=failed)
    return decided + failed


def take_back(*, clock: Clock, store: Store, edition_id: str, by: str) -> None:
    """
    Undo the sending of an edition before its first mail: it is approved as before.

    Raises:
        IllegalStepError: A mail has left already.
    """
    with store.write() as unit:
        mailing, now = _mailing(unit, edition_id), clock.now()
        if mailing.state is MailingState.SENT or not unit.mailings.remove(edition_id):
            raise IllegalStepError(edition_id, "has been begun; pause or cancel it instead")
        set_edition(unit, edition_id, EditionState.APPROVED, now=now, by=by)
        unit.audit.add(at=now, by=by, what="edition.take_back", subject=edition_id)


def cancel(*, clock: Clock, store: Store, edition_id: str, by: str, is_alive: Callable[[str], bool]) -> int:
    """
    End a mailing for good; return how many will get nothing.

    What a running sender holds in its hands it cancels itself within a second.

    Raises:
        IllegalStepError: Everything was sent.
    """
    with store.write() as unit:
        mailing, now = _mailing(unit, edition_id), clock.now()
        if mailing.state is MailingState.SENT:
            raise IllegalStepError(edition_id, "has been sent; make a correction instead")
        number = _cancel_open(unit, mailing, now=now, by=by, is_alive=is_alive)
        reason = f"cancelled by {by}"
        unit.mailings.set_state(edition_id, MailingState.CANCELLED, reason=reason, now=now)
        set_edition(unit, edition_id, EditionState.CANCELLED, reason=reason, now=now, by=by)
        unit.audit.add(at=now, by=by, what="edition.cancel", subject=edition_id, detail=f"{number} not sent")
    log.info("mailing_cancelled", edition=edition_id, number=number)
    return number


def clear_up(*, clock: Clock, store: Store, is_alive: Callable[[str], bool]) -> None:
    """Cancel what senders of cancelled mailings still held in their hands when they died."""
    with store.read() as unit:
        left = [one for one in unit.mailings.mailings([MailingState.CANCELLED]) if one.owner]
    for mailing in left:
        with store.write() as unit:
            present = _mailing(unit, mailing.edition_id)
            _cancel_open(unit, present, now=clock.now(), by="clear up", is_alive=is_alive)


def _cancel_open(
    unit: UnitOfWork, mailing: Mailing, *, now: datetime, by: str, is_alive: Callable[[str], bool]
) -> int:
    """Cancel what is open; what a sender holds that still has its lease is left to it."""
    is_held = mailing.owner and mailing.lease_until and mailing.lease_until > now
    if not (is_held and is_alive(mailing.owner)):
        fence = unit.mailings.take_lease(mailing.edition_id, owner=by, until=now + LEASE)
        unit.mailings.recover(mailing.edition_id, fence=fence, now=now)
        unit.mailings.release_lease(mailing.edition_id, fence=fence)
    return unit.mailings.cancel_open(mailing.edition_id, now=now)


def _mailing(unit: UnitOfWork, edition_id: str) -> Mailing:
    found = unit.mailings.mailing(edition_id)
    if found is None:
        raise report.missing(unit, edition_id)
    return found


def _words(mailing: Mailing) -> str:
    return mailing.state.replace("_", " ")
