"""
Absorbing what comes back: reports become bounces, bounces a score, and a score a suppression.

One strange message never stops the rest; a report known already changes nothing, so a mailbox
may be read twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsdigest.errors import NewsdigestError
from newsdigest.logs import get_logger
from newsdigest.mailing import bounce_score, reports
from newsdigest.mailing.reports import Report
from newsdigest.model import ids
from newsdigest.model.mailings import Bounce, BounceKind
from newsdigest.model.subscribers import ConsentEvent, SubscriberState, Suppression, SuppressionReason
from newsdigest.ports.clock import Clock
from newsdigest.ports.mail import BounceInbox
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.text import tokens

log = get_logger(__name__)

_COUNTED = frozenset({BounceKind.HARD, BounceKind.SOFT, BounceKind.COMPLAINT})


@dataclass(kw_only=True)
class AbsorbReport:
    """What was read: per kind, how many named no delivery of ours, and how many addresses were suppressed."""

    kinds: dict[str, int] = field(default_factory=dict)
    unmapped: int = 0
    suppressed: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """One line for the operator, "" when nothing came."""
        if not self.kinds:
            return ""
        sums = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in sorted(self.kinds.items()))
        return f"{sums}; {self.suppressed} suppressed, {self.unmapped} not ours"


def absorb(
    *,
    clock: Clock,
    store: Store,
    inbox: BounceInbox,
    keys: Sequence[bytes],
    limit: float = bounce_score.LIMIT,
) -> AbsorbReport:
    """Read everything in the inbox and put it away."""
    made = AbsorbReport()
    for key, raw in inbox.reports():
        try:
            found = reports.read(raw, keys=keys)
            digest = hashlib.sha256(raw).hexdigest()
            take(clock=clock, store=store, report=found, digest=digest, keys=keys, limit=limit, into=made)
            inbox.done(key)
        except NewsdigestError as error:
            made.problems.append(str(error))
            log.warning("bounce_not_absorbed", reason=str(error))
    if made.kinds:
        log.info("bounces_absorbed", suppressed=made.suppressed, unmapped=made.unmapped, **made.kinds)
    return made


def absorb_events(
    *,
    clock: Clock,
    store: Store,
    events: Iterable[tuple[Report, str]],
    keys: Sequence[bytes],
    limit: float = bounce_score.LIMIT,
) -> AbsorbReport:
    """Take reports that a provider pushed (see `webhook.read`): (report, digest) pairs."""
    made = AbsorbReport()
    for found, digest in events:
        take(clock=clock, store=store, report=found, digest=digest, keys=keys, limit=limit, into=made)
    return made


def take(
    *,
    clock: Clock,
    store: Store,
    report: Report,
    digest: str,
    keys: Sequence[bytes],
    limit: float,
    into: AbsorbReport,
) -> None:
    """Store one report and draw the consequence, in one transaction."""
    into.kinds[report.kind.value] = into.kinds.get(report.kind.value, 0) + 1
    if report.kind not in _COUNTED:
        return
    now = clock.now()
    with store.write() as unit:
        delivery = unit.mailings.get(report.delivery_id) if report.delivery_id else None
        # Somebody's own link beside another one's Message-ID proves nothing.
        is_theirs = delivery and report.subscriber_id in ("", delivery.subscriber_id)
        if delivery is None or not is_theirs:
            into.unmapped += 1
            return
        bounce = Bounce(
            id="b" + ids.derive("bounce", delivery.id, digest),
            delivery_id=delivery.id,
            kind=report.kind,
            status=report.status,
            at=now,
            diagnostic=report.diagnostic,
        )
        if not unit.mailings.add_bounce(bounce):
            return
        mailing = unit.mailings.mailing(delivery.edition_id)
        if mailing and _draw(unit, delivery.subscriber_id, mailing.newsletter_id, keys, now=now, limit=limit):
            into.suppressed += 1


def _draw(
    unit: UnitOfWork,
    subscriber_id: str,
    newsletter_id: str,
    keys: Sequence[bytes],
    *,
    now: datetime,
    limit: float,
) -> bool:
    """Set the person's score and, where it is due, suppress the address; True when that happened."""
    person = unit.subscribers.get(subscriber_id, newsletter_id)
    if person is None:
        return False
    known = unit.mailings.bounces_of(subscriber_id)
    reason = bounce_score.verdict(known, now, limit=limit)
    changed = dataclasses.replace(person, bounce_score=round(bounce_score.score(known, now), 3))
    if reason is None or person.state in (SubscriberState.BOUNCED, SubscriberState.UNSUBSCRIBED):
        unit.subscribers.put([changed])
        return False
    state = SubscriberState.UNSUBSCRIBED if reason is SuppressionReason.COMPLAINT else SubscriberState.BOUNCED
    unit.subscribers.put([dataclasses.replace(changed, state=state, ended_at=now)])
    unit.subscribers.suppress(
        Suppression(
            address_hash=tokens.address_hash(keys, person.address),
            newsletter_id="",  # a bad or complaining address is so for every newsletter
            reason=reason,
            at=now,
        )
    )
    unit.subscribers.add_event(
        ConsentEvent(
            id="e" + ids.derive("event", subscriber_id, newsletter_id, reason.value, now.isoformat()),
            subscriber_id=subscriber_id,
            newsletter_id=newsletter_id,
            what="unsubscribed",
            at=now,
            detail=f"suppressed: {reason.value}",
        )
    )
    unit.audit.add(
        at=now, by="absorb", what="subscriber.suppress", subject=subscriber_id, detail=reason.value
    )
    return True
