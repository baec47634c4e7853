"""
Sending: from planned to sent, one lease, one desk.

The desk stands between the ledger and a transport. The transport pulls messages and reports
in groups; every group is one durable commit, written under the lease's fence. The mark "in
data" is committed right before the final dot, so that of a killed sender only what was
between dot and answer is unclear. Exactly-once over SMTP does not exist; what is unclear is
held, never repeated by itself (unless the mailing says `resend_once`).
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsdigest.errors import IllegalStepError, NewsdigestError, NotFoundError, Retryable
from newsdigest.logs import get_logger
from newsdigest.mailing import headers, report, retry, wire_rules
from newsdigest.mailing.breaker import Breaker
from newsdigest.mailing.links import LinkMaker
from newsdigest.mailing.message_building import MessageTemplate, template
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import (
    Delivery,
    DeliveryState,
    HandOver,
    Mailing,
    MailingReport,
    MailingState,
    Message,
    Phase,
    Throttle,
    UncertainPolicy,
)
from newsdigest.model.newsletters import Newsletter
from newsdigest.model.subscribers import Subscriber
from newsdigest.ports.clock import Clock
from newsdigest.ports.mail import MailTransport, MessageSigner
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.text import tokens

log = get_logger(__name__)

LEASE = timedelta(seconds=4)
HEARTBEAT_SECONDS = 1.0
RELAY = "*"
"""The throttle's name for all domains together."""
_STEP = 0.5
_LEAST_BATCH, _MOST_BATCH = 8, 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOrder:
    """
    What to send and under which limits.

    Attributes:
        owner: This process; `is_alive(owner)` tells whether another one still runs.
        wait: How long to stay for deferred messages (and for the undo window).
        patience: How long to go on while no relay lets us in.
        per_minute: Limit for all domains together; 0 for none.
        domain_limits: Limit per minute by domain.
    """

    edition_id: str
    owner: str
    wait: timedelta = timedelta(minutes=10)
    patience: timedelta = timedelta(minutes=2)
    per_minute: int = 0
    domain_limits: tuple[tuple[str, int], ...] = ()


@dataclass(kw_only=True)
class SendTools:
    """
    What sending works with.

    Attributes:
        pause: Waits that many seconds (or moves a clock set by hand); true to stop at once.
        standing: Says why this database cannot be trusted to know what was sent, "" when it can.
        should_stop: Whether somebody wants this process to end.
        progress: Told (settled, planned).
    """

    clock: Clock
    store: Store
    transport: MailTransport
    newsletter: Newsletter
    links: LinkMaker
    keys: Sequence[bytes]
    is_alive: Callable[[str], bool]
    pause: Callable[[float], None]
    standing: Callable[[Store], str] = lambda store: ""
    should_stop: Callable[[], bool] = lambda: False
    progress: Callable[[int, int], None] = lambda done, total: None
    signer: MessageSigner | None = None


