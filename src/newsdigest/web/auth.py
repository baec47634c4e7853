"""
Users and log-in: argon2id, an optional second factor, growing delays (T20).

A wrong name, a wrong password and a wrong code read the same and take the same time. Growing delays count
per name and network together, and per network, so that neither guessing one password nor trying one password
on all names is cheap, and so that a stranger elsewhere cannot lock an editor out. A name as a whole has a cap
with a short pause against guessing from many networks. All are kept in the database and survive a restart.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from newsdigest.errors import NewsdigestError, NotFoundError, UsageError
from newsdigest.model.users import LogInFailures, Role, User
from newsdigest.ports.passwords import PasswordHasher
from newsdigest.ports.storage import Store
from newsdigest.web import totp

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 256  # argon2 takes any length; a body full of password is not one
NAME = re.compile(r"[a-z0-9][a-z0-9._+@-]{1,63}")


class LogInError(NewsdigestError):
    """The log-in was refused; never says which part was wrong."""


class LogInDelayedError(LogInError):
    """
    Too many failed log-ins; nothing was tried.

    Attributes:
        seconds: How long to wait.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many failed log-ins; wait {seconds} s")


def plain_name(given: str) -> str:
    """Return the log-in name as stored: trimmed, case-folded."""
    return given.strip().casefold()


def require_good_password(password: str, *, name: str = "") -> None:
    """
    Check a new password (NIST SP 800-63B: length counts, not mixtures).

    Raises:
        UsageError: Too short, too long, or the name itself.
    """
    if len(password) < LEAST_CHARACTERS:
        raise UsageError(
            f"the password needs at least {LEAST_CHARACTERS} characters; a short sentence is good"
        )
    if len(password) > MOST_CHARACTERS:
        raise UsageError(f"the password may have at most {MOST_CHARACTERS} characters")
    if len(set(password)) < 5 or (name and name in password.casefold()):
        raise UsageError("the password is too easy to guess; choose other words")


def add_user(
    *,
    store: Store,
    hasher: PasswordHasher,
    name: str,
    password: str,
    role: Role,
    by: str,
    now: datetime,
    email: str = "",
) -> User:
    """
    Store a new user.

    Raises:
        UsageError: The name is taken or malformed, or the password too weak.
    """
    plain = plain_name(name)
    if not NAME.fullmatch(plain):
        raise UsageError(
            f"{name!r} is no log-in name; use 2 to 64 of a-z, 0-9, dot, dash, underscore, plus, @"
        )
    require_good_password(password, name=plain)
    user = User(
        name=plain,
        role=role,
        password_hash=hasher.hash(password),
        email=email.strip() or (plain if "@" in plain else ""),
        created_at=now,
        password_at=now,
    )
    with store.write() as unit:
        if unit.users.get(plain):
            raise UsageError(
                f"there is a user {plain!r} already; `newsdigest users password {plain}` sets a new password"
            )
        unit.users.put(user)
        unit.audit.add(at=now, by=by, what="user.add", subject=plain, detail=role.value)
    return user


def set_password(
    *,
    store: Store,
    hasher: PasswordHasher,
    name: str,
    password: str,
    by: str,
    now: datetime,
    keep_session: str = "",
) -> None:
    """
    Store a new password and end the user's other sessions.

    Raises:
        NotFoundError: No such user.
        UsageError: The password is too weak.
    """
    plain = plain_name(name)
    require_good_password(password, name=plain)
    made = hasher.hash(password)
    with store.write() as unit:
        user = unit.users.get(plain)
        if user is None:
            raise NotFoundError("user", plain)
        unit.users.put(replace(user, password_hash=made, password_at=now))
        unit.users.end_sessions_of(plain, but=keep_session)
        unit.users.forget_failures([_name_key(plain)])
        unit.audit.add(at=now, by=by, what="user.password", subject=plain)


def change_user(
    *,
    store: Store,
    name: str,
    by: str,
    now: datetime,
    role: Role | None = None,
    language: str | None = None,
    totp_secret: str | None = None,
    email: str | None = None,
) -> User:
    """
    Store another role, language, mail address or second factor ("" takes it away).

    Raises:
        NotFoundError: No such user.
        UsageError: The last administrator would go.
    """
    plain = plain_name(name)
    with store.write() as unit:
        user = unit.users.get(plain)
        if user is None:
            raise NotFoundError("user", plain)
        made = replace(
            user,
            role=user.role if role is None else role,
            language=user.language if language is None else language,
            totp_secret=user.totp_secret if totp_secret is None else totp_secret,
            email=user.email if email is None else email.strip(),
            totp_step=user.totp_step if totp_secret is None else 0,
        )
        if user.role is Role.ADMINISTRATOR and made.role is not Role.ADMINISTRATOR:
            _require_another_administrator(unit.users.all(), plain)
        unit.users.put(made)
        if role is not None and role is not user.role:
            unit.users.end_sessions_of(plain)
            unit.audit.add(at=now, by=by, what="user.role", subject=plain, detail=f"{user.role} > {role}")
        if totp_secret is not None:
            unit.audit.add(
                at=now, by=by, what="user.second_factor", subject=plain, detail="on" if totp_secret else "off"
            )
        if language is not None and language != user.language:
            unit.audit.add(at=now, by=by, what="user.language", subject=plain, detail=language)
        if email is not None and made.email != user.email:
            unit.audit.add(at=now, by=by, what="user.email", subject=plain)
    return made


