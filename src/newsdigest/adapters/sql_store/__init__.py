"""
The store: SQLAlchemy Core, synchronous, on SQLite or PostgreSQL.

`SQLStore` is loaded when it is first asked for, so that `quick_look` costs no SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsdigest.adapters.sql_store.store import SQLStore

__all__ = ["SQLStore"]


def __getattr__(name: str) -> Any:
    if name != "SQLStore":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from newsdigest.adapters.sql_store.store import SQLStore

    return SQLStore
