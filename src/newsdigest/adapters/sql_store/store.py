"""
Transactions and connections.

SQLite: WAL, foreign keys, ten seconds of patience, and BEGIN IMMEDIATE for
writers, because a reader that turns writer gets SQLITE_BUSY at once, whatever
the time-out. `synchronous=FULL`, as the ledger's marks must survive a power
cut. The driver's own transaction handling is switched off; we say BEGIN.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from newsdigest.errors import (
    StoreAccessError,
    StoreBusyError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    UsageError,
)

if TYPE_CHECKING:
    from newsdigest.adapters.sql_store.audit_store import SQLAuditStore, SQLRunStore
    from newsdigest.adapters.sql_store.edition_store import SQLEditionStore
    from newsdigest.adapters.sql_store.item_store import SQLItemStore
    from newsdigest.adapters.sql_store.mailing_store import SQLMailingStore
    from newsdigest.adapters.sql_store.source_store import SQLSourceStore
    from newsdigest.adapters.sql_store.story_store import SQLStoryStore
    from newsdigest.adapters.sql_store.subscriber_store import SQLSubscriberStore, SQLTakedownStore
    from newsdigest.adapters.sql_store.web_store import SQLUserStore

BUSY_TIMEOUT_MS = 10_000


class _Loose:
    """
    Lets a transaction not wait for the disk: it stands in the log in order, so the next lasting one keeps it, too.

    On SQLite by the driver itself, in 10 microseconds instead of 200: it happens for every group of mails.
    """

    def __init__(self, connection: Connection, *, is_wanted: bool) -> None:
        self._connection = connection
        self._is_wanted = is_wanted

    def __enter__(self) -> _Loose:
        if self._is_wanted:
            if self._connection.dialect.name == "sqlite":
                self._say("PRAGMA synchronous=NORMAL")
            else:
                self._connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_wanted and self._connection.dialect.name == "sqlite":
            self._say("PRAGMA synchronous=FULL")

    def go_on(self) -> None:
        if self._connection.dialect.name == "sqlite":
            self._say("COMMIT", "PRAGMA synchronous=FULL", "BEGIN IMMEDIATE")
            self._is_wanted = False
        else:
            self._connection.commit()

    def _say(self, *statements: str) -> None:
        driver: Any = self._connection.connection.driver_connection
        for statement in statements:
            try:
                driver.execute(statement)
            except sqlite3.DatabaseError as error:
                raise OperationalError(statement, None, error) from error


class SQLUnitOfWork:
    """One transaction; the families of records are loaded and opened on first use."""

    def __init__(self, connection: Connection, loose: _Loose | None = None) -> None:
        self.connection = connection
        self._loose = loose

    def go_on(self) -> None:
        """See `ports.storage.UnitOfWork.go_on`."""
        assert self._loose
        self._loose.go_on()

    @cached_property
    def sources(self) -> SQLSourceStore:
        from newsdigest.adapters.sql_store.source_store import SQLSourceStore

        return SQLSourceStore(self.connection)

    @cached_property
    def items(self) -> SQLItemStore:
        from newsdigest.adapters.sql_store.item_store import SQLItemStore

        return SQLItemStore(self.connection)

    @cached_property
    def stories(self) -> SQLStoryStore:
        from newsdigest.adapters.sql_store.story_store import SQLStoryStore

        return SQLStoryStore(self.connection)

    @cached_property
    def editions(self) -> SQLEditionStore:
        from newsdigest.adapters.sql_store.edition_store import SQLEditionStore

        return SQLEditionStore(self.connection)

    @cached_property
    def subscribers(self) -> SQLSubscriberStore:
        from newsdigest.adapters.sql_store.subscriber_store import SQLSubscriberStore

        return SQLSubscriberStore(self.connection)

    @cached_property
    def takedowns(self) -> SQLTakedownStore:
        from newsdigest.adapters.sql_store.subscriber_store import SQLTakedownStore

        return SQLTakedownStore(self.connection)

    @cached_property
    def mailings(self) -> SQLMailingStore:
        from newsdigest.adapters.sql_store.mailing_store import SQLMailingStore

        return SQLMailingStore(self.connection)

    @cached_property
    def users(self) -> SQLUserStore:
        from newsdigest.adapters.sql_store.web_store import SQLUserStore

        return SQLUserStore(self.connection)

    @cached_property
    def runs(self) -> SQLRunStore:
        from newsdigest.adapters.sql_store.audit_store import SQLRunStore

        return SQLRunStore(self.connection)

    @cached_property
    def audit(self) -> SQLAuditStore:
        from newsdigest.adapters.sql_store.audit_store import SQLAuditStore

        return SQLAuditStore(self.connection)


class SQLStore:
    """
    Opens transactions on one database.

    Args:
        url: SQLAlchemy URL, `sqlite:////path/to/file.db` or `postgresql+psycopg://…`.
    """

    def __init__(self, url: str) -> None:
        self.url = _patient(_address(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 5, "max_overflow": 20}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
            if self.url.database in (None, "", ":memory:"):
                options = {"poolclass": NullPool}
        # "Was it new?" is asked by row count also of an INSERT, which drivers keep only when told.
        try:
            self.engine: Engine = create_engine(
                self.url, execution_options={"preserve_rowcount": True}, **options
            )
        except ImportError as error:
            raise UsageError(
                "the store is PostgreSQL: install the extra with `pip install newsdigest[postgres]`"
            ) from error
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)

    @property
    def path(self) -> Path | None:
        """The database file, None for a server."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @property
    def where(self) -> str:
        """Which database this is, for messages; without its password."""
        return str(self.path or f"{self.url.host or 'localhost'}/{self.url.database}")

    @property
    def libpq_url(self) -> str:
        """The database's address for programs that speak to PostgreSQL directly."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def read(self) -> Iterator[SQLUnitOfWork]:
        """See `ports.storage.Store.read`."""
        with self._transaction("BEGIN", is_writer=False) as unit:
            yield unit

    @contextmanager
    def write(self, *, is_lasting: bool = True) -> Iterator[SQLUnitOfWork]:
        """See `ports.storage.Store.write`."""
        with self._transaction("BEGIN IMMEDIATE", is_writer=True, is_lasting=is_lasting) as unit:
            yield unit

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    @contextmanager
    def _transaction(
        self, begin: str, *, is_writer: bool, is_lasting: bool = True
    ) -> Iterator[SQLUnitOfWork]:
        try:
            with self.engine.connect() as connection, _Loose(connection, is_wanted=not is_lasting) as loose:
                if self.is_sqlite:
                    connection.exec_driver_sql(begin)
                elif not is_writer:
                    connection = connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                try:
                    yield SQLUnitOfWork(connection, loose)
                except BaseException:
                    connection.rollback()
                    raise
                if is_writer:
                    connection.commit()
                else:
                    connection.rollback()
        except DatabaseError as error:
            raise translate(error, where=self.where) from error


LINK = {
    "connect_timeout": "10",
    # A network that is gone without a word is noticed within half a minute, also by whoever waits for an answer.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "newsdigest",
}
"""libpq's parameters, unless the address names its own."""


