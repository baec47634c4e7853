"""Retention: what is not needed any more goes, with a report of what went and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from newsdigest import logs
from newsdigest.model.subscribers import SubscriberState
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store
from newsdigest.subscribing import consent

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """
    How long what is kept.

    Attributes:
        pending: A sign-up nobody confirmed.
        ended: A subscription after it ended: the proof of consent, until claims about it lapse.
        attempts: Keyed hashes for the caps of abuse.
    """

    pending: timedelta = timedelta(days=14)
    ended: timedelta = timedelta(days=3 * 365)
    attempts: timedelta = timedelta(days=60)


@dataclass
class RetentionReport:
    """How many records went or changed."""

    pending_removed: int = 0
    ended_removed: int = 0
    attempts_removed: int = 0
    woken: int = 0

    @property
    def line(self) -> str:
        """One line for the operator; "" when nothing was due."""
        facts = {
            "unconfirmed sign-ups deleted": self.pending_removed,
            "ended subscriptions deleted": self.ended_removed,
            "old sign-up counts deleted": self.attempts_removed,
            "pauses over": self.woken,
        }
        return ", ".join(f"{number} {what}" for what, number in facts.items() if number)


def retain(*, clock: Clock, store: Store, periods: Periods) -> RetentionReport:
    """Delete what is past its period and wake those whose pause is over; doing it twice is doing it once."""
    now = clock.now()
    report = RetentionReport()
    waiting = (
        SubscriberState.PENDING,
        SubscriberState.UNSUBSCRIBED,
        SubscriberState.BOUNCED,
        SubscriberState.PAUSED,
    )
    with store.write() as unit:
        people = unit.subscribers
        for person in list(people.iterate(states=waiting)):
            if consent.is_stale(person, now=now, keep=periods.pending):
                people.remove(person.id, person.newsletter_id)
                report.pending_removed += 1
            elif person.ended_at is not None and now - person.ended_at > periods.ended:
                people.remove(person.id, person.newsletter_id)
                report.ended_removed += 1
            elif person.state is SubscriberState.PAUSED and person.may_receive_at(now):
                made, event = consent.resume(person, now=now)
                people.put([made])
                if event is not None:
                    people.add_event(event)
                report.woken += 1
        report.attempts_removed = people.forget_attempts(before=now - periods.attempts)
        if report.line:
            unit.audit.add(at=now, by="retention", what="retention", subject="people", detail=report.line)
    if report.line:
        log.info("retention_done", report=report.line)
    return report
