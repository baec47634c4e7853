"""Stories, their members and reasons, corrections, and the candidate index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsdigest.adapters.sql_store.types import Instant, Json, Real

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

HASH = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("first_seen", Instant, nullable=False),
        sa.Column("last_seen", Instant, nullable=False),
        sa.Column("leads", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
        sqlite_strict=True,
    )
    op.create_index("ix_stories_last_seen", "stories", ["last_seen", "id"])
    op.create_table(
        "story_members",
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_story_members"),
        sqlite_strict=True,
    )
    op.create_index("ix_story_members_story_id", "story_members", ["story_id", "position"])
    op.create_table(
        "story_matches",
        sa.Column("a", sa.Text, nullable=False),
        sa.Column("b", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("score", Real, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("a", "b", name="pk_story_matches"),
        sqlite_strict=True,
    )
    op.create_index("ix_story_matches_b", "story_matches", ["b"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sqlite_strict=True,
    )
    op.create_index("ix_corrections_at", "corrections", ["at", "id"])
    _create_index_of_candidates()


def _create_index_of_candidates() -> None:
    op.create_table(
        "story_queue",
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_story_queue"),
        sqlite_strict=True,
    )
    op.create_index("ix_story_queue_at", "story_queue", ["at", "item_id"])
    op.create_table(
        "story_traces",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("seen", Instant, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.Column("keys", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_story_traces"),
        sa.UniqueConstraint("item_id", name="uq_story_traces_item_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_story_traces_seen", "story_traces", ["seen"])
    op.create_table(
        "story_keys",
        sa.Column("key", HASH, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "day", "number", name="pk_story_keys"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_words",
        sa.Column("word", HASH, autoincrement=False, nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_story_words"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    names = (
        "story_words",
        "story_keys",
        "story_traces",
        "story_queue",
        "corrections",
        "story_matches",
        "story_members",
        "stories",
    )
    for name in names:
        op.drop_table(name)
