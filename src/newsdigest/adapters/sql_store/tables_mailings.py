"""Tables of the ledger: mailings, deliveries, throttles, bounces."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Text

from newsdigest.adapters.sql_store.tables import table
from newsdigest.adapters.sql_store.types import Instant

mailings = table(
    "mailings",
    Column("edition_id", Text, primary_key=True),
    Column("newsletter_id", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("date", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("uncertain", Text, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", Instant),
    Column("refusals", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
)

deliveries = table(
    "deliveries",
    Column("id", Text, primary_key=True),
    Column("edition_id", Text, ForeignKey("mailings.edition_id"), nullable=False),
    Column("subscriber_id", Text, nullable=False, index=True),
    Column("variant_id", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Instant),
    Column("reason", Text, nullable=False),
    Column("code", Integer),
    Column("queue_id", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("resends", Integer, nullable=False),
    Column("changed_at", Instant),
    # The id is a hash of (edition, subscriber), so its uniqueness is theirs.
    Index("ix_deliveries_edition_id_state", "edition_id", "state", "next_try"),
    sqlite_with_rowid=False,
)

throttles = table(
    "throttles",
    Column("domain", Text, primary_key=True),
    Column("blocked_until", Instant),
    Column("failures", Integer, nullable=False),
    Column("window_start", Instant),
    Column("used", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

bounces = table(
    "bounces",
    Column("id", Text, primary_key=True),
    Column("delivery_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("diagnostic", Text, nullable=False),
)
