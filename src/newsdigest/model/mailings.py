"""Mailings: one message per person, and the ledger that proves what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    """
    Where one delivery stands; planned always equals the sum of all states.

    `in_data` is marked durably right before the final dot: before it a failed
    attempt is safe to repeat, after it only the relay knows.
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    IN_DATA = "in_data"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset(
    {DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.IN_DATA, DeliveryState.DEFERRED}
)
"""An edition is `sent` only when no delivery is in one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    One message of one edition to one person.

    Attributes:
        id: Hash of edition and subscriber; the Message-ID derives from it.
        domain: Recipient's domain, for back-off and rate limits.
        token: Opaque, at least 128 bit; VERP and unsubscribe links are made from it.
        fence: The lease's fencing token under which it was claimed last.
    """

    id: str
    edition_id: str
    subscriber_id: str
    variant_id: str
    domain: str
    state: DeliveryState = DeliveryState.PLANNED
    attempts: int = 0
    next_try: datetime | None = None
    reason: str = ""
    code: int | None = None
    queue_id: str = ""
    fence: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Bytes ready for the wire: envelope and content; CRLF line ends, no dot-stuffing yet."""

    delivery_id: str
    mail_from: str
    rcpt_to: str
    content: bytes


class Phase(StrEnum):
    """How far a conversation with a relay came."""

    CONNECT = "connect"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """
    What the relay said about one message.

    Attributes:
        state: sent, deferred, failed or uncertain.
        phase: Where it was decided.
        is_for_all: The answer concerns every message (bad log-in, relay refuses us), not this person.
    """

    delivery_id: str
    state: DeliveryState
    phase: Phase
    code: int | None = None
    reply: str = ""
    queue_id: str = ""
    is_for_all: bool = False


class BounceKind(StrEnum):
    """What a report about a delivery says."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A report about one delivery, mapped to it by the VERP token, else by Message-ID."""

    id: str
    delivery_id: str
    kind: BounceKind
    status: str  # e.g. 5.1.1
    at: datetime
    diagnostic: str = ""
