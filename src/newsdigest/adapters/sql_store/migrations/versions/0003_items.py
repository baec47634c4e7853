"""Items and their aliases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsdigest.adapters.sql_store.types import Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("guid", sa.Text),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("first_seen", Instant, nullable=False),
        sa.Column("last_seen", Instant, nullable=False),
        sa.Column("published", Instant),
        sa.Column("changed_at", Instant),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("judged_fingerprint", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("more", Json, nullable=False),
        sa.Column("judgement", Json),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sqlite_strict=True,
    )
    op.create_index("ix_items_first_seen", "items", ["first_seen", "id"])
    op.create_index("ix_items_source_id", "items", ["source_id", "first_seen"])
    unjudged = sa.text("judged_fingerprint IS NULL")
    op.create_index(
        "ix_items_unjudged", "items", ["first_seen", "id"], sqlite_where=unjudged, postgresql_where=unjudged
    )
    op.create_table(
        "item_aliases",
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source_id", "alias", name="pk_item_aliases"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_aliases_item_id", "item_aliases", ["item_id"])


def downgrade() -> None:
    for name in ("item_aliases", "items"):
        op.drop_table(name)
