"""
The schema's age: migrate, and refuse a database that is older or newer than we are.

Alembic runs from code, without an ini file; the revisions stand in `migrations/versions`. It is
loaded to migrate only: which revision a database has is one row, and ours a file's name.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import inspect, text

from newsdigest.adapters.sql_store import revisions
from newsdigest.adapters.sql_store.store import SQLStore
from newsdigest.errors import SchemaError

FAMILIES = ("audit", "sources", "items", "stories", "editions", "subscribers", "mailings", "web")

LOCK = 7_301_945_220_119
"""PostgreSQL's advisory lock of whoever migrates; not the schedulers', which `migrate` wants to find free."""


def load_tables() -> None:
    """Declare every family's tables (needed for comparing the schema only)."""
    from newsdigest.adapters.sql_store import tables

    for family in FAMILIES:
        importlib.import_module(f"newsdigest.adapters.sql_store.tables_{family}")
    tables.declare_partial_indexes()


def migrate(store: SQLStore, *, to: str = "head") -> str:
    """
    Bring the schema to our version in one transaction; return the revision.

    Args:
        to: An older revision of ours to stop at, for tests of upgrades.

    Raises:
        SchemaError: A newer program made it; nothing was changed.
    """
    from alembic import command
    from alembic.config import Config

    refuse_newer(store)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with store.write() as unit:
        if not store.is_sqlite:
            # Two that migrate at once: the second waits, and finds it done. SQLite's writers wait anyway.
            unit.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        config.attributes["connection"] = unit.connection
        command.upgrade(config, to)
    return revisions.head() if to == "head" else to


def revision(store: SQLStore) -> str | None:
    """Return the database's revision, None for an empty database."""
    with store.read() as unit:
        if not inspect(unit.connection).has_table("alembic_version"):
            return None
        found = unit.connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return str(found[0]) if found else None


def require_current(store: SQLStore) -> None:
    """
    Check that database and program fit.

    Raises:
        SchemaError: The database is empty, older or newer.
    """
    found, wanted = revision(store), revisions.head()
    if found == wanted:
        return
    if found is None:
        raise SchemaError(f"{store.where}: the database is empty; run `newsdigest migrate`")
    refuse_newer(store)
    raise SchemaError(
        f"{store.where}: the database's schema ({found}) is older than this program ({wanted}); make a backup and run "
        "`newsdigest migrate`"
    )


def refuse_newer(store: SQLStore) -> None:
    """
    Check that the database was not written by a newer program.

    Raises:
        SchemaError: Its revision is none of ours.
    """
    found = revision(store)
    if found is not None and found not in revisions.known():
        raise SchemaError(
            f"{store.where}: the database's schema ({found}) is newer than this program ({revisions.head()}); "
            "install the newer newsdigest"
        )
