"""An index of items that still have their text: the nightly deletion reads what may be due instead of everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    has_text = sa.text("state <> 'tombstone'")
    op.create_index(
        "ix_items_texts", "items", ["first_seen"], sqlite_where=has_text, postgresql_where=has_text
    )


def downgrade() -> None:
    op.drop_index("ix_items_texts", "items")
