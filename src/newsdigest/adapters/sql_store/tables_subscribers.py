"""Tables of people, their consent, suppressions, sign-up attempts and takedowns."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Text

from newsdigest.adapters.sql_store.tables import table
from newsdigest.adapters.sql_store.types import Instant, Json, Real

subscribers = table(
    "subscribers",
    Column("newsletter_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("address", Text, nullable=False),
    # The address as it is compared; an index over an expression is not seen by either reflection.
    Column("folded_address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("topics", Json, nullable=False),
    Column("frequency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("ended_at", Instant),
    Column("paused_until", Instant),
    Column("bounce_score", Real, nullable=False),
    Index("ix_subscribers_state", "state", "newsletter_id", "id"),
    Index("ix_subscribers_id", "id"),
    Index("ix_subscribers_folded_address", "folded_address"),
)

consent_events = table(
    "consent_events",
    Column("id", Text, primary_key=True),
    Column("subscriber_id", Text, nullable=False),
    Column("newsletter_id", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_consent_events_subscriber_id", "subscriber_id", "at"),
)

suppressions = table(
    "suppressions",
    Column("address_hash", Text, primary_key=True),
    Column("newsletter_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# Who asked how often, as keyed hashes only: enough for the caps, useless to anyone else.
attempts = table(
    "sign_up_attempts",
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("address_hash", Text, nullable=False),
    Column("network_hash", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_sign_up_attempts_at", "at"),
    Index("ix_sign_up_attempts_address_hash", "address_hash", "at"),
)

takedowns = table(
    "takedowns",
    Column("story_id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
