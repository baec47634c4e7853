"""The ledger: mailings, deliveries, throttles, bounces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsdigest.adapters.sql_store.types import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailings",
        sa.Column("edition_id", sa.Text, nullable=False),
        sa.Column("newsletter_id", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("date", Instant, nullable=False),
        sa.Column("not_before", Instant, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("uncertain", sa.Text, nullable=False),
        sa.Column("planned", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("lease_until", Instant),
        sa.Column("refusals", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("started_at", Instant),
        sa.Column("finished_at", Instant),
        sa.PrimaryKeyConstraint("edition_id", name="pk_mailings"),
        sqlite_strict=True,
    )
    op.create_index("ix_mailings_state", "mailings", ["state"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("edition_id", sa.Text, nullable=False),
        sa.Column("subscriber_id", sa.Text, nullable=False),
        sa.Column("variant_id", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", Instant),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("code", sa.Integer),
        sa.Column("queue_id", sa.Text, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("resends", sa.Integer, nullable=False),
        sa.Column("changed_at", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["mailings.edition_id"], name="fk_deliveries_edition_id_mailings"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"])
    op.create_index("ix_deliveries_edition_id_state", "deliveries", ["edition_id", "state", "next_try"])
    op.create_table(
        "throttles",
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("blocked_until", Instant),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("window_start", Instant),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_throttles"),
        sqlite_strict=True,
    )
    op.create_table(
        "bounces",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("diagnostic", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bounces"),
        sqlite_strict=True,
    )
    op.create_index("ix_bounces_delivery_id", "bounces", ["delivery_id"])


def downgrade() -> None:
    for name in ("bounces", "throttles", "deliveries", "mailings"):
        op.drop_table(name)
