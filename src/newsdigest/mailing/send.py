"""
Sending: from planned to sent, one lease, one desk.

Exactly-once over SMTP does not exist: between our final dot and the relay's answer lies an
unclear window. What is unclear is held, never repeated by itself (unless the mailing says
`resend_once`). A new sender takes the lease, clears up after the one before, and goes on.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from newsdigest.errors import IllegalStepError, NewsdigestError
from newsdigest.logs import get_logger
from newsdigest.mailing import report, retry, wire_rules
from newsdigest.mailing.breaker import Breaker
from newsdigest.mailing.desk import LEASE, Desk, SendOrder, SendTools, set_edition
from newsdigest.mailing.links import LinkMaker
from newsdigest.mailing.message_building import MessageTemplate, template
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import (
    Delivery,
    DeliveryState,
    Mailing,
    MailingReport,
    MailingState,
    UncertainPolicy,
)
from newsdigest.ports.storage import UnitOfWork

log = get_logger(__name__)

_STEP = 0.5


def send(*, tools: SendTools, order: SendOrder) -> MailingReport:
    """
    Return the report after sending until done, paused, stopped, or until waiting takes too long.

    Raises:
        NotFoundError: There is no such edition.
        IllegalStepError: No mail of it was planned; it is paused, cancelled or in need of a decision; or
            another sender is at it.
    """
    if reason := tools.standing(tools.store):
        raise IllegalStepError(order.edition_id, reason)
    fence = _begin(tools, order)
    if fence is None:
        return report.read(tools.store, order.edition_id)
    try:
        _deliver(tools, order, fence)
    finally:
        tools.transport.close()
        with tools.store.write() as unit:
            unit.mailings.release_lease(order.edition_id, fence=fence)
    return report.read(tools.store, order.edition_id)


def _begin(tools: SendTools, order: SendOrder) -> int | None:
    """Take the lease and clear up after a sender that died; None when there is nothing to send (yet)."""
    now = tools.clock.now()
    with tools.store.write() as unit:
        found = unit.mailings.mailing(order.edition_id)
        if found is None:
            raise report.missing(unit, order.edition_id)
        mailing = _require_sendable(found, order, tools, now)
        if mailing.state in (MailingState.SENT, MailingState.CANCELLED):
            return None
        fence = unit.mailings.take_lease(order.edition_id, owner=order.owner, until=now + LEASE)
        back, uncertain = unit.mailings.recover(order.edition_id, fence=fence, now=now)
        again = _resends(unit, mailing, now)
    if back or uncertain:
        log.warning("sending_resumed", edition=order.edition_id, back=back, uncertain=uncertain, again=again)
    return fence


def _resends(unit: UnitOfWork, mailing: Mailing, now: datetime) -> int:
    """Plan again what is uncertain and may be repeated once by itself; return how many."""
    if mailing.uncertain is not UncertainPolicy.RESEND_ONCE:
        return 0
    return unit.mailings.resend_uncertain(mailing.edition_id, now=now, at_most=1)


def _require_sendable(found: Mailing, order: SendOrder, tools: SendTools, now: datetime) -> Mailing:
    if found.state in (MailingState.PAUSED, MailingState.NEEDS_DECISION):
        raise IllegalStepError(
            found.edition_id, f"is {found.state.replace('_', ' ')}: {found.reason}; resume or cancel it"
        )
    is_held = found.owner and found.owner != order.owner and found.lease_until and found.lease_until > now
    if is_held and tools.is_alive(found.owner):
        raise IllegalStepError(
            found.edition_id, "another process is sending it; look at `newsdigest deliveries`"
        )
    return found


def _deliver(tools: SendTools, order: SendOrder, fence: int) -> None:
    deadline = time.monotonic() + order.wait.total_seconds()
    started = tools.clock.now()
    with tools.store.read() as unit:
        counts = unit.mailings.counts(order.edition_id)
        mailing = unit.mailings.mailing(order.edition_id)
    if mailing is None:  # taken back this moment
        return
    desk = Desk(
        tools=tools,
        order=order,
        fence=fence,
        templates={},
        trouble=mailing.reason,
        breaker=Breaker(refusals=mailing.refusals),
        planned=sum(counts.values()),
        settled=sum(number for state, number in counts.items() if state not in report.OPEN_STATES),
    )
    if not _wait_for_undo(tools, order, desk, deadline):
        return
    desk.templates = _checked_templates(tools, order, fence)
    while not desk.has_ended():
        since = tools.clock.now()
        tools.transport.deliver(desk)
        desk.give_back()
        if desk.has_ended() or _finish(tools, order, fence):
            break
        with tools.store.read() as unit:
            due = _next_moment(unit, order.edition_id, since=since, now=tools.clock.now())
        now = tools.clock.now()
        # `started` bounds a clock set by hand, `deadline` the machine's.
        if due is None or due - started > order.wait:
            break
        if not _wait(tools, desk, max(0.0, (due - now).total_seconds()), deadline):
            break
    if desk.was_cancelled:
        with tools.store.write() as unit:
            unit.mailings.cancel_open(order.edition_id, now=tools.clock.now())


def _wait_for_undo(tools: SendTools, order: SendOrder, desk: Desk, deadline: float) -> bool:
    """Wait for the undo window's end; then the mailing is `sending`. False to leave it for later."""
    with tools.store.read() as unit:
        mailing = unit.mailings.mailing(order.edition_id)
    assert mailing
    left = (mailing.not_before - tools.clock.now()).total_seconds()
    if left > 0 and (left > order.wait.total_seconds() or not _wait(tools, desk, left, deadline)):
        return False
    now = tools.clock.now()
    with tools.store.write() as unit:
        if unit.mailings.hold_lease(order.edition_id, fence=desk.fence, until=now + LEASE) in (
            MailingState.WAITING,
            MailingState.SENDING,
        ):
            unit.mailings.set_state(order.edition_id, MailingState.SENDING, now=now)
            set_edition(unit, order.edition_id, EditionState.SENDING, now=now)
    return not desk.is_stopping()


