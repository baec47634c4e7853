"""Users of the newsroom, their sessions, failed log-ins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from newsdigest.adapters.sql_store.audit_store import insert_for
from newsdigest.adapters.sql_store.tables_web import log_in_failures, sessions, users
from newsdigest.model.users import LogInFailures, Role, Session, User


class SQLUserStore:
    """See `ports.storage.web.UserStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> User | None:
        row = self._connection.execute(select(users).where(users.c.name == name)).mappings().first()
        return _user(row) if row else None

    def all(self) -> Sequence[User]:
        """By name."""
        return [
            _user(row) for row in self._connection.execute(select(users).order_by(users.c.name)).mappings()
        ]

    def put(self, user: User) -> None:
        """Insert or replace by name."""
        self._put(users, asdict(user) | {"role": user.role.value}, key="name")

    def remove(self, name: str) -> bool:
        """Delete with all sessions."""
        self.end_sessions_of(name)
        return bool(self._connection.execute(delete(users).where(users.c.name == name)).rowcount)

    def use_totp_step(self, name: str, step: int) -> bool:
        """Remember a used time step; one statement, so that two log-ins cannot use one code."""
        statement = update(users).where(users.c.name == name, users.c.totp_step < step).values(totp_step=step)
        return bool(self._connection.execute(statement).rowcount)

    def open_session(self, session: Session) -> None:
        self._put(sessions, asdict(session), key="id_hash")

    def session(self, id_hash: str) -> Session | None:
        row = (
            self._connection.execute(select(sessions).where(sessions.c.id_hash == id_hash)).mappings().first()
        )
        return Session(**row) if row else None

    def touch_session(self, id_hash: str, seen_at: datetime) -> None:
        self._connection.execute(
            update(sessions).where(sessions.c.id_hash == id_hash).values(seen_at=seen_at)
        )

    def end_session(self, id_hash: str) -> None:
        self._connection.execute(delete(sessions).where(sessions.c.id_hash == id_hash))

    def end_sessions_of(self, name: str, *, but: str = "") -> int:
        """End every session of a user but that one."""
        statement = delete(sessions).where(sessions.c.user_name == name, sessions.c.id_hash != but)
        return self._connection.execute(statement).rowcount

    def end_old_sessions(self, *, seen_before: datetime, created_before: datetime) -> int:
        """Delete sessions that are over."""
        over = or_(sessions.c.seen_at < seen_before, sessions.c.created_at < created_before)
        return self._connection.execute(delete(sessions).where(over)).rowcount

    def failures(self, key: str) -> LogInFailures:
        query = select(log_in_failures).where(log_in_failures.c.key == key)
        row = self._connection.execute(query).mappings().first()
        return LogInFailures(**row) if row else LogInFailures(key=key)

    def put_failures(self, failures: LogInFailures) -> None:
        self._put(log_in_failures, asdict(failures), key="key")

    def forget_failures(self, keys: Iterable[str]) -> None:
        self._connection.execute(delete(log_in_failures).where(log_in_failures.c.key.in_(list(keys))))

    def _put(self, target: Any, row: dict[str, Any], *, key: str) -> None:
        statement = insert_for(self._connection, target).values(row)
        updates = {name: statement.excluded[name] for name in row if name != key}
        self._connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=updates))


def _user(row: Mapping[Any, Any]) -> User:
    return User(**{**row, "role": Role(row["role"])})
