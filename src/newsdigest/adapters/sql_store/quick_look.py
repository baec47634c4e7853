"""
A look at a SQLite workspace by the standard library's driver alone, within milliseconds.

It reads and nothing else, and gives no answer to whatever is out of the ordinary (no database,
another schema, a damaged file): the store proper then says in full what is wrong.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from newsdigest.adapters.sql_store import revisions, standing


def look(database: Path) -> dict[str, Any] | None:
    """Return what `standing.tell` tells of that file, None for anything but a sound answer."""
    try:
        with closing(
            sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10, isolation_level=None)
        ) as connection:
            # One transaction: all queries see one moment.
            connection.execute("BEGIN")
            if connection.execute("SELECT version_num FROM alembic_version").fetchall() != [
                (revisions.head(),)
            ]:
                return None
            return standing.tell(lambda query: connection.execute(query).fetchall())
    except (sqlite3.Error, ValueError):
        return None