def _wait(tools: SendTools, desk: Desk, seconds: float, deadline: float) -> bool:
    """Wait in small steps, keeping the lease alive; False when it is time to stop."""
    until = tools.clock.now() + timedelta(seconds=seconds)
    while tools.clock.now() < until:
        if desk.is_stopping() or time.monotonic() > deadline:
            return False
        tools.pause(min(_STEP, max(0.01, (until - tools.clock.now()).total_seconds())))
    return True


def _next_moment(unit: UnitOfWork, edition_id: str, *, since: datetime, now: datetime) -> datetime | None:
    """
    When something is due again: a deferred delivery, or a domain's (or the relay's) next turn.

    Args:
        since: Before the last round: waits that were over by then held nobody back in it.
    """
    moments = [at for at in [unit.mailings.next_due(edition_id, after=since)] if at]
    first = unit.mailings.next_due(edition_id)
    if unit.mailings.counts(edition_id).get(DeliveryState.PLANNED) or (first and first <= since):
        turns = [
            at
            for throttle in unit.mailings.throttles().values()
            for at in (throttle.blocked_until, throttle.window_start and throttle.window_start + retry.WINDOW)
            if at and since < at <= now + retry.DOMAIN_WAITS[-1]
        ]
        # Where nothing holds them back, they were planned (again) during the last round.
        moments.append(min(turns, default=now + timedelta(seconds=_STEP)))
    return min(moments, default=None)


def _checked_templates(tools: SendTools, order: SendOrder, fence: int) -> dict[str, MessageTemplate]:
    """
    Return the variants ready for filling in, every rule asserted on a sample's final bytes.

    Raises:
        NewsdigestError: A rule is broken; the mailing is paused with the reason.
    """
    with tools.store.read() as unit:
        mailing = unit.mailings.mailing(order.edition_id)
        variants = unit.editions.variants(order.edition_id)
    assert mailing
    made: dict[str, MessageTemplate] = {}
    problems: list[str] = []
    for variant in variants.values():
        try:
            made[variant.id] = template(variant, tools.newsletter, date=mailing.date, signer=tools.signer)
            problems += [f"{variant.id}: {problem}" for problem in problems_of(made[variant.id], tools.links)]
        except NewsdigestError as error:
            problems.append(f"{variant.id}: {error}")
    if problems:
        reason = "the message breaks rules: " + "; ".join(problems[:5])
        with tools.store.write() as unit:
            unit.mailings.set_state(
                order.edition_id, MailingState.PAUSED, reason=reason, now=tools.clock.now()
            )
            set_edition(unit, order.edition_id, EditionState.PAUSED, reason=reason, now=tools.clock.now())
        raise IllegalStepError(order.edition_id, reason)
    return made


def problems_of(made: MessageTemplate, links: LinkMaker) -> list[str]:
    """Return the rules that a message to a sample recipient would break."""
    return wire_rules.broken(sample_of(made, links), is_signed=made.signer is not None)


def sample_of(made: MessageTemplate, links: LinkMaker) -> bytes:
    """Return the message to a sample recipient whose address is as long as may be."""
    sample = Delivery(
        id="d" + "0" * 20,
        edition_id="sample",
        subscriber_id="p" + "0" * 20,
        variant_id=made.variant_id,
        domain="example.org",
    )
    return made.fill(links.recipient(sample, "m" * 64 + "@" + "d" * 60 + ".example.org"))


def _finish(tools: SendTools, order: SendOrder, fence: int) -> bool:
    """Mark the mailing as sent when nothing is left open, and nothing to be repeated by itself."""
    now = tools.clock.now()
    with tools.store.write() as unit:
        if (
            unit.mailings.hold_lease(order.edition_id, fence=fence, until=now + LEASE)
            is not MailingState.SENDING
        ):
            return True
        counts = unit.mailings.counts(order.edition_id)
        if any(counts.get(state) for state in report.OPEN_STATES):
            return False
        mailing = unit.mailings.mailing(order.edition_id)
        if mailing and _resends(unit, mailing, now):
            return False
        unit.mailings.set_state(order.edition_id, MailingState.SENT, now=now)
        set_edition(unit, order.edition_id, EditionState.SENT, now=now)
    log.info(
        "edition_sent", edition=order.edition_id, **{state.value: number for state, number in counts.items()}
    )
    return True
