"""The schema: what the migrations make is what the tables say, and an unfit database is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from newsdigest.adapters.sql_store import SQLStore, schema
from newsdigest.adapters.sql_store.tables import metadata
from newsdigest.errors import SchemaError


@pytest.fixture
def store(tmp_path: Path):
    made = SQLStore(f"sqlite:///{tmp_path / 'newsdigest.db'}")
    yield made
    made.close()


def test_migrations_make_what_the_tables_say(store: SQLStore):
    """No column, key or index is in one and not in the other."""
    schema.load_tables()
    schema.migrate(store)
    with store.read() as unit:
        context = MigrationContext.configure(unit.connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_every_table_is_strict(store: SQLStore):
    """A text in a number's column is refused by SQLite itself."""
    schema.migrate(store)
    with store.read() as unit:
        rows = unit.connection.exec_driver_sql(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
        )
        assert {row.name for row in rows} <= {"alembic_version", "sqlite_schema"}


def test_migrating_twice_is_migrating_once(store: SQLStore):
    """The second call finds nothing to do."""
    assert schema.migrate(store) == schema.migrate(store) == schema.revision(store)


def test_an_empty_database_is_refused(store: SQLStore):
    """The message names the command."""
    with pytest.raises(SchemaError, match="newsdigest migrate"):
        schema.require_current(store)


def test_a_newer_database_is_refused(store: SQLStore):
    """A program that is too old does not touch what it does not know."""
    schema.migrate(store)
    with store.write() as unit:
        unit.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="newer than this program"):
        schema.require_current(store)


def test_a_failed_unit_of_work_leaves_nothing(store: SQLStore):
    """All or nothing: an exception rolls back what was written before it."""
    schema.migrate(store)

    def break_off() -> None:
        with store.write() as unit:
            unit.runs.put_value("x", "1")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        break_off()
    with store.read() as unit:
        assert unit.runs.get_value("x") is None
