"""Alembic's entry: the connection is handed in by `schema.migrate`, which owns the transaction."""

from __future__ import annotations

from alembic import context

from newsdigest.adapters.sql_store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # The surrounding unit of work is the transaction: all revisions or none.
    transactional_ddl=False,
)
context.run_migrations()
