"""Editions, placements, approvals, history and frozen variants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsdigest.adapters.sql_store.types import Day, Flag, Instant, Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "editions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("newsletter_id", sa.Text, nullable=False),
        sa.Column("day", Day, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_reason", sa.Text, nullable=False),
        sa.Column("window_start", Instant, nullable=False),
        sa.Column("window_end", Instant, nullable=False),
        sa.Column("send_at", Instant, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", Instant),
        sa.Column("started_at", Instant),
        sa.Column("finished_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("follows", sa.Text, nullable=False),
        sa.Column("approval_hash", sa.Text, nullable=False),
        sa.Column("approval_by", sa.Text, nullable=False),
        sa.Column("approval_at", Instant),
        sa.Column("words", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
        sa.UniqueConstraint("newsletter_id", "day", "follows", name="uq_editions_newsletter_id_day_follows"),
        sqlite_strict=True,
    )
    op.create_index("ix_editions_day", "editions", ["day", "newsletter_id"])
    op.create_table(
        "placements",
        sa.Column("edition_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("is_dropped", Flag, nullable=False),
        sa.Column("held", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "id", name="pk_placements"),
        sqlite_strict=True,
    )
    op.create_index("ix_placements_story_id", "placements", ["story_id", "language"])
    op.create_table(
        "approvals",
        sa.Column("edition_id", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "at", "by", name="pk_approvals"),
        sqlite_strict=True,
    )
    op.create_table(
        "edition_history",
        sa.Column("edition_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("snapshot", sa.LargeBinary),
        sa.PrimaryKeyConstraint("edition_id", "version", name="pk_edition_history"),
        sqlite_strict=True,
    )
    op.create_table(
        "variants",
        sa.Column("edition_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("topics", Json, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("preheader", sa.Text, nullable=False),
        sa.Column("html", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("lists", Json, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "id", name="pk_variants"),
        sqlite_strict=True,
    )
    op.create_table(
        "link_looks",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_link_looks"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for name in ("link_looks", "variants", "edition_history", "approvals", "placements", "editions"):
        op.drop_table(name)