def send(*, tools: SendTools, order: SendOrder) -> MailingReport:
    """
    Return the report after sending until done, paused, stopped, or until waiting takes too long.

    Raises:
        NotFoundError: The edition was not dispatched.
        IllegalStepError: Paused, cancelled or in need of a decision; or another sender is at it.
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
        mailing = _require_sendable(unit.mailings.mailing(order.edition_id), order, tools, now)
        if mailing.state in (MailingState.SENT, MailingState.CANCELLED):
            return None
        fence = unit.mailings.take_lease(order.edition_id, owner=order.owner, until=now + LEASE)
        back, uncertain = unit.mailings.recover(order.edition_id, fence=fence, now=now)
        again = 0
        if mailing.uncertain is UncertainPolicy.RESEND_ONCE:
            again = unit.mailings.resend_uncertain(order.edition_id, now=now, at_most=1)
    if back or uncertain:
        log.warning("sending_resumed", edition=order.edition_id, back=back, uncertain=uncertain, again=again)
    return fence


def _require_sendable(found: Mailing | None, order: SendOrder, tools: SendTools, now: datetime) -> Mailing:
    if found is None:
        raise NotFoundError("mailing of edition", order.edition_id)
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
    desk = Desk(tools=tools, order=order, fence=fence, templates={})
    if not _wait_for_undo(tools, order, desk, deadline):
        return
    desk.templates = _checked_templates(tools, order, fence)
    while not desk.has_ended():
        tools.transport.deliver(desk)
        desk.give_back()
        if desk.has_ended() or _finish(tools, order, fence):
            break
        with tools.store.read() as unit:
            due = _next_moment(unit, order.edition_id)
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


def _next_moment(unit: UnitOfWork, edition_id: str) -> datetime | None:
    """When something is due again: a deferred delivery, or a domain's (or the relay's) next turn."""
    moments = [at for at in [unit.mailings.next_due(edition_id)] if at]
    if unit.mailings.counts(edition_id).get(DeliveryState.PLANNED):
        for throttle in unit.mailings.throttles().values():
            if throttle.blocked_until:
                moments.append(throttle.blocked_until)
            if throttle.window_start:
                moments.append(throttle.window_start + retry.WINDOW)
    return min(moments) if moments else None


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
    """Mark the mailing as sent when nothing is left open."""
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
        unit.mailings.set_state(order.edition_id, MailingState.SENT, now=now)
        set_edition(unit, order.edition_id, EditionState.SENT, now=now)
    log.info(
        "edition_sent", edition=order.edition_id, **{state.value: number for state, number in counts.items()}
    )
    return True


def set_edition(
    unit: UnitOfWork,
    edition_id: str,
    state: EditionState,
    *,
    reason: str = "",
    now: datetime,
    by: str = "send",
) -> None:
    """Let the edition's record say the same as the ledger."""
    edition = unit.editions.get(edition_id)
    if edition is None or edition.state is state:
        return
    changes: dict[str, object] = {"state": state, "state_reason": reason, "changed_by": by, "changed_at": now}
    if state is EditionState.SENDING and edition.started_at is None:
        changes["started_at"] = now
    if state in (EditionState.SENT, EditionState.CANCELLED):
        changes["finished_at"] = now
    unit.editions.save(dataclasses.replace(edition, **changes))  # type: ignore[arg-type]


