"""
Whose turn it is at a host, among all machines: each request books the next free instant in PostgreSQL.

Booked by one statement on the database's own clock, so that neither two machines nor their clocks
can disagree. Nothing is held while a request runs: a machine that dies leaves one turn unused.
"""

from __future__ import annotations

from sqlalchemy import text

from newsdigest.adapters.sql_store.store import SQLStore

_BOOK = text(
    "INSERT INTO host_turns AS turn (host, free_at) "
    "VALUES (:host, clock_timestamp() + make_interval(secs => :seconds)) "
    "ON CONFLICT (host) DO UPDATE "
    "SET free_at = greatest(turn.free_at, clock_timestamp()) + make_interval(secs => :seconds) "
    "RETURNING extract(epoch FROM free_at - clock_timestamp()) - :seconds"
)


def book(store: SQLStore, host: str, seconds: float) -> float:
    """
    Book the next turn at a host and return the seconds until it comes.

    Args:
        seconds: Between the starts of two turns.

    Raises:
        StoreError: The database cannot be asked.
    """
    with store.write() as unit:
        # A turn lost in a power cut harms nobody; waiting for the disk would at every request.
        unit.connection.execute(text("SET LOCAL synchronous_commit TO OFF"))
        return max(
            0.0, float(unit.connection.execute(_BOOK, {"host": host, "seconds": seconds}).scalar_one())
        )
