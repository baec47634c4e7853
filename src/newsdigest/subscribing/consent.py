"""
What consent means: the steps of a subscription and the proof kept of each.

Every step returns the new record and the event that proves it; nothing is stored here. A
subscription is `pending` until the owner of the address confirms it, or until a person of the
office adds it on a basis other than consent. Refused: storing the network address of who signed
up; a court asks for time, text and confirmation, and the rest is one more thing to lose.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsdigest.model.ids import derive
from newsdigest.model.subscribers import ConsentEvent, Frequency, LegalBasis, Subscriber, SubscriberState

FORM_VERSION = "1"
"""Grows when the sign-up form asks for something else; stands in the proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person asked for on a form or in a row of a table."""

    language: str = "de"
    topics: tuple[str, ...] = ()
    frequency: Frequency = Frequency.WEEKLY
    name: str = ""
    organisation: str = ""


def event(person: Subscriber, what: str, now: datetime, **facts: object) -> ConsentEvent:
    """Return the proof of one step; equal steps at one instant are one event."""
    detail = json.dumps(
        {k: v for k, v in facts.items() if v not in ("", None)}, ensure_ascii=False, sort_keys=True
    )
    id_ = "c" + derive("consent", person.id, person.newsletter_id, what, now.isoformat(), detail)
    return ConsentEvent(
        id=id_, subscriber_id=person.id, newsletter_id=person.newsletter_id, what=what, at=now, detail=detail
    )


def text_hash(text: str) -> str:
    """Return the hash by which the proof names the wording that was agreed to."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def new(id_: str, address: str, newsletter_id: str, wishes: Wishes, now: datetime) -> Subscriber:
    """Return a pending subscription without a legal basis: it is not mailed."""
    return Subscriber(
        id=id_,
        address=address,
        newsletter_id=newsletter_id,
        created_at=now,
        language=wishes.language,
        topics=wishes.topics,
        frequency=wishes.frequency,
        name=wishes.name,
        organisation=wishes.organisation,
    )


def sign_up(
    known: Subscriber | None,
    *,
    id_: str,
    address: str,
    newsletter_id: str,
    wishes: Wishes,
    consent_text: str,
    now: datetime,
) -> tuple[Subscriber, ConsentEvent]:
    """
    Return the subscription to store, and the proof of the request.

    Nobody who is known changes by a request, as a stranger could have typed their address;
    the wishes travel in the link and count once the owner of the mailbox confirms.
    """
    person = known
    if person is None or person.state is SubscriberState.PENDING:
        person = replace(
            new(id_, address, newsletter_id, wishes, now), created_at=known.created_at if known else now
        )
    facts = {"form": FORM_VERSION, "consent": text_hash(consent_text), "language": wishes.language}
    return person, event(person, "signed_up", now, **facts)


def confirm(
    person: Subscriber, *, wishes: Wishes, asked_at: datetime, now: datetime
) -> tuple[Subscriber, ConsentEvent | None]:
    """
    Return the confirmed subscription; None for the event when nothing was to be confirmed.

    A link asked for before the person last left is void: old mails must not bring them back.
    """
    if person.state in (SubscriberState.CONFIRMED, SubscriberState.PAUSED):
        return person, None
    if person.ended_at is not None and asked_at <= person.ended_at:
        return person, None
    made = replace(
        person,
        state=SubscriberState.CONFIRMED,
        basis=LegalBasis.CONSENT,
        confirmed_at=now,
        ended_at=None,
        paused_until=None,
        bounce_score=0.0,
        language=wishes.language,
        topics=wishes.topics,
        frequency=wishes.frequency,
    )
    facts = {"asked_at": asked_at.isoformat(), "language": made.language, "topics": ",".join(made.topics)}
    return made, event(made, "confirmed", now, **facts, frequency=made.frequency.value)


def confirm_by_hand(
    person: Subscriber, *, evidence: str, now: datetime
) -> tuple[Subscriber, ConsentEvent | None]:
    """Return the subscription confirmed by the office; only one that waits can be."""
    if person.state is not SubscriberState.PENDING:
        return person, None
    made = replace(person, state=SubscriberState.CONFIRMED, basis=LegalBasis.CONSENT, confirmed_at=now)
    return made, event(made, "confirmed", now, by="office", evidence=evidence)


def add(
    known: Subscriber | None,
    *,
    id_: str,
    address: str,
    newsletter_id: str,
    wishes: Wishes,
    basis: LegalBasis,
    evidence: str,
    now: datetime,
) -> tuple[Subscriber, ConsentEvent | None]:
    """
    Return a subscription that the office adds by hand or from a table.

    Somebody known keeps state and basis: a table that is imported again never brings back who
    left and never changes what they chose.
    """
    if known is not None:
        return known, None
    person = replace(new(id_, address, newsletter_id, wishes, now), basis=basis)
    if basis is not LegalBasis.NONE:
        person = replace(person, state=SubscriberState.CONFIRMED, confirmed_at=now)
    return person, event(person, "imported", now, basis=basis.value, evidence=evidence)


def unsubscribe(person: Subscriber, *, now: datetime, how: str) -> tuple[Subscriber, ConsentEvent | None]:
    """Return the ended subscription; None for the event when it had ended already."""
    if person.state is SubscriberState.UNSUBSCRIBED:
        return person, None
    made = replace(person, state=SubscriberState.UNSUBSCRIBED, ended_at=now, paused_until=None)
    return made, event(made, "unsubscribed", now, how=how)


def undo(person: Subscriber, *, now: datetime, within: timedelta) -> tuple[Subscriber, ConsentEvent | None]:
    """Return the subscription as before it was ended minutes ago; None when that is too long ago."""
    if (
        person.state is not SubscriberState.UNSUBSCRIBED
        or person.ended_at is None
        or now - person.ended_at > within
    ):
        return person, None
    if person.basis is LegalBasis.NONE or person.confirmed_at is None:
        return person, None
    made = replace(person, state=SubscriberState.CONFIRMED, ended_at=None)
    return made, event(made, "resubscribed", now, how="undo")


def prefer(person: Subscriber, wishes: Wishes, *, now: datetime) -> tuple[Subscriber, ConsentEvent | None]:
    """Return the subscription with other wishes; None for the event when they are the same."""
    made = replace(person, language=wishes.language, topics=wishes.topics, frequency=wishes.frequency)
    if made == person:
        return person, None
    facts = {"language": made.language, "topics": ",".join(made.topics), "frequency": made.frequency.value}
    return made, event(made, "changed", now, **facts)


def pause(person: Subscriber, *, until: datetime, now: datetime) -> tuple[Subscriber, ConsentEvent | None]:
    """Return the subscription at rest until then."""
    if person.state not in (SubscriberState.CONFIRMED, SubscriberState.PAUSED):
        return person, None
    made = replace(person, state=SubscriberState.PAUSED, paused_until=until)
    return made, event(made, "paused", now, until=until.isoformat())


def resume(person: Subscriber, *, now: datetime) -> tuple[Subscriber, ConsentEvent | None]:
    """Return the subscription awake again."""
    if person.state is not SubscriberState.PAUSED:
        return person, None
    made = replace(person, state=SubscriberState.CONFIRMED, paused_until=None)
    return made, event(made, "resumed", now)


def is_stale(person: Subscriber, *, now: datetime, keep: timedelta) -> bool:
    """Whether a sign-up was never confirmed for so long that it must go."""
    return person.state is SubscriberState.PENDING and now - person.created_at > keep
