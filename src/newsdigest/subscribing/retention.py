"""
Retention: what is not needed any more goes, with a report of what went and why.

Every kind of record has one row in the table below: its period, how what is due is counted and how
it goes. Counting and letting go ask the same condition, so the screen that says "would go" and the
job agree. What is kept for good is kept on purpose: the audit log (its chain would break), standing
suppressions (no import may bring anybody back), takedowns, editions and their approvals, editors'
corrections and the wording people agreed to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Protocol

from newsdigest import logs
from newsdigest.model.subscribers import Subscriber, SubscriberState
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store
from newsdigest.subscribing import consent

log = logs.get_logger(__name__)

LAST = "retention:last"
WAITING = (
    SubscriberState.PENDING,
    SubscriberState.UNSUBSCRIBED,
    SubscriberState.BOUNCED,
    SubscriberState.PAUSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """
    How long what is kept; a kind of record each, in the order of the report.

    Attributes:
        pending: A sign-up nobody confirmed.
        ended: A subscription after it ended: the proof of consent, until claims about it lapse.
        attempts: Keyed hashes for the caps of abuse.
        reports: What relays and providers reported about deliveries (bounces, complaints).
        deliveries: Who got which edition; afterwards only the sums are left.
        sessions: Log-ins to the newsroom; they are dead after half a day at most.
        failures: Counts of failed log-ins.
        runs: Runs of jobs. A run is what keeps a period from being done twice: never under a year.
        items: Texts of items that their source serves no more.
        tombstones: What then still tells an old item from a new one; two years at least.
        pictures: Copies of pictures that no edition and no item shows.
        dry_runs: Mails that a dry run wrote into the outbox folder.
        copies: What `restore` and `migrate` kept of the state before: whoever was forgotten since stands in it.
    """

    pending: timedelta = timedelta(days=14)
    ended: timedelta = timedelta(days=3 * 365)
    attempts: timedelta = timedelta(days=60)
    reports: timedelta = timedelta(days=365)
    deliveries: timedelta = timedelta(days=3 * 365)
    sessions: timedelta = timedelta(hours=12)
    failures: timedelta = timedelta(days=30)
    runs: timedelta = timedelta(days=400)
    items: timedelta = timedelta(days=365)
    tombstones: timedelta = timedelta(days=3 * 365)
    pictures: timedelta = timedelta(days=60)
    dry_runs: timedelta = timedelta(days=30)
    copies: timedelta = timedelta(days=30)


KINDS = tuple(period.name for period in fields(Periods))
WORDS = {
    "pending": "unconfirmed sign-ups deleted",
    "ended": "ended subscriptions deleted",
    "attempts": "old sign-up counts deleted",
    "reports": "old reports of relays deleted",
    "deliveries": "old deliveries made anonymous",
    "sessions": "dead sessions deleted",
    "failures": "old failed log-ins deleted",
    "runs": "old runs of jobs deleted",
    "items": "old texts of items deleted",
    "tombstones": "old traces of items deleted",
    "pictures": "unused pictures deleted",
    "dry_runs": "old dry-run mails deleted",
    "copies": "copies of an earlier state deleted",
    "woken": "pauses over",
}


class Keeper(Protocol):
    """Records and files that no room of ours owns alone; kinds as in `Periods`."""

    def due(self, kind: str, before: datetime) -> int:
        """How many records of that kind are older."""
        ...

    def let_go(self, kind: str, before: datetime) -> int:
        """Delete (or make anonymous) those that `due` counts; return how many went."""
        ...


@dataclass
class RetentionReport:
    """How many records went or changed, by kind."""

    counts: dict[str, int] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """One line for the operator; "" when nothing was due."""
        return "; ".join(
            f"{self.counts[kind]} {what}" for kind, what in WORDS.items() if self.counts.get(kind)
        )


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the newest run did."""

    at: datetime
    counts: dict[str, int]


def retain(
    *, clock: Clock, store: Store, keeper: Keeper, periods: Periods, by: str = "retention"
) -> RetentionReport:
    """Delete what is past its period and wake those whose pause is over; doing it twice is doing it once."""
    now = clock.now()
    report = RetentionReport(dict.fromkeys((*KINDS, "woken"), 0))
    with store.write() as unit:
        people = unit.subscribers
        for kind, person in list(_due_people(people.iterate(states=WAITING), periods, now)):
            if kind == "woken":
                made, event = consent.resume(person, now=now)
                people.put([made])
                if event is not None:
                    people.add_event(event)
            else:
                people.remove(person.id, person.newsletter_id)
            report.counts[kind] += 1
        report.counts["attempts"] = people.forget_attempts(before=now - periods.attempts)
    # Each in a transaction of its own: a long one would keep a running send waiting for the database.
    for kind in KINDS[3:]:
        report.counts[kind] = keeper.let_go(kind, now - getattr(periods, kind))
    with store.write() as unit:
        unit.runs.put_value(LAST, json.dumps({"at": now.isoformat(), "counts": report.counts}))
        if report.line:
            unit.audit.add(at=now, by=by, what="retention", subject="records", detail=report.line)
    if report.line:
        log.info("retention_done", report=report.line)
    return report


def due(*, clock: Clock, store: Store, keeper: Keeper, periods: Periods) -> RetentionReport:
    """Return what `retain` would do now; changes nothing."""
    now = clock.now()
    report = RetentionReport(dict.fromkeys((*KINDS, "woken"), 0))
    with store.read() as unit:
        for kind, _ in _due_people(unit.subscribers.iterate(states=WAITING), periods, now):
            report.counts[kind] += 1
    for kind in KINDS[2:]:
        report.counts[kind] = keeper.due(kind, now - getattr(periods, kind))
    return report


def last_run(store: Store) -> LastRun | None:
    """Return what the newest run did, None before the first."""
    with store.read() as unit:
        text = unit.runs.get_value(LAST)
    if not text:
        return None
    plain = json.loads(text)
    return LastRun(datetime.fromisoformat(plain["at"]), plain["counts"])


def _due_people(
    people: Iterator[Subscriber], periods: Periods, now: datetime
) -> Iterator[tuple[str, Subscriber]]:
    for person in people:
        if consent.is_stale(person, now=now, keep=periods.pending):
            yield "pending", person
        elif person.ended_at is not None and now - person.ended_at > periods.ended:
            yield "ended", person
        elif person.state is SubscriberState.PAUSED and person.may_receive_at(now):
            yield "woken", person
