"""Sources, their states, and hosts that asked for a pause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsdigest.adapters.sql_store.types import Flag, Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("is_paused", Flag, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sqlite_strict=True,
    )
    op.create_index("ix_sources_url", "sources", ["url"])
    op.create_table(
        "source_states",
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("etag", sa.LargeBinary),
        sa.Column("last_modified", sa.LargeBinary),
        sa.Column("body_hash", sa.Text),
        sa.Column("parser_version", sa.Text, nullable=False),
        sa.Column("next_look", Instant),
        sa.Column("last_look", Instant),
        sa.Column("last_success", Instant),
        sa.Column("last_new_item", Instant),
        sa.Column("last_result", sa.Text, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", Instant),
        sa.Column("has_base_line", Flag, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_source_states"),
        sqlite_strict=True,
    )
    op.create_index("ix_source_states_next_look", "source_states", ["next_look"])
    op.create_index(
        "ix_source_states_failing", "source_states", ["source_id"], sqlite_where=sa.text("failures >= 3"),
        postgresql_where=sa.text("failures >= 3"),
    )  # fmt: skip
    op.create_table(
        "host_turns",
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("free_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_host_turns"),
        sqlite_strict=True,
    )
    op.create_table(
        "host_pauses",
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_host_pauses"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for name in ("host_pauses", "host_turns", "source_states", "sources"):
        op.drop_table(name)
