"""Tables of the newsroom's users, their sessions and failed log-ins."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Text

from newsdigest.adapters.sql_store.tables import table
from newsdigest.adapters.sql_store.types import Instant

users = table(
    "users",
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("totp_secret", Text, nullable=False),
    Column("totp_step", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("password_at", Instant, nullable=False),
)

sessions = table(
    "sessions",
    Column("id_hash", Text, primary_key=True),
    Column("user_name", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

log_in_failures = table(
    "log_in_failures",
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Instant),
)
