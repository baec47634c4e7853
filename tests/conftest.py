"""What all tests share: stores on both engines, made from a migrated template."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url

from newsdigest.adapters.sql_store import SQLStore, schema
from tests import postgres_server

# A commit is green or it is not: the examples of a property follow from the test's own text, and no example
# is failed for its time on a busy machine. `make explore` looks for new ones.
settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", settings.get_profile("steady"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("NEWSDIGEST_TEST_PROFILE", "steady"))


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at our schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "newsdigest.db"
    store = SQLStore(f"sqlite:///{path}")
    schema.migrate(store)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture
def sqlite_store(migrated_database: Path, tmp_path: Path) -> Iterator[SQLStore]:
    """A fresh store in a real SQLite file."""
    path = tmp_path / "newsdigest.db"
    shutil.copyfile(migrated_database, path)
    store = SQLStore(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server; skips where there is none."""
    if postgres_server.binaries() is None and postgres_server.DSN_VARIABLE not in os.environ:
        pytest.skip(f"no PostgreSQL: set {postgres_server.DSN_VARIABLE} or install Debian's postgresql")
    with postgres_server.server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a database at our schema, used as template."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    _administer(postgres_url, f"CREATE DATABASE {name}")
    store = SQLStore(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    schema.migrate(store)
    store.close()
    return name


@pytest.fixture
def postgres_store(postgres_url: str, migrated_postgres: str) -> Iterator[SQLStore]:
    """A fresh store in a database of its own."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    _administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE {migrated_postgres}")
    store = SQLStore(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    yield store
    store.close()
    _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_empty(tmp_path: Path) -> Iterator[SQLStore]:
    """A SQLite file without a schema."""
    store = SQLStore(f"sqlite:///{tmp_path / 'empty.db'}")
    yield store
    store.close()


@pytest.fixture
def postgres_empty(postgres_url: str) -> Iterator[SQLStore]:
    """A PostgreSQL database without a schema."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    _administer(postgres_url, f"CREATE DATABASE {name}")
    store = SQLStore(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    yield store
    store.close()
    _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_store(request: pytest.FixtureRequest) -> SQLStore:
    """A database without a schema, once on each engine."""
    made: SQLStore = request.getfixturevalue(f"{request.param}_empty")
    return made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> SQLStore:
    """A fresh store, once on each engine: the contract suite."""
    made: SQLStore = request.getfixturevalue(f"{request.param}_store")
    return made


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
