"""Users of the newsroom, sessions, failed log-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from newsdigest.adapters.sql_store.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("totp_secret", sa.Text, nullable=False),
        sa.Column("totp_step", sa.Integer, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("password_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
        sqlite_strict=True,
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["user_name"], ["users.name"], name="fk_sessions_user_name_users", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_sessions_user_name", "sessions", ["user_name"])
    op.create_table(
        "log_in_failures",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_at", Instant),
        sa.PrimaryKeyConstraint("key", name="pk_log_in_failures"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for name in ("log_in_failures", "sessions", "users"):
        op.drop_table(name)
