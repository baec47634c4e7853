"""
The ticking lock of several servers: a PostgreSQL advisory lock on a connection of its own.

The database frees it when the connection ends, however the process ended; a connection from a
pool would hand the lock on to whoever gets it next.
"""

from __future__ import annotations

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

KEY = 7_301_945_220_118
"""Any number nobody else uses in this database."""


class AdvisoryLock:
    """See `ports.queueing.TickerLock`."""

    def __init__(self, url: URL) -> None:
        # A machine that is gone without a word must lose the lock within seconds, so that a standby can take
        # over: the server looks after this one connection more often than after others.
        self._engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT",
            connect_args={
                "keepalives": 1, "keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 2,
                "tcp_user_timeout": 4000,
                "options": "-c tcp_keepalives_idle=1 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2",
            },
        )  # fmt: skip
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try once."""
        if self._connection is not None:
            return True
        try:
            connection = self._engine.connect()
        except SQLAlchemyError:
            return False
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": KEY}).scalar_one():
            self._connection = connection
            return True
        connection.close()
        return False

    def is_held(self) -> bool:
        """Return whether the connection, and so the lock, is still ours."""
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self._connection.invalidate()
            self._connection = None
            return False
        return True

    def release(self) -> None:
        """Close the connection; the lock goes with it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()

    @property
    def holder(self) -> str:
        """Another connection of the same database."""
        return "another scheduler on this database"
