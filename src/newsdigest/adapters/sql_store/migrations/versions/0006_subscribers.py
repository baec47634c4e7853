"""Subscribers, consent, suppressions, sign-up attempts, takedowns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsdigest.adapters.sql_store.types import Instant, Json, Real

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscribers",
        sa.Column("newsletter_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("folded_address", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("topics", Json, nullable=False),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("confirmed_at", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("paused_until", Instant),
        sa.Column("bounce_score", Real, nullable=False),
        sa.PrimaryKeyConstraint("newsletter_id", "id", name="pk_subscribers"),
        sqlite_strict=True,
    )
    op.create_index("ix_subscribers_state", "subscribers", ["state", "newsletter_id", "id"])
    op.create_index("ix_subscribers_id", "subscribers", ["id"])
    op.create_index("ix_subscribers_folded_address", "subscribers", ["folded_address"])
    op.create_table(
        "consent_events",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("subscriber_id", sa.Text, nullable=False),
        sa.Column("newsletter_id", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent_events"),
        sqlite_strict=True,
    )
    op.create_index("ix_consent_events_subscriber_id", "consent_events", ["subscriber_id", "at"])
    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("newsletter_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "newsletter_id", name="pk_suppressions"),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_up_attempts",
        sa.Column("number", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("address_hash", sa.Text, nullable=False),
        sa.Column("network_hash", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sign_up_attempts"),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_up_attempts_at", "sign_up_attempts", ["at"])
    op.create_index("ix_sign_up_attempts_address_hash", "sign_up_attempts", ["address_hash", "at"])
    op.create_table(
        "takedowns",
        sa.Column("story_id", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("story_id", name="pk_takedowns"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for name in ("takedowns", "sign_up_attempts", "suppressions", "consent_events", "subscribers"):
        op.drop_table(name)
