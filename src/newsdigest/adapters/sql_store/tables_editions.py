"""
Tables of editions, their placements, approvals, history and frozen variants.

What a query asks for is a column; the rest of a placement is data, read and written whole.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Text, UniqueConstraint

from newsdigest.adapters.sql_store.tables import table
from newsdigest.adapters.sql_store.types import Day, Flag, Instant, Json

editions = table(
    "editions",
    Column("id", Text, primary_key=True),
    Column("newsletter_id", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_reason", Text, nullable=False),
    Column("window_start", Instant, nullable=False),
    Column("window_end", Instant, nullable=False),
    Column("send_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Instant),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("version", Integer, nullable=False),
    Column("follows", Text, nullable=False),
    Column("approval_hash", Text, nullable=False),
    Column("approval_by", Text, nullable=False),
    Column("approval_at", Instant),
    Column("words", Json, nullable=False),  # introductions, subjects, preheaders, left_out
    # One edition a newsletter and day; a correction of it may go out on the same day.
    UniqueConstraint("newsletter_id", "day", "follows"),
    Index("ix_editions_day", "day", "newsletter_id"),
)

placements = table(
    "placements",
    Column("edition_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("story_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("is_dropped", Flag, nullable=False),
    Column("held", Text, nullable=False),
    Column("rank", Integer, nullable=False),  # keeps the record's own order
    Column("data", Json, nullable=False),
    Index("ix_placements_story_id", "story_id", "language"),
)

# Every approval ever given: which bytes, by whom, when. Rows are never changed.
approvals = table(
    "approvals",
    Column("edition_id", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
)

history = table(
    "edition_history",
    Column("edition_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("what", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("snapshot", LargeBinary),  # compressed record; NULL once thinned out
)

variants = table(
    "variants",
    Column("edition_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("topics", Json, nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("lists", Json, nullable=False),  # story_ids, warnings, links
)

# What was last seen behind a link of an edition; forgotten some weeks later.
link_looks = table(
    "link_looks",
    Column("url", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