@dataclass(kw_only=True)
class Desk:
    """
    The ledger's side of the counter; see `ports.mail.MailDesk`.

    Attributes:
        state: The mailing's state as seen in the last transaction; None when the lease was lost.
        patient_until: Monotonic; moves on with every answer about a message.
        trouble: Why no relay lets us in, "" while one does.
    """

    tools: SendTools
    order: SendOrder
    fence: int
    templates: dict[str, MessageTemplate]
    patient_until: float = float("inf")
    trouble: str = ""
    state: MailingState | None = MailingState.SENDING
    breaker: Breaker = field(default_factory=Breaker)
    was_cancelled: bool = False
    _buffer: list[Message] = field(default_factory=list)
    _out: dict[str, Delivery] = field(default_factory=dict)
    _throttles: dict[str, Throttle] = field(default_factory=dict)
    _batch: int = 16
    _filled_at: float = 0.0
    _beat_at: float = field(default_factory=time.monotonic)
    _settled: int = 0
    _planned: int = 0
    _counts: tuple[int, int] = (0, 0)

    # -- what the transport asks

    def take(self, count: int) -> list[Message]:
        """Return up to that many messages; claims more when the desk is empty."""
        if not self._buffer and not self._has_to_stop():
            self._claim(count)
        given, self._buffer = self._buffer[:count], self._buffer[count:]
        return given

    def settle(self, handed: Sequence[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        """Store outcomes and marks in one durable commit."""
        for attempt in range(4):
            try:
                return self._settle(handed, dotting)
            except Retryable:  # a busy database; the answers in our hands must not be lost
                if attempt == 3:
                    raise
                log.warning("ledger_busy", edition=self.order.edition_id, attempt=attempt + 1)
        raise AssertionError("unreachable")

    def is_stopping(self) -> bool:
        """Whether to take nothing more; keeps the lease alive."""
        if time.monotonic() - self._beat_at >= HEARTBEAT_SECONDS:
            with self.tools.store.write() as unit:
                self._hold(unit, self.tools.clock.now())
        return self._has_to_stop()

    # -- what the job asks

    def has_ended(self) -> bool:
        """Whether there is no point in going on now."""
        return self._has_to_stop()

    def give_back(self) -> None:
        """Plan again what was claimed but never begun."""
        with self.tools.store.write() as unit:
            if self._hold(unit, self.tools.clock.now()) is not None:
                unit.mailings.unclaim(list(self._out), fence=self.fence)
        self._buffer, self._out = [], {}

    # -- inside

    def _has_to_stop(self) -> bool:
        is_over = self.state not in (MailingState.SENDING, MailingState.WAITING)
        return is_over or self.tools.should_stop() or time.monotonic() > self.patient_until

    def _hold(self, unit: UnitOfWork, now: datetime) -> MailingState | None:
        self.state = unit.mailings.hold_lease(self.order.edition_id, fence=self.fence, until=now + LEASE)
        self.was_cancelled |= self.state is MailingState.CANCELLED
        self._beat_at = time.monotonic()
        return self.state

    def _settle(self, handed: Sequence[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        now = self.tools.clock.now()
        breaker = self.breaker.after_all(handed)
        trouble = self._trouble(handed)
        with self.tools.store.write() as unit:
            state = self._hold(unit, now)
            if state is None:
                log.error("lease_lost", edition=self.order.edition_id, fence=self.fence)
                return frozenset()
            unit.mailings.mark(self._changed(handed, now), fence=self.fence)
            unit.mailings.put_throttles(self._throttled(handed, now))
            if breaker.reason and state is MailingState.SENDING:
                self._trip(unit, breaker.reason, now)
                state = MailingState.PAUSED
            elif trouble != self.trouble and state is MailingState.SENDING:
                unit.mailings.set_state(self.order.edition_id, state, reason=trouble, now=now)
            granted = dotting if state is MailingState.SENDING else ()
            unit.mailings.mark_in_data(list(granted), fence=self.fence, now=now)
        self.state, self.breaker, self.trouble = state, breaker, trouble
        for one in handed:
            self._out.pop(one.delivery_id, None)
        self._settled += len(handed)
        self.tools.progress(self._settled, max(self._planned, self._settled))
        return frozenset(granted)

    def _trouble(self, handed: Sequence[HandOver]) -> str:
        """Return why no relay lets us in now; after `patience` without any answer we stop for a while."""
        if any(not one.is_for_all or one.phase is Phase.MAIL for one in handed):
            self.patient_until = float("inf")
            return ""
        if not handed:
            return self.trouble
        last = handed[-1]
        self.patient_until = min(self.patient_until, time.monotonic() + self.order.patience.total_seconds())
        return f"the relay {last.relay} does not let us in ({last.code or ''} {last.reply}); trying again".replace(
            "( ", "("
        )

    def _changed(self, handed: Sequence[HandOver], now: datetime) -> list[Delivery]:
        """Return the deliveries as they stand now; after the breaker tripped a refusal is not counted."""
        changed, breaker = [], self.breaker
        for one in handed:
            made = retry.after(self._out[one.delivery_id], one, now)
            if breaker.reason and one.state is DeliveryState.FAILED:
                made = dataclasses.replace(made, state=DeliveryState.PLANNED, attempts=made.attempts - 1)
            breaker = breaker.after(one)
            changed.append(made)
        return changed

    def _throttled(self, handed: Sequence[HandOver], now: datetime) -> list[Throttle]:
        changed = {}
        for one in handed:
            domain = self._out[one.delivery_id].domain
            known = self._throttles.get(domain, Throttle(domain=domain))
            if made := retry.throttled(known, one, now):
                self._throttles[domain] = changed[domain] = made
        return list(changed.values())

    def _trip(self, unit: UnitOfWork, reason: str, now: datetime) -> None:
        unit.mailings.set_state(self.order.edition_id, MailingState.PAUSED, reason=reason, now=now)
        set_edition(unit, self.order.edition_id, EditionState.PAUSED, reason=reason, now=now)
        unit.audit.add(at=now, by="send", what="edition.pause", subject=self.order.edition_id, detail=reason)
        log.error("sending_paused", edition=self.order.edition_id, reason=reason)

    def _claim(self, count: int) -> None:
        """Claim about a second's worth: the later a claim, the fresher the look at who unsubscribed."""
        now, instant = self.tools.clock.now(), time.monotonic()
        took = instant - self._filled_at
        self._batch = (
            min(self._batch * 2, _MOST_BATCH) if took < 0.25 else max(self._batch // 2, _LEAST_BATCH)
        )
        self._filled_at = instant
        with self.tools.store.write() as unit:
            if self._hold(unit, now) is not MailingState.SENDING:
                return
            limit, allowances = self._allowances(unit, now, max(self._batch, count))
            claimed = (
                unit.mailings.claim(
                    self.order.edition_id, now=now, limit=limit, fence=self.fence, allowances=allowances
                )
                if limit
                else []
            )
            self._count_windows(unit, claimed)
            people = unit.subscribers.get_many(
                [one.subscriber_id for one in claimed], self.tools.newsletter.id
            )
            stopped = self._suppressed(unit, people)
            messages, dropped = self._messages(claimed, people, stopped, now)
            unit.mailings.mark(dropped, fence=self.fence)
        self._buffer += messages

    def _allowances(self, unit: UnitOfWork, now: datetime, limit: int) -> tuple[int, dict[str, int]]:
        """Return how many may be claimed in all, and how many for the domains that are limited."""
        self._throttles = unit.mailings.throttles()
        limits = dict(self.order.domain_limits)
        held: dict[str, int] = {}
        for domain in {*limits, *self._throttles} - {RELAY}:
            known = self._throttles.get(domain, Throttle(domain=domain))
            number, self._throttles[domain] = retry.allowance(
                known, per_minute=limits.get(domain, 0), now=now
            )
            if number >= 0:
                held[domain] = number
        known = self._throttles.get(RELAY, Throttle(domain=RELAY))
        number, self._throttles[RELAY] = retry.allowance(known, per_minute=self.order.per_minute, now=now)
        return (limit if number < 0 else min(limit, number)), held

    def _count_windows(self, unit: UnitOfWork, claimed: Sequence[Delivery]) -> None:
        limited = {domain for domain, _ in self.order.domain_limits} | (
            {RELAY} if self.order.per_minute else set()
        )
        used: dict[str, int] = {}
        for one in claimed:
            for name in (one.domain, RELAY):
                if name in limited:
                    used[name] = used.get(name, 0) + 1
        for name, number in used.items():
            throttle = self._throttles[name]
            self._throttles[name] = dataclasses.replace(throttle, used=throttle.used + number)
        unit.mailings.put_throttles(self._throttles[name] for name in used)

    def _suppressed(self, unit: UnitOfWork, people: dict[str, Subscriber]) -> set[str]:
        """Return the ids of those who were suppressed since the mailing was planned."""
        hashes = {
            id_: tokens.address_hashes(self.tools.keys, person.address) for id_, person in people.items()
        }
        every = [one for own in hashes.values() for one in own]
        stopped = unit.subscribers.suppressed(every, self.tools.newsletter.id)
        return {id_ for id_, own in hashes.items() if not stopped.isdisjoint(own)}

    def _messages(
        self, claimed: Sequence[Delivery], people: dict[str, Subscriber], stopped: set[str], now: datetime
    ) -> tuple[list[Message], list[Delivery]]:
        """Return messages for those who still want one, and deliveries that were dropped with the reason."""
        messages: list[Message] = []
        dropped: list[Delivery] = []
        for one in claimed:
            person = people.get(one.subscriber_id)
            if person is None or not person.may_receive_at(now) or one.subscriber_id in stopped:
                reason = "unsubscribed, paused or suppressed since the mailing was planned"
                dropped.append(
                    dataclasses.replace(one, state=DeliveryState.SUPPRESSED, reason=reason, changed_at=now)
                )
                continue
            try:
                messages.append(self._message(one, person))
            except headers.HeaderError as error:
                failed = dataclasses.replace(
                    one, state=DeliveryState.FAILED, reason=str(error), changed_at=now
                )
                dropped.append(failed)
                continue
            self._out[one.id] = one
        return messages, dropped

    def _message(self, delivery: Delivery, person: Subscriber) -> Message:
        links = self.tools.links
        content = self.templates[delivery.variant_id].fill(links.recipient(delivery, person.address))
        return Message(
            delivery_id=delivery.id,
            mail_from=links.mail_from(delivery),
            rcpt_to=person.address,
            content=content,
            is_dotless=True,  # asserted with all other rules, and splicing adds none
        )
