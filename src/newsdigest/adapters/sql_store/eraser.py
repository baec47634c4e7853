"""
A person's address taken out of every text of the database, and out of its deleted pages.

Works over the schema rather than over a list of places, so that a column added later is not
forgotten. The audit's acts are left alone, as a change would break their chain; no act holds an
address, which a test watches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, Text, cast, or_, select, update
from sqlalchemy.exc import OperationalError

from newsdigest.adapters.sql_store import schema
from newsdigest.adapters.sql_store.store import SQLStore
from newsdigest.adapters.sql_store.tables import metadata
from newsdigest.adapters.sql_store.types import Json

MARK = "[deleted]"
KEPT_TABLES = frozenset({"acts", "alembic_version"})


class SQLEraser:
    """See `subscribing.forget.Eraser`."""

    def __init__(self, store: SQLStore) -> None:
        self._store = store

    def erase_text(self, forms: Sequence[str]) -> int:
        """Replace every occurrence, whatever its case, in any text column; return how many rows changed."""
        schema.load_tables()
        # Longest first: a URL-encoded form holds the plain one's ends.
        pattern = re.compile(
            "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)), re.IGNORECASE
        )
        changed = 0
        for table in metadata.sorted_tables:
            if table.name not in KEPT_TABLES:
                changed += self._erase_in(table, forms, pattern)
        return changed

    def _erase_in(self, table: Table, forms: Sequence[str], pattern: re.Pattern[str]) -> int:
        texts = [column for column in table.c if isinstance(column.type, Text | Json)]
        if not texts:
            return 0
        keys = list(table.primary_key.columns)
        hits = or_(
            *(cast(column, Text).icontains(form, autoescape=True) for column in texts for form in forms)
        )
        changed = 0
        with self._store.write() as unit:
            for row in unit.connection.execute(select(table).where(hits)).mappings().all():
                new = {
                    column.name: _without(row[column.name], pattern)
                    for column in texts
                    if not column.primary_key
                }
                if any(new[name] != row[name] for name in new):
                    where = [column == row[column.name] for column in keys]
                    unit.connection.execute(update(table).where(*where).values(new))
                    changed += 1
        return changed

    def compact(self) -> bool:
        """
        Rewrite the file without free pages and empty the write-ahead log.

        False when another connection was reading; PostgreSQL does this by itself (autovacuum).
        """
        if not self._store.is_sqlite:
            return True
        self._store.engine.dispose()
        try:
            with self._store.engine.connect() as connection:
                connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        except OperationalError:
            return False
        return not busy


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        return pattern.sub(MARK, value)
    return json.loads(pattern.sub(MARK, json.dumps(value, ensure_ascii=False)))
