"""A consistent copy of a SQLite database while others write, and a look at its health."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from newsdigest.errors import StoreCorruptError, StoreError, StoreFullError


def copy(database: Path, target: Path) -> None:
    """
    Write a copy of one moment of the database; writers go on meanwhile.

    `VACUUM INTO` reads one snapshot and leaves no free pages behind, so that what was
    deleted is not in the backup either.

    Raises:
        StoreFullError: No room for the copy.
        StoreError: The database cannot be read.
    """
    try:
        with closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        ) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        if "full" in str(error):
            raise StoreFullError(f"{target}: no room for the backup; free space and run again") from error
        raise StoreError(f"{database}: cannot be copied ({error})") from error


def require_sound(database: Path) -> None:
    """
    Check the database's structure (SQLite's quick_check, about a second a gigabyte).

    Raises:
        StoreCorruptError: It is damaged.
    """
    try:
        with closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        ) as connection:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found != ["ok"]:
        raise StoreCorruptError(
            f"{database}: the database is damaged ({'; '.join(found)}); stop everything, keep the file, and run "
            "`newsdigest restore FILE` with the newest backup"
        )
