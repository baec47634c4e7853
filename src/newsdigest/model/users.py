"""Users of the newsroom: who may do what, their sessions, and what is remembered about failed log-ins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
"""A session ends after this long without a request, and after this long in any case."""

FREE_ATTEMPTS = 3
LONGEST_WAIT = timedelta(minutes=15)
NAME_ATTEMPTS = 30
NAME_WAIT = timedelta(seconds=10)
"""So many failures under one name from anywhere, and a pause follows each further one: nobody is locked out, and
guessing from a thousand networks gets no further than 8,640 tries a day."""


class Role(StrEnum):
    """Each role may do what the ones before it may."""

    EDITOR = "editor"  # makes editions, sources, own items, test mails
    APPROVER = "approver"  # approves, rejects, sends, pauses, cancels
    ADMINISTRATOR = "administrator"  # users, subscribers, settings check, audit log

    def includes(self, other: Role) -> bool:
        """Whether this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """
    One person with a log-in.

    Attributes:
        name: Log-in name, case-folded; stands in the audit log.
        password_hash: argon2id, in its own encoded form.
        totp_secret: Base32; "" where no second factor is set up.
        totp_step: The last time step a code was used for; a code counts once.
        language: Of the interface; "" follows the browser.
    """

    name: str
    role: Role
    password_hash: str = field(repr=False)
    email: str = ""
    totp_secret: str = field(default="", repr=False)
    totp_step: int = 0
    language: str = ""
    created_at: datetime
    password_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in. Only the hash of its id is stored."""

    id_hash: str
    user_name: str
    created_at: datetime
    seen_at: datetime

    def is_alive(self, now: datetime) -> bool:
        """Neither idle nor old for too long."""
        return now - self.seen_at < IDLE and now - self.created_at < ABSOLUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInFailures:
    """Failed log-ins in a row under one key: a name from one network, a network, or a name from anywhere."""

    key: str
    count: int = 0
    last_at: datetime | None = None

    def blocked_until(self) -> datetime | None:
        """Until when nothing is tried for this key: 1 s after the fourth failure, then doubling up to 15 min."""
        if self.last_at is None or self.count <= FREE_ATTEMPTS:
            return None
        wait = timedelta(seconds=2 ** min(self.count - FREE_ATTEMPTS - 1, 20))
        return self.last_at + min(wait, LONGEST_WAIT)

    def capped_until(self) -> datetime | None:
        """Until when nothing is tried for a name, whoever asks: a short pause that never grows."""
        if self.last_at is None or self.count <= NAME_ATTEMPTS:
            return None
        return self.last_at + NAME_WAIT