def _address(url: str) -> URL:
    """Return the address in its parts; the text itself stays out of messages, as it may hold a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError(
            "the database's address (store.url) cannot be read; write postgresql+psycopg://user@host:5432/database, "
            "with %40 for an @ in a password"
        ) from error


def _patient(url: URL) -> URL:
    """Return the address with our parameters of the connection, on PostgreSQL."""
    if url.get_backend_name() != "postgresql":
        return url
    return url.update_query_dict({name: value for name, value in LINK.items() if name not in url.query})


NO_WAY_IN = ("connection failed", "connection to server", "timeout expired", "failed to resolve host")


def translate(error: DatabaseError, *, where: str) -> StoreError:
    """Return our error for a driver's, in words that say what to do."""
    text = " ".join(str(error.orig).split())
    if "database or disk is full" in text or "No space left" in text:
        return StoreFullError(
            f"{where}: the disk is full; nothing was half written; free space and run again"
        )
    if "locked" in text or "busy" in text:
        return StoreBusyError(f"{where}: another process has held the database for 10 s; try again")
    if "malformed" in text or "not a database" in text:
        return StoreCorruptError(
            f"{where}: the database is damaged ({text}); stop everything and restore a backup"
        )
    if "no such table" in text or "no such column" in text or "UndefinedTable" in text:
        return StoreError(f"{where}: the schema is not there or old ({text}); run `newsdigest migrate`")
    if any(words in text for words in ("permission denied", "must be owner", "read-only", "readonly")):
        return StoreAccessError(
            f"{where}: the database may not be written ({text}); give this program's user the right to"
        )
    if "unable to open database file" in text:
        return StoreAccessError(
            f"{where}: cannot be opened; check that its folder is there, and the rights on it"
        )
    if any(words in text for words in NO_WAY_IN):
        # libpq tells of each address it tried; the last one says it all.
        reason = text.rpartition("failed: ")[2] or text
        return StoreAccessError(
            f"{where}: PostgreSQL does not let us in ({reason}); check store.url, and that the server runs"
        )
    if isinstance(error, OperationalError):
        return StoreError(f"{where}: the database cannot be used ({text})")
    return StoreError(f"{where}: {text}")


def _prepare_sqlite(driver_connection: Any, _record: object) -> None:
    driver_connection.isolation_level = None  # we say BEGIN ourselves
    cursor = driver_connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        # What is deleted is overwritten: a person's address must not linger in free pages.
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-6000",
        # 16 MB: pages of the indexes that every commit touches are carried over once for several commits.
        "wal_autocheckpoint=4000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
