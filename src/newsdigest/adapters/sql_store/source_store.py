"""Sources, their states, and hosts that asked for a pause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, or_, select, update

from newsdigest.adapters.sql_store.audit_store import upsert_for
from newsdigest.adapters.sql_store.records import from_plain, to_plain
from newsdigest.adapters.sql_store.tables_sources import host_pauses, source_states, sources
from newsdigest.model.sources import FetchResult, Source, SourceState

_COLUMNS = ("id", "name", "url", "kind", "origin", "is_paused")
_STATE_COLUMNS = tuple(column.name for column in source_states.columns)
CHUNK = 400
"""Rows and ids a statement; far below SQLite's limit of variables."""


class SQLSourceStore:
    """See `ports.storage.sources.SourceStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, changed: Iterable[Source]) -> None:
        """Insert or replace by id."""
        if rows := [_source_row(source) for source in changed]:
            self._connection.execute(upsert_for(self._connection, sources), rows)

    def remove(self, source_ids: Iterable[str]) -> None:
        """Forget the sources and what was known of them; their items stay."""
        for source_id in source_ids:
            self._connection.execute(delete(sources).where(sources.c.id == source_id))
            self._connection.execute(delete(source_states).where(source_states.c.source_id == source_id))

    def get(self, source_id: str) -> Source | None:
        row = self._connection.execute(select(sources).where(sources.c.id == source_id)).mappings().first()
        return _source(row) if row else None

    def find_url(self, url: str) -> Source | None:
        """Return the source that reads exactly that address."""
        row = self._connection.execute(select(sources).where(sources.c.url == url)).mappings().first()
        return _source(row) if row else None

    def all(self) -> Sequence[Source]:
        """Every source, by id."""
        return [
            _source(row)
            for row in self._connection.execute(select(sources).order_by(sources.c.id)).mappings()
        ]

    def due_ids(self, now: datetime) -> Sequence[str]:
        """
        Return the ids of the sources to look at, those due longest first.

        A state that belongs to another address than the source's present one does not
        count: a corrected address is looked at at once.
        """
        return [source_id for source_id, _ in self.due_addresses(now)]

    def due_addresses(self, now: datetime) -> Sequence[tuple[str, str]]:
        """Return (id, address) of those, in the same order: all that dealing them out needs, of many thousands."""
        return [(row.id, row.url) for row in self._connection.execute(due_query(now))]

    def with_states(self, source_ids: Sequence[str]) -> Sequence[tuple[Source, SourceState]]:
        """Return those that exist, in the order asked for."""
        found: dict[str, Source] = {}
        states: dict[str, SourceState] = {}
        for start in range(0, len(source_ids), CHUNK):
            part = source_ids[start : start + CHUNK]
            for row in self._connection.execute(select(sources).where(sources.c.id.in_(part))).mappings():
                found[row["id"]] = _source(row)
            query = select(source_states).where(source_states.c.source_id.in_(part))
            for row in self._connection.execute(query).mappings():
                states[row["source_id"]] = _state(row)
        return [
            (found[source_id], states.get(source_id) or SourceState(source_id=source_id))
            for source_id in source_ids
            if source_id in found
        ]

    def iterate_due(self, now: datetime, *, only: Sequence[str] = ()) -> Iterator[tuple[Source, SourceState]]:
        """Yield not paused sources whose next look has come (or just those in `only`, due or not)."""
        ids = list(only) or self.due_ids(now)
        for start in range(0, len(ids), CHUNK):
            yield from self.with_states(ids[start : start + CHUNK])

    def state(self, source_id: str) -> SourceState:
        """Return what is known, an empty state for a source never looked at."""
        query = select(source_states).where(source_states.c.source_id == source_id)
        row = self._connection.execute(query).mappings().first()
        return _state(row) if row else SourceState(source_id=source_id)

    def states(self) -> dict[str, SourceState]:
        """Return all states by source id."""
        return {
            row["source_id"]: _state(row)
            for row in self._connection.execute(select(source_states)).mappings()
        }

    def put_states(self, states: Iterable[SourceState]) -> None:
        """Insert or replace by source id."""
        if rows := [{name: getattr(state, name) for name in _STATE_COLUMNS} for state in states]:
            self._connection.execute(upsert_for(self._connection, source_states), rows)

    def move(self, source_id: str, url: str) -> None:
        """Store another address, for a source that has moved for good."""
        self._connection.execute(update(sources).where(sources.c.id == source_id).values(url=url))

    def pauses(self) -> dict[str, datetime]:
        """Return domain to the instant before which nothing is asked there."""
        return {row.domain: row.until for row in self._connection.execute(select(host_pauses))}

    def put_pauses(self, pauses: Mapping[str, datetime]) -> None:
        """Insert or replace by domain."""
        if rows := [{"domain": domain, "until": until} for domain, until in pauses.items()]:
            self._connection.execute(upsert_for(self._connection, host_pauses), rows)


def due_query(now: datetime) -> Select[Any]:
    """Return the query behind `due_ids`; benchmarks look at its plan."""
    state = source_states.c
    return (
        select(sources.c.id, sources.c.url)
        .outerjoin(source_states, and_(sources.c.id == state.source_id, sources.c.url == state.url))
        .where(sources.c.is_paused.is_not_distinct_from(False))
        .where(or_(state.next_look.is_(None), state.next_look <= now))
        .order_by(state.next_look.is_(None), state.next_look, sources.c.id)
    )


def _source_row(source: Source) -> dict[str, Any]:
    plain = to_plain(source)
    settings = {name: value for name, value in plain.items() if name not in _COLUMNS}
    return {**{name: getattr(source, name) for name in _COLUMNS}, "settings": settings}


def _source(row: Mapping[Any, Any]) -> Source:
    return from_plain(Source, {**row["settings"], **{name: row[name] for name in _COLUMNS}})


def _state(row: Mapping[Any, Any]) -> SourceState:
    return SourceState(**{**row, "last_result": FetchResult(row["last_result"])})