def remove_user(*, store: Store, name: str, by: str, now: datetime) -> None:
    """
    Delete a user with all sessions; what they did stays in the audit log.

    Raises:
        NotFoundError: No such user.
        UsageError: It is the last administrator.
    """
    plain = plain_name(name)
    with store.write() as unit:
        user = unit.users.get(plain)
        if user is None:
            raise NotFoundError("user", plain)
        if user.role is Role.ADMINISTRATOR:
            _require_another_administrator(unit.users.all(), plain)
        unit.users.remove(plain)
        unit.audit.add(at=now, by=by, what="user.remove", subject=plain)


def log_in(
    *,
    store: Store,
    hasher: PasswordHasher,
    name: str,
    password: str,
    code: str,
    network: str,
    key: bytes,
    now: datetime,
) -> User:
    """
    Return the user whose name, password and (if set up) code are right.

    Args:
        network: The client's address; only its keyed hash is stored.
        key: A secret of the workspace for that hash.

    Raises:
        LogInDelayedError: Tried too often; nothing was compared.
        LogInError: Something was wrong.
    """
    plain = plain_name(name)[:64]
    with store.write() as unit:
        # Counted before comparing: a hundred log-ins at once must not all see "no failures yet".
        user = unit.users.get(plain)
        mine = unit.users.failures(_pair_key(plain, network, user, key))
        network_s = unit.users.failures(_network_key(network, key))
        name_s = unit.users.failures(_name_key(plain))
        blocks = (mine.blocked_until(), network_s.blocked_until(), name_s.capped_until())
        until = max((at for at in blocks if at is not None), default=now)
        if until > now:
            raise LogInDelayedError(max(1, round((until - now).total_seconds())))
        for entry in (mine, network_s, name_s):
            unit.users.put_failures(_one_more(entry, now))
    fits = hasher.fits(password[: MOST_CHARACTERS + 1], user.password_hash if user else "")
    if user is None or not fits or not _code_fits(store, user, code, now):
        with store.write() as unit:
            unit.audit.add(
                at=now,
                by=user.name if user else "-",
                what="session.refused",
                subject=user.name if user else "-",
            )
        raise LogInError("name, password or code is wrong")
    with store.write() as unit:
        # The network's count stays as it was: one good account must not reset it for guessing at others.
        unit.users.forget_failures([mine.key, name_s.key])
        unit.users.put_failures(network_s)
        if hasher.is_outdated(user.password_hash):
            user = replace(user, password_hash=hasher.hash(password))
            unit.users.put(user)
    return user


def _code_fits(store: Store, user: User, given: str, now: datetime) -> bool:
    if not user.totp_secret:
        return True
    step = totp.matching_step(user.totp_secret, given, now)
    if step is None:
        return False
    with store.write() as unit:
        return unit.users.use_totp_step(user.name, step)


def _one_more(before: LogInFailures, now: datetime) -> LogInFailures:
    # A quiet day wipes the slate: an office behind one address must not pile up for years.
    is_stale = before.last_at is not None and (now - before.last_at).total_seconds() > 86_400
    return LogInFailures(key=before.key, count=1 if is_stale else before.count + 1, last_at=now)


def _name_key(name: str) -> str:
    return f"name:{name}"


def _pair_key(name: str, network: str, user: User | None, key: bytes) -> str:
    # A new password starts anew: whoever got one from the administrator need not wait out old failures.
    since = user.password_at.isoformat() if user else ""
    text = f"log-in pair {name}\0{network}\0{since}"
    return "pair:" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def _network_key(network: str, key: bytes) -> str:
    return "network:" + hmac.new(key, b"log-in " + network.encode(), hashlib.sha256).hexdigest()[:32]


def _require_another_administrator(users: Sequence[User], name: str) -> None:
    if not any(user.role is Role.ADMINISTRATOR and user.name != name for user in users):
        raise UsageError(f"{name!r} is the last administrator; make another one first")
