"""The one registry of tables; each family of records declares its own in `tables_<family>.py`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData, Table
from sqlalchemy.schema import SchemaItem

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
