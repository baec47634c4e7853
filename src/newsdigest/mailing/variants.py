"""
Who gets which variant: one delivery per confirmed recipient, or a reason why not.

Everybody confirmed stands in the ledger, also those who get nothing this time: the sums then
answer "why did I get no mail?" without a second source.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from newsdigest.model import ids
from newsdigest.model.editions import Edition, EditionState, Variant
from newsdigest.model.mailings import Delivery, DeliveryState
from newsdigest.model.subscribers import LegalBasis, Subscriber, SubscriberState

Choice = tuple[str, tuple[str, ...]]
"""A language and sorted topic ids (all: none)."""

_COUNTS = frozenset({EditionState.SENT, EditionState.SENDING, EditionState.SCHEDULED, EditionState.PAUSED})


def choice(subscriber: Subscriber, languages: Collection[str]) -> Choice:
    """Return the language and topics of a subscriber; a language we do not have gives the first we do."""
    language = subscriber.language if subscriber.language in languages else next(iter(languages))
    return language, tuple(sorted(set(subscriber.topics)))


def by_choice(variants: Collection[Variant]) -> dict[Choice, Variant]:
    """Return the variants by what was chosen."""
    return {(variant.language, tuple(sorted(variant.topics))): variant for variant in variants}


def previous_day(edition: Edition, others: Collection[Edition]) -> date | None:
    """Return the day of the newest earlier edition of the same newsletter that went out, None for none."""
    days = (
        other.day
        for other in others
        if other.newsletter_id == edition.newsletter_id and other.state in _COUNTS and other.day < edition.day
    )
    return max(days, default=None)


def reason_against(
    subscriber: Subscriber, *, variant: Variant | None, is_suppressed: bool, day: date, previous: date | None
) -> str:
    """Return why a confirmed subscriber gets no mail this time, "" when they get one."""
    if is_suppressed:
        return "the address is on the suppression list"
    if subscriber.basis is LegalBasis.NONE:
        return "no legal basis is recorded"
    if not subscriber.wants(day, previous):
        return "gets the month's first edition only"
    if variant is None or not variant.story_ids:
        return "nothing for the chosen topics"
    return ""


def planned(
    edition: Edition,
    subscriber: Subscriber,
    variant: Variant | None,
    *,
    is_suppressed: bool,
    previous: date | None,
    now: datetime,
) -> Delivery | None:
    """Return the delivery of an edition to a subscriber, None for one who is not confirmed or pauses."""
    if subscriber.state is not SubscriberState.CONFIRMED and not subscriber.may_receive_at(now):
        return None
    against = reason_against(
        subscriber, variant=variant, is_suppressed=is_suppressed, day=edition.day, previous=previous
    )
    return Delivery(
        id=ids.delivery_id(edition.id, subscriber.id),
        edition_id=edition.id,
        subscriber_id=subscriber.id,
        variant_id=variant.id if variant else "",
        domain=subscriber.address.rpartition("@")[2].lower(),
        state=DeliveryState.SUPPRESSED if against else DeliveryState.PLANNED,
        reason=against,
        changed_at=now,
    )


def missing(choices: Collection[Choice], known: Mapping[Choice, Variant]) -> list[Choice]:
    """Return the choices that no rendered variant serves yet, in a stable order."""
    return sorted(set(choices) - set(known))
