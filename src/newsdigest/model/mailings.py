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


class MailingState(StrEnum):
    """
    Where the sending of one edition stands.

    `waiting` is the undo window before the first mail. `sent` only when no delivery is open.
    """

    WAITING = "waiting"
    SENDING = "sending"
    PAUSED = "paused"
    NEEDS_DECISION = "needs_decision"
    CANCELLED = "cancelled"
    SENT = "sent"


class UncertainPolicy(StrEnum):
    """What becomes of a message whose final dot was sent but never answered."""

    HOLD = "hold"  # parked until a person decides
    RESEND_ONCE = "resend_once"  # once more by itself: at most two copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """
    The sending of one approved edition.

    Attributes:
        content_hash: What was approved; deliveries are of these bytes.
        date: The Date header of every message and every attempt; whole seconds.
        not_before: End of the undo window.
        fence: Grows with every lease; marks under an older one are refused.
        owner: Which process holds the lease ("" for none), until `lease_until`.
        refusals: Permanent refusals in a row, for the circuit breaker; survives a restart.
    """

    edition_id: str
    newsletter_id: str
    content_hash: str
    date: datetime
    not_before: datetime
    state: MailingState = MailingState.WAITING
    reason: str = ""
    uncertain: UncertainPolicy = UncertainPolicy.HOLD
    planned: int = 0
    fence: int = 0
    owner: str = ""
    lease_until: datetime | None = None
    refusals: int = 0
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """
    What is known about handing over to one recipient domain; survives a restart.

    Attributes:
        blocked_until: Nothing is claimed for it before.
        failures: Temporary refusals in a row; the wait grows with them.
        window_start, used: How many were claimed in the present window of its rate limit.
    """

    domain: str
    blocked_until: datetime | None = None
    failures: int = 0
    window_start: datetime | None = None
    used: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    One message of one edition to one person.

    Attributes:
        id: Hash of edition and subscriber; the Message-ID derives from it.
        domain: Recipient's domain, for back-off and rate limits. The address itself is
            read from the subscriber at claim time and never stored here.
        fence: The lease's fencing token under which it was claimed last.
        resends: How often it was sent again although its outcome was uncertain.
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
    resends: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    Bytes ready for the wire: envelope and content; CRLF line ends, no dot-stuffing yet.

    Attributes:
        is_dotless: It is known that no line begins with a dot, so that nothing has to be stuffed.
    """

    delivery_id: str
    mail_from: str
    rcpt_to: str
    content: bytes
    is_dotless: bool = False


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
        is_lasting: Waiting will not help (only with `is_for_all`).
        relay: host:port that answered.
    """

    delivery_id: str
    state: DeliveryState
    phase: Phase
    code: int | None = None
    reply: str = ""
    queue_id: str = ""
    is_for_all: bool = False
    is_lasting: bool = False
    relay: str = ""


class BounceKind(StrEnum):
    """What a report about a delivery says."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    DELAYED = "delayed"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingReport:
    """
    What became of one edition's mail.

    Attributes:
        counts: Per state; `planned` is always their sum.
        reasons: (state, reason, how many), most frequent first.
        bounces: (kind, how many) of reports that came back later.
        next_try: When the next deferred delivery is due.
    """

    edition_id: str
    state: MailingState
    reason: str = ""
    planned: int = 0
    counts: tuple[tuple[DeliveryState, int], ...] = ()
    reasons: tuple[tuple[DeliveryState, str, int], ...] = ()
    bounces: tuple[tuple[BounceKind, int], ...] = ()
    next_try: datetime | None = None

    def count(self, state: DeliveryState) -> int:
        """How many deliveries are in that state."""
        return dict(self.counts).get(state, 0)

    @property
    def open(self) -> int:
        """How many may still change by themselves."""
        return sum(number for state, number in self.counts if state in OPEN_STATES)

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look: not all sent, or stopped."""
        troubled = {DeliveryState.FAILED, DeliveryState.UNCERTAIN, *OPEN_STATES}
        return self.state is not MailingState.SENT or any(self.count(state) for state in troubled)
