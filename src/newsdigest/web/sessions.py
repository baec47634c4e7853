"""
Sessions: kept on the server, named by 256 random bits in a cookie, of which only the hash is stored.

Behind https the cookie is `__Host-newsdigest` (Secure, no Domain, Path=/): no other host or plain
connection can set it. On http, which only the own machine speaks (demo, development), browsers refuse that
prefix, so the plain name is used there. A log-in always makes a new session; there is none before it, so
there is nothing to fixate.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from newsdigest.model.users import ABSOLUTE, IDLE, Session, User
from newsdigest.ports.storage import Store

SECURE_COOKIE = "__Host-newsdigest"
PLAIN_COOKIE = "newsdigest"

# `seen_at` is written at most this often: reading a page must not cost a durable commit each time.
TOUCH_EVERY = timedelta(minutes=1)


def cookie_name(*, is_https: bool) -> str:
    """Return the cookie's name for that scheme."""
    return SECURE_COOKIE if is_https else PLAIN_COOKIE


def id_hash(session_id: str) -> str:
    """Return what is stored of a session's id."""
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()


def begin(*, store: Store, user: User, now: datetime, old: str = "") -> str:
    """Return the id of a new session for that user; the browser's old one, and dead ones, end."""
    made = secrets.token_urlsafe(32)
    with store.write() as unit:
        unit.users.end_old_sessions(seen_before=now - IDLE, created_before=now - ABSOLUTE)
        if old:
            unit.users.end_session(id_hash(old))
        unit.users.open_session(
            Session(id_hash=id_hash(made), user_name=user.name, created_at=now, seen_at=now)
        )
        unit.audit.add(at=now, by=user.name, what="session.begin", subject=user.name)
    return made


def find(*, store: Store, session_id: str, now: datetime) -> User | None:
    """Return whose living session it is, None for none; remembers that it was seen."""
    if not session_id:
        return None
    key = id_hash(session_id)
    with store.read() as unit:
        session = unit.users.session(key)
        user = unit.users.get(session.user_name) if session else None
    if session is None or user is None or not session.is_alive(now):
        return None
    if now - session.seen_at >= TOUCH_EVERY:
        with store.write() as unit:
            unit.users.touch_session(key, now)
    return user


def end(*, store: Store, session_id: str, by: str, now: datetime) -> None:
    """Forget that session."""
    with store.write() as unit:
        unit.users.end_session(id_hash(session_id))
        unit.audit.add(at=now, by=by, what="session.end", subject=by)
