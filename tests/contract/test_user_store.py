"""The store of users keeps its promises on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model.users import ABSOLUTE, IDLE, LogInFailures, Role, Session, User

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)


def make_user(name: str = "anna") -> User:
    return User(
        name=name, role=Role.APPROVER, password_hash="$argon2id$x", email="a@example.org", totp_secret="JBSWY3DP",
        totp_step=7, language="de", created_at=AT, password_at=AT,
    )  # fmt: skip


def make_session(id_hash: str, user: str = "anna", at: datetime = AT) -> Session:
    return Session(id_hash=id_hash, user_name=user, created_at=at, seen_at=at)


def test_users_come_back_whole(store: SQLStore):
    """Every field survives; putting again replaces; the list is by name."""
    with store.write() as unit:
        unit.users.put(make_user("zoe"))
        unit.users.put(make_user())
        unit.users.put(replace(make_user(), role=Role.EDITOR))
    with store.read() as unit:
        assert unit.users.all() == [replace(make_user(), role=Role.EDITOR), make_user("zoe")]
        assert unit.users.get("nobody") is None


def test_a_code_counts_once(store: SQLStore):
    """A time step used, or an earlier one, is refused."""
    with store.write() as unit:
        unit.users.put(make_user())
        assert [unit.users.use_totp_step("anna", step) for step in (8, 8, 7, 9)] == [True, False, False, True]


def test_removing_a_user_ends_their_sessions(store: SQLStore):
    """Nobody is left inside."""
    with store.write() as unit:
        unit.users.put(make_user())
        unit.users.open_session(make_session("s1"))
        assert unit.users.remove("anna")
        assert not unit.users.remove("anna")
        assert unit.users.session("s1") is None


def test_sessions_end_by_age_and_by_user(store: SQLStore):
    """Idle and old ones go; a changed password ends the others."""
    with store.write() as unit:
        unit.users.put(make_user())
        unit.users.open_session(make_session("old", at=AT - ABSOLUTE))
        for id_hash in ("mine", "other"):
            unit.users.open_session(make_session(id_hash))
        unit.users.touch_session("old", AT)
        assert (
            unit.users.end_old_sessions(seen_before=AT - IDLE, created_before=AT - ABSOLUTE + timedelta(1e-5))
            == 1
        )
        assert unit.users.end_sessions_of("anna", but="mine") == 1
        assert unit.users.session("mine") == make_session("mine")


def test_failures_are_counted_and_forgotten(store: SQLStore):
    """Zero for an unknown key; forgetting starts anew."""
    with store.write() as unit:
        assert unit.users.failures("name:x") == LogInFailures(key="name:x")
        unit.users.put_failures(LogInFailures(key="name:x", count=5, last_at=AT))
        assert unit.users.failures("name:x").blocked_until() == AT + timedelta(seconds=2)
        unit.users.forget_failures(["name:x"])
        assert unit.users.failures("name:x").count == 0
