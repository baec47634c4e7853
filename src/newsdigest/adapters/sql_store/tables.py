"""The one registry of tables; each family of records declares its own in `tables_<family>.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Index, MetaData, Table
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.expression import TextClause

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *parts: SchemaItem, **options: Any) -> Table:
    """Declare a table: STRICT on SQLite (`sqlite_with_rowid=False` where the key is the row)."""
    return Table(name, metadata, *parts, sqlite_strict=True, **options)


_partial: list[Callable[[], object]] = []


def partial_index(target: Table, name: str, *columns: str, where: TextClause) -> None:
    """
    Note an index over the rows of a table that `where` names; it is declared by `declare_partial_indexes`.

    Queries do not need the declaration, and for its two options SQLAlchemy would load PostgreSQL's
    dialect at every start, also on SQLite.
    """
    _partial.append(
        lambda: Index(
            name, *(target.c[column] for column in columns), sqlite_where=where, postgresql_where=where
        )
    )


def declare_partial_indexes() -> None:
    """Declare those noted, where the schema itself is looked at."""
    while _partial:
        _partial.pop()()
