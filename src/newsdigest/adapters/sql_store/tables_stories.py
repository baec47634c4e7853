"""
Tables of stories, their members and reasons, corrections, and the candidate index.

The index (`story_keys`) lists under each hash the items that have it, newest first, so that one
look reads the few newest rows however many there are. It names items by a small number, as
thirty-six rows an item with their ids spelt out would be most of the database.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text

from newsdigest.adapters.sql_store.tables import table
from newsdigest.adapters.sql_store.types import Instant, Json

# STRICT tables know INTEGER only, which has 64 bits there.
Hash = BigInteger().with_variant(Integer(), "sqlite")

stories = table(
    "stories",
    Column("id", Text, primary_key=True),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("leads", Json, nullable=False),
    Index("ix_stories_last_seen", "last_seen", "id"),
)

story_members = table(
    "story_members",
    Column("item_id", Text, primary_key=True),
    Column("story_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Index("ix_story_members_story_id", "story_id", "position"),
)

story_matches = table(
    "story_matches",
    Column("a", Text, primary_key=True),
    Column("b", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("score", nullable=False),
    Column("state", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("by", Text, nullable=False),
    Index("ix_story_matches_b", "b"),
)

corrections = table(
    "corrections",
    Column("id", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_corrections_at", "at", "id"),
)

# What is judged and waits for grouping; few rows, so that nobody has to look for them among all items.
story_queue = table(
    "story_queue",
    Column("item_id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Index("ix_story_queue_at", "at", "item_id"),
)

story_traces = table(
    "story_traces",
    Column("number", Integer, primary_key=True),
    Column("item_id", Text, nullable=False, unique=True),
    Column("fingerprint", Text, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("keys", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_story_traces_seen", "seen"),
)

story_keys = table(
    "story_keys",
    Column("key", Hash, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

story_words = table(
    "story_words",
    Column("word", Hash, primary_key=True, autoincrement=False),
    Column("items", Integer, nullable=False),
    sqlite_with_rowid=False,
)
