"""People: who receives what, on which legal basis, and who must never be written to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class SubscriberState(StrEnum):
    """Only `confirmed` receives mail."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


class LegalBasis(StrEnum):
    """Why we may write to an address (domain spec, section 8). NONE is not mailed."""

    NONE = "none"
    CONSENT = "consent"
    CUSTOMER = "customer"
    MEMBER = "member"


class Frequency(StrEnum):
    """How often."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """
    One person's subscription to one newsletter.

    Attributes:
        id: Derived from the address under the workspace's secret (`tokens.subscriber_id`).
        newsletter_id: Which newsletter.
        topics: Topic ids they chose; empty means all.
        bounce_score: Grows with soft bounces, see mailing/bounce_score.
    """

    id: str
    address: str
    newsletter_id: str
    name: str = ""
    language: str = "de"
    topics: tuple[str, ...] = ()
    frequency: Frequency = Frequency.WEEKLY
    state: SubscriberState = SubscriberState.PENDING
    basis: LegalBasis = LegalBasis.NONE
    created_at: datetime
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    paused_until: datetime | None = None
    bounce_score: float = 0.0
    organisation: str = ""

    @property
    def may_receive(self) -> bool:
        """Confirmed, on a legal basis, and not paused."""
        return self.state is SubscriberState.CONFIRMED and self.basis is not LegalBasis.NONE

    def may_receive_at(self, now: datetime) -> bool:
        """Like `may_receive`, and a pause that has run out by `now` counts no more."""
        if self.state is SubscriberState.PAUSED and self.basis is not LegalBasis.NONE:
            return self.paused_until is not None and self.paused_until <= now
        return self.may_receive

    def wants(self, day: date, previous: date | None) -> bool:
        """
        Whether an edition of that local day is one they asked for.

        Args:
            previous: Day of the edition before this one, None for the first. Monthly means the
                first edition of each calendar month.
        """
        if self.frequency is Frequency.WEEKLY or previous is None:
            return True
        return (day.year, day.month) != (previous.year, previous.month)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """
    One step of a consent's history, kept as proof.

    `what`: signed_up, confirmation_sent, confirmed, imported, changed, paused,
    unsubscribed, resubscribed, forgotten. `detail` is JSON-like text (form version,
    hash of the consent text, Message-ID of the confirmation).
    """

    id: str
    subscriber_id: str
    newsletter_id: str
    what: str
    at: datetime
    detail: str = ""


class SuppressionReason(StrEnum):
    """Why an address is never written to again."""

    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A standing decision about an address, kept as a keyed hash that no import can lift."""

    address_hash: str
    newsletter_id: str  # "" means every newsletter
    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpAttempt:
    """
    One request for a mail to an address, kept for the caps of abuse (T16).

    Both hashes are keyed; no address and no network address is stored. `what`: `mail` (one
    was sent) or `refused`.
    """

    address_hash: str
    network_hash: str
    what: str
    at: datetime
