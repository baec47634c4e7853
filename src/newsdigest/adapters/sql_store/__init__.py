"""The store: SQLAlchemy Core, synchronous, on SQLite or PostgreSQL."""

from newsdigest.adapters.sql_store.store import SQLStore

__all__ = ["SQLStore"]
