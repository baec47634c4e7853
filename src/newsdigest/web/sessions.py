"""
Sessions: kept on the server, named by 256 random bits in a cookie, of which only the hash is stored.

Behind https the cookie is `__Host-newsdigest` (Secure, no Domain, Path=/): no other host or plain
connection can set it. On http, which only the own machine speaks (demo, development), browsers refuse that
prefix, so the plain name is used there. A log-in always makes a new session; there is none before it, so
there is nothing to fixate.

Reading writes no row (T17): that a session was seen is stored when somebody acts, and between acts each
process remembers it. After a restart who only read for an hour logs in again; a log-out holds everywhere.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import replace
from datetime import datetime, timedelta

from newsdigest.model.users import ABSOLUTE, Session, User
from newsdigest.ports.storage import Store

SECURE_COOKIE = "__Host-newsdigest"
PLAIN_COOKIE = "newsdigest"

# `seen_at` is written at most this often: not every act needs a durable commit more.
TOUCH_EVERY = timedelta(minutes=1)

_READ: dict[str, datetime] = {}
"""When the sessions of this process were seen last, by the hash of their id."""
_LOCK = threading.Lock()


def cookie_name(*, is_https: bool) -> str:
    """Return the cookie's name for that scheme."""
    return SECURE_COOKIE if is_https else PLAIN_COOKIE


def id_hash(session_id: str) -> str:
    """Return what is stored of a session's id."""
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()


def begin(*, store: Store, user: User, now: datetime, old: str = "") -> str:
    """Return the id of a new session for that user; the browser's old one, and dead ones, end."""
    made = secrets.token_urlsafe(32)
    with _LOCK:
        for key in [key for key, at in _READ.items() if now - at >= ABSOLUTE]:
            del _READ[key]
    with store.write() as unit:
        # By age alone: reading is not written down, so an idle row may be one that is looked at (see `find`).
        unit.users.end_old_sessions(seen_before=now - ABSOLUTE, created_before=now - ABSOLUTE)
        if old:
            unit.users.end_session(id_hash(old))
        unit.users.open_session(
            Session(id_hash=id_hash(made), user_name=user.name, created_at=now, seen_at=now)
        )
        unit.audit.add(at=now, by=user.name, what="session.begin", subject=user.name)
    return made


def find(*, store: Store, session_id: str, now: datetime, is_act: bool) -> User | None:
    """
    Return whose living session it is, None for none; remembers that it was seen.

    Args:
        is_act: Whether the request may change rows; GET and HEAD may not.
    """
    if not session_id:
        return None
    key = id_hash(session_id)
    with store.read() as unit:
        session = unit.users.session(key)
        user = unit.users.get(session.user_name) if session else None
    if session is None or user is None:
        return None
    with _LOCK:
        read_at = _READ.get(key, session.seen_at)
    if not replace(session, seen_at=max(session.seen_at, read_at)).is_alive(now):
        return None
    with _LOCK:
        _READ[key] = now
    if is_act and now - session.seen_at >= TOUCH_EVERY:
        with store.write() as unit:
            unit.users.touch_session(key, now)
    return user


def end(*, store: Store, session_id: str, by: str, now: datetime) -> None:
    """Forget that session."""
    with store.write() as unit:
        unit.users.end_session(id_hash(session_id))
        unit.audit.add(at=now, by=by, what="session.end", subject=by)
