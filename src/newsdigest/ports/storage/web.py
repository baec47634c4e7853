"""What is kept about users of the newsroom, their sessions and failed log-ins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.users import LogInFailures, Session, User


class UserStore(Protocol):
    """Users, sessions on the server's side, and failed log-ins."""

    def get(self, name: str) -> User | None: ...

    def all(self) -> Sequence[User]:
        """By name."""
        ...

    def put(self, user: User) -> None:
        """Insert or replace by name."""
        ...

    def remove(self, name: str) -> bool:
        """Delete with all sessions; False when there is no such user."""
        ...

    def use_totp_step(self, name: str, step: int) -> bool:
        """Remember that a code of that time step was used; False when it, or a later one, was used already."""
        ...

    def open_session(self, session: Session) -> None: ...

    def session(self, id_hash: str) -> Session | None: ...

    def touch_session(self, id_hash: str, seen_at: datetime) -> None: ...

    def end_session(self, id_hash: str) -> None: ...

    def end_sessions_of(self, name: str, *, but: str = "") -> int:
        """End every session of a user but that one; return how many."""
        ...

    def end_old_sessions(self, *, seen_before: datetime, created_before: datetime) -> int: ...

    def failures(self, key: str) -> LogInFailures: ...

    def put_failures(self, failures: LogInFailures) -> None: ...

    def forget_failures(self, keys: Iterable[str]) -> None: ...
