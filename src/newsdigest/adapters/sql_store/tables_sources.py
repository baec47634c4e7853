"""Tables of sources, of what is known from looking at them, and of hosts that asked for a pause."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Text, text

from newsdigest.adapters.sql_store.tables import partial_index, table
from newsdigest.adapters.sql_store.types import Flag, Instant, Json

sources = table(
    "sources",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("is_paused", Flag, nullable=False),
    Column("settings", Json, nullable=False),  # the rest of the record
)

source_states = table(
    "source_states",
    Column("source_id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("etag", LargeBinary),
    Column("last_modified", LargeBinary),
    Column("body_hash", Text),
    Column("parser_version", Text, nullable=False),
    Column("next_look", Instant, index=True),
    Column("last_look", Instant),
    Column("last_success", Instant),
    Column("last_new_item", Instant),
    Column("last_result", Text, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", Instant),
    Column("has_base_line", Flag, nullable=False),
    Column("policy", Text, nullable=False),
    Column("evidence", Json, nullable=False),
)
# For `status`: which sources fail, among a hundred thousand, without looking at each.
partial_index(source_states, "ix_source_states_failing", "source_id", where=text("failures >= 3"))

host_turns = table(
    "host_turns",  # used on PostgreSQL, where several machines ask the same hosts
    Column("host", Text, primary_key=True),
    Column("free_at", Instant, nullable=False),
)

host_pauses = table(
    "host_pauses",
    Column("domain", Text, primary_key=True),
    Column("until", Instant, nullable=False),
)
