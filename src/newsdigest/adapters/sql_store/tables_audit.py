"""Tables of acts, runs and small facts."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Text

from newsdigest.adapters.sql_store.tables import table
from newsdigest.adapters.sql_store.types import Instant

acts = table(
    "acts",
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_acts_subject", "subject", "number"),
)

runs = table(
    "runs",
    Column("key", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("started_at", Instant, nullable=False, index=True),
    Column("finished_at", Instant),
    Column("outcome", Text, nullable=False),
    Column("report", Text, nullable=False),
)

facts = table(
    "facts",
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
