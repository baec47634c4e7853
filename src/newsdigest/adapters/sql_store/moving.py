"""Moving a whole database to another engine: every table, row by row, then the counts compared."""

from __future__ import annotations

from sqlalchemy import Connection, Integer, Table, func, insert, inspect, select, text

from newsdigest.adapters.sql_store import schema
from newsdigest.adapters.sql_store.store import SQLStore
from newsdigest.adapters.sql_store.tables import metadata
from newsdigest.errors import StoreError

BATCH = 1000


class MoveError(StoreError):
    """The target is not empty, or what arrived is not what was sent."""


def move(source: SQLStore, target: SQLStore) -> dict[str, int]:
    """
    Copy every row into an empty database at our schema, in one transaction; return rows by table.

    Raises:
        MoveError: The target holds rows already, or a count differs; nothing was changed.
    """
    schema.load_tables()
    schema.require_current(source)
    schema.migrate(target)
    with source.read() as there, target.write() as here:
        full = [table.name for table in metadata.sorted_tables if _count(here.connection, table)]
        if full:
            raise MoveError(
                f"{target.url.database}: is not empty ({', '.join(full)}); choose an empty database"
            )
        counts = {
            table.name: _copy(there.connection, here.connection, table) for table in metadata.sorted_tables
        }
        for table in metadata.sorted_tables:
            if _count(here.connection, table) != counts[table.name]:
                raise MoveError(f"{table.name}: not every row arrived; nothing was kept")
            _set_sequence(here.connection, table)
    return counts


def _copy(there: Connection, here: Connection, table: Table) -> int:
    """Copy one table in batches, so that memory stays flat."""
    moved = 0
    result = there.execution_options(yield_per=BATCH).execute(select(table))
    for rows in result.mappings().partitions(BATCH):
        here.execute(insert(table), [dict(row) for row in rows])
        moved += len(rows)
    return moved


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _set_sequence(connection: Connection, table: Table) -> None:
    """Let a counter go on behind the copied rows; PostgreSQL does not see ids that were given."""
    if connection.dialect.name != "postgresql":
        return
    for column in inspect(table).primary_key:
        if not isinstance(column.type, Integer):
            continue
        names = {"table": table.name, "column": column.name}
        sequence = connection.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), names).scalar()
        if sequence:
            top = connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one()
            connection.execute(
                text("SELECT setval(:name, :top, true)"), {"name": sequence, "top": max(top, 1)}
            )
