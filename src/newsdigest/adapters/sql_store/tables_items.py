"""Tables of items and of every key under which one was ever seen."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Text, text

from newsdigest.adapters.sql_store.tables import partial_index, table
from newsdigest.adapters.sql_store.types import Instant, Json

HAS_TEXT = text("state <> 'tombstone'")
"""Written out in queries too: a bound value would hide from SQLite that the partial index fits."""

items = table(
    "items",
    Column("id", Text, primary_key=True),
    Column("source_id", Text, nullable=False),
    Column("guid", Text),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("published", Instant),
    Column("changed_at", Instant),
    Column("state", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("judged_fingerprint", Text),  # NULL: never judged
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("more", Json, nullable=False),  # the smaller fields of the record
    Column("judgement", Json),
    Index("ix_items_first_seen", "first_seen", "id"),
    Index("ix_items_source_id", "source_id", "first_seen"),
)
# What waits for the judge is few among many.
partial_index(items, "ix_items_unjudged", "first_seen", "id", where=text("judged_fingerprint IS NULL"))
# Neither of its columns changes while an item is served: looking at a source costs nothing more for it.
partial_index(items, "ix_items_texts", "first_seen", where=HAS_TEXT)

item_aliases = table(
    "item_aliases",
    Column("source_id", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("item_id", Text, nullable=False, index=True),
    PrimaryKeyConstraint("source_id", "alias", name="pk_item_aliases"),
    sqlite_with_rowid=False,
)
