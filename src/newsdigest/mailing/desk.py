"""
The desk between the ledger and a transport, and what it works with.

The transport pulls messages and reports in groups, written under the lease's fence. The mark "in
data" is one durable commit for a group, right before its final dots, and answers are noted before
that: of a killed sender only what was between dot and answer is unclear.
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsdigest.errors import Retryable
from newsdigest.logs import get_logger
from newsdigest.mailing import headers, retry
from newsdigest.mailing.breaker import Breaker
from newsdigest.mailing.links import LinkMaker
from newsdigest.mailing.message_building import MessageTemplate
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import (
    OPEN_STATES,
    Delivery,
    DeliveryState,
    HandOver,
    MailingState,
    Message,
    Phase,
    Throttle,
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
_LEAST_BATCH, _MOST_BATCH = 8, 256
_LOOK_AGAIN_SECONDS = 0.5
"""A dot is not sent on an older look at who wants mail: the promise of one-click is a second."""


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


@dataclass(slots=True)
class _Held:
    """A delivery in our hands, and when (monotonic) we last looked whether the person still wants it."""

    delivery: Delivery
    looked_at: float


@dataclass(kw_only=True)
class Desk:
    """
    The ledger's side of the counter; see `ports.mail.MailDesk`.

    Attributes:
        state: The mailing's state as seen in the last transaction; None when the lease was lost.
        patient_until: Monotonic; moves on with every answer about a message.
        trouble: Why no relay lets us in, "" while one does.
        planned, settled: Of the whole mailing, for showing progress.
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
    planned: int = 0
    settled: int = 0
    _buffer: deque[tuple[Delivery, Subscriber]] = field(default_factory=deque)
    _out: dict[str, _Held] = field(default_factory=dict)
    _aside: list[str] = field(default_factory=list)
    _throttles: dict[str, Throttle] = field(default_factory=dict)
    _batch: int = 16
    _filled_at: float = 0.0
    _beat_at: float = field(default_factory=time.monotonic)

    # -- what the transport asks

    def take(self, count: int) -> list[Message]:
        """Return up to that many messages; claims more while the desk holds none that may leave."""
        given: list[tuple[Delivery, Subscriber]] = []
        while not given and (self._buffer or (not self._has_to_stop() and self._claim(count))):
            given = self._next(count)
        return [self._message(delivery, person) for delivery, person in given]

    def settle(self, handed: Sequence[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        """
        Store outcomes in one commit and marks in another; return whose dots may be sent.

        A mark must outlive a power cut, as its dot may have been taken. An outcome must only outlive us:
        lost in a power cut it leaves its message uncertain. So outcomes do not wait for the disk, and of a
        sender killed while marks wait for it, no message is in doubt that was answered.
        """
        left = list(handed)
        for attempt in range(1, 4):
            try:
                return self._settle(left, dotting)
            except Retryable:  # a busy database; the answers in our hands must not be lost
                log.warning("ledger_busy", edition=self.order.edition_id, attempt=attempt)
        return self._settle(left, dotting)

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
        self._buffer, self._out, self._aside = deque(), {}, []

    # -- inside

    def _next(self, count: int) -> list[tuple[Delivery, Subscriber]]:
        """Take from what was claimed; what would go where "later" was said since goes back at the next claim."""
        now = self.tools.clock.now()
        held = {name for name, known in self._throttles.items() if retry.is_blocked(known, now)}
        given: list[tuple[Delivery, Subscriber]] = []
        while self._buffer and len(given) < count:
            one = self._buffer.popleft()
            if held and not held.isdisjoint((RELAY, one[0].domain)):
                self._aside.append(one[0].id)
            else:
                given.append(one)
        return given

    def _has_to_stop(self) -> bool:
        is_over = self.state not in (MailingState.SENDING, MailingState.WAITING)
        return is_over or self.tools.should_stop() or time.monotonic() > self.patient_until

    def _hold(self, unit: UnitOfWork, now: datetime) -> MailingState | None:
        self.state = unit.mailings.hold_lease(self.order.edition_id, fence=self.fence, until=now + LEASE)
        self.was_cancelled |= self.state is MailingState.CANCELLED
        self._beat_at = time.monotonic()
        return self.state

    def _settle(self, handed: list[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        now = self.tools.clock.now()
        with self.tools.store.write(is_lasting=not handed) as unit:
            state = self._hold(unit, now)
            if state is None:
                log.error("lease_lost", edition=self.order.edition_id, fence=self.fence)
                return frozenset()
            if handed:
                state = self._note(unit, handed, state, now)
            wanted = list(dotting) if state is MailingState.SENDING else []
            looked, left = self._look_again(unit, wanted, now)
            granted = unit.mailings.mark_in_data(
                [one for one in wanted if one not in left], fence=self.fence, now=now
            )
        for delivery_id in looked:
            self._out[delivery_id].looked_at = time.monotonic()
        for delivery_id in left:
            self._out.pop(delivery_id, None)
        self._tell(len(left))  # whoever listens may write, too: the transaction is over
        return granted

    def _note(
        self, unit: UnitOfWork, handed: list[HandOver], state: MailingState, now: datetime
    ) -> MailingState:
        """Store outcomes, and what they say about relay and domains; empties `handed`, returns the mailing's state."""
        breaker = self.breaker.after_all(handed)
        trouble, throttled = self._trouble(handed), self._throttled(handed, now)
        unit.mailings.mark(self._changed(handed, now), fence=self.fence)
        unit.mailings.put_throttles(throttled.values())
        if breaker.reason and state is MailingState.SENDING:
            self._trip(unit, breaker.reason, now)
            state = MailingState.PAUSED
        elif trouble != self.trouble and state is MailingState.SENDING:
            unit.mailings.set_state(self.order.edition_id, state, reason=trouble, now=now)
        if breaker.weight != self.breaker.weight:
            unit.mailings.count_refusals(self.order.edition_id, breaker.weight)
        unit.go_on()
        self.state, self.breaker, self.trouble = state, breaker, trouble
        self._throttles |= throttled
        for one in handed:
            self._out.pop(one.delivery_id, None)
        self.settled += sum(one.state not in OPEN_STATES for one in handed)
        handed.clear()
        return state

    def _tell(self, number: int) -> None:
        """Say how many more are settled."""
        self.settled += number
        self.tools.progress(self.settled, max(self.planned, self.settled))

    def _look_again(
        self, unit: UnitOfWork, dotting: Sequence[str], now: datetime
    ) -> tuple[list[str], frozenset[str]]:
        """
        Look once more at those whose claim is a while ago; return (who was looked at, who wants none any more).

        A slow relay takes minutes from the claim to the dot; until the dot, leaving counts.
        """
        limit = time.monotonic() - _LOOK_AGAIN_SECONDS
        old = [one for one in dotting if one in self._out and self._out[one].looked_at < limit]
        if not old:
            return [], frozenset()
        held = [self._out[one].delivery for one in old]
        people = unit.subscribers.get_many([one.subscriber_id for one in held], self.tools.newsletter.id)
        stopped = self._suppressed(unit, people)
        dropped = [made for one in held if (made := self._unwanted(one, people, stopped, now)) is not None]
        unit.mailings.mark(dropped, fence=self.fence)
        left = frozenset(one.id for one in dropped)
        return [one for one in old if one not in left], left

    def _trouble(self, handed: Sequence[HandOver]) -> str:
        """Return why no relay lets us in now; after `patience` without any answer we stop for a while."""
        if not handed:
            return self.trouble
        last = handed[-1]
        said = f"({last.code or ''} {last.reply})".replace("( ", "(")
        if any(not one.is_for_all or one.phase is Phase.MAIL for one in handed):
            self.patient_until = float("inf")
            is_later = last.phase is Phase.MAIL and last.state is DeliveryState.DEFERRED
            return (
                f"the relay {last.relay} takes no mail for now {said}; trying again later" if is_later else ""
            )
        self.patient_until = min(self.patient_until, time.monotonic() + self.order.patience.total_seconds())
        return f"the relay {last.relay} does not let us in {said}; trying again"

    def _changed(self, handed: Sequence[HandOver], now: datetime) -> list[Delivery]:
        """Return the deliveries as they stand now; after the breaker tripped a refusal is not counted."""
        changed, breaker = [], self.breaker
        for one in handed:
            made = retry.after(self._out[one.delivery_id].delivery, one, now)
            if breaker.reason and one.state is DeliveryState.FAILED:
                made = dataclasses.replace(made, state=DeliveryState.PLANNED, attempts=made.attempts - 1)
            breaker = breaker.after(one)
            changed.append(made)
        return changed

    def _throttled(self, handed: Sequence[HandOver], now: datetime) -> dict[str, Throttle]:
        """Return the throttles that outcomes change."""
        changed: dict[str, Throttle] = {}
        for one in handed:
            domain = RELAY if one.phase is Phase.MAIL else self._out[one.delivery_id].delivery.domain
            is_sent = one.state is DeliveryState.SENT
            for name in (domain, RELAY) if is_sent else (domain,):
                known = changed.get(name) or self._throttles.get(name)
                if known is None:
                    if is_sent:
                        continue  # as nearly always: nothing to take back
                    known = Throttle(domain=name)
                if made := retry.throttled(known, one, now):
                    changed[name] = made
        return changed

    def _trip(self, unit: UnitOfWork, reason: str, now: datetime) -> None:
        unit.mailings.set_state(self.order.edition_id, MailingState.PAUSED, reason=reason, now=now)
        set_edition(unit, self.order.edition_id, EditionState.PAUSED, reason=reason, now=now)
        unit.audit.add(at=now, by="send", what="edition.pause", subject=self.order.edition_id, detail=reason)
        log.error("sending_paused", edition=self.order.edition_id, reason=reason)

    def _claim(self, count: int) -> int:
        """
        Claim about a second's worth: the later a claim, the fresher the look at who unsubscribed.

        Returns how many were claimed, those counted who want none any more.
        """
        now, instant = self.tools.clock.now(), time.monotonic()
        took = instant - self._filled_at
        self._batch = (
            min(self._batch * 2, _MOST_BATCH) if took < 0.25 else max(self._batch // 2, _LEAST_BATCH)
        )
        self._filled_at = instant
        with self.tools.store.write() as unit:
            if self._hold(unit, now) is not MailingState.SENDING:
                return 0
            unit.mailings.unclaim(self._aside, fence=self.fence)
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
            dropped = [
                made for one in claimed if (made := self._unwanted(one, people, stopped, now)) is not None
            ]
            unit.mailings.mark(dropped, fence=self.fence)
        for delivery_id in self._aside:
            self._out.pop(delivery_id, None)
        self._aside = []
        gone = {one.id for one in dropped}
        for one in claimed:
            if one.id not in gone:
                self._out[one.id] = _Held(one, instant)
                self._buffer.append((one, people[one.subscriber_id]))
        self._tell(len(dropped))
        return len(claimed)

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

    @staticmethod
    def _unwanted(
        delivery: Delivery, people: dict[str, Subscriber], stopped: set[str], now: datetime
    ) -> Delivery | None:
        """Return the delivery with the reason why it does not leave, None when it does."""
        person = people.get(delivery.subscriber_id)
        state, reason = DeliveryState.SUPPRESSED, ""
        if person is None or not person.may_receive_at(now) or delivery.subscriber_id in stopped:
            reason = "unsubscribed, paused or suppressed since the mailing was planned"
        else:
            try:
                headers.require_address(person.address)
            except headers.HeaderError as error:
                state, reason = DeliveryState.FAILED, str(error)
        if not reason:
            return None
        return dataclasses.replace(delivery, state=state, reason=reason, changed_at=now)

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
