"""
The schema's age: migrate, and refuse a database that is older or newer than we are.

Alembic runs from code, without an ini file; the revisions stand in `migrations/versions`.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from newsdigest.adapters.sql_store.store import SQLStore
from newsdigest.errors import SchemaError

FAMILIES = ("audit", "sources", "items", "stories", "editions", "subscribers", "mailings", "web")


def load_tables() -> None:
    """Declare every family's tables (needed for comparing the schema only)."""
    for family in FAMILIES:
        importlib.import_module(f"newsdigest.adapters.sql_store.tables_{family}")


def config() -> Config:
    """Return Alembic's configuration for our revisions."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.set_main_option("path_separator", "os")
    return made


def migrate(store: SQLStore) -> str:
    """Bring the schema to our version in one transaction; return the revision."""
    made = config()
    with store.write() as unit:
        made.attributes["connection"] = unit.connection
        command.upgrade(made, "head")
    return head()


def head() -> str:
    """Return our own revision."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    assert found, "no migrations shipped"
    return found


def revision(store: SQLStore) -> str | None:
    """Return the database's revision, None for an empty database."""
    with store.read() as unit:
        return MigrationContext.configure(unit.connection).get_current_revision()


def require_current(store: SQLStore) -> None:
    """
    Check that database and program fit.

    Raises:
        SchemaError: The database is empty, older or newer.
    """
    found, wanted = revision(store), head()
    where = store.path or store.url.host
    if found == wanted:
        return
    if found is None:
        raise SchemaError(f"{where}: the database is empty; run `newsdigest migrate`")
    refuse_newer(store)
    raise SchemaError(
        f"{where}: the database's schema ({found}) is older than this program ({wanted}); run `newsdigest migrate`"
    )


def refuse_newer(store: SQLStore) -> None:
    """
    Check that the database was not written by a newer program.

    Raises:
        SchemaError: Its revision is none of ours.
    """
    found = revision(store)
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if found is not None and found not in known:
        where = store.path or store.url.host
        raise SchemaError(
            f"{where}: the database's schema ({found}) is newer than this program ({head()}); "
            "install the newer newsdigest"
        )
