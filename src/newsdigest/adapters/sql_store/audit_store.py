"""Acts, chained by hash, and runs of jobs."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, desc, insert, select, update

from newsdigest.adapters.sql_store.tables_audit import acts, facts, runs
from newsdigest.model.audit import Act, Run


def insert_for(connection: Connection, target: Any) -> Any:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return inserter(connection.dialect.name)(target)


@cache
def inserter(dialect: str) -> Any:
    """Return the INSERT of an engine's name, which knows ON CONFLICT."""
    # PostgreSQL's dialect takes 30 ms to load; on SQLite nobody needs it.
    return importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert


def upsert_for(connection: Connection, target: Table) -> Any:
    """Return the dialect's INSERT of whole rows that replaces the row of the same primary key."""
    return upsert(connection.dialect.name, target)


@cache
def upsert(dialect: str, target: Table) -> Any:
    """Return what `upsert_for` returns, for an engine's name."""
    # Made once: SQLAlchemy takes longer to make the statement than SQLite to carry it out.
    statement = inserter(dialect)(target)
    keys = [column.name for column in target.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={
            column.name: statement.excluded[column.name]
            for column in target.columns
            if column.name not in keys
        },
    )


class SQLAuditStore:
    """See `ports.storage.audit.AuditStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *, at: datetime, by: str, what: str, subject: str, detail: str = "") -> Act:
        """Append one act to the chain."""
        last = self._connection.execute(
            select(acts.c.number, acts.c.hash).order_by(desc(acts.c.number)).limit(1)
        ).first()
        number = last.number + 1 if last else 1
        act = Act(number=number, at=at, by=by, what=what, subject=subject, detail=detail)
        link = _link(act, last.hash if last else "")
        row = {
            "number": number,
            "at": at,
            "by": by,
            "what": what,
            "subject": subject,
            "detail": detail,
            "hash": link,
        }
        self._connection.execute(insert(acts).values(row))
        return _act(row)

    def recent(self, *, limit: int = 200, subject: str = "") -> Sequence[Act]:
        """Newest first."""
        query = select(acts).order_by(desc(acts.c.number)).limit(limit)
        if subject:
            query = query.where(acts.c.subject == subject)
        return [_act(row) for row in self._connection.execute(query).mappings()]

    def broken_link(self) -> int | None:
        """Return the number of the first act whose hash does not fit."""
        before = ""
        for row in self._connection.execute(select(acts).order_by(acts.c.number)).mappings():
            act = _act(row)
            if act.hash != _link(act, before):
                return act.number
            before = act.hash
        return None


class SQLRunStore:
    """See `ports.storage.audit.RunStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, run: Run) -> bool:
        """Insert; False when the key exists already."""
        statement = insert_for(self._connection, runs).values(_run_row(run)).on_conflict_do_nothing()
        return self._connection.execute(statement).rowcount == 1

    def finish(self, run: Run) -> None:
        """Store the end of a run."""
        self._connection.execute(update(runs).where(runs.c.key == run.key).values(_run_row(run)))

    def get(self, key: str) -> Run | None:
        row = self._connection.execute(select(runs).where(runs.c.key == key)).mappings().first()
        return Run(**row) if row else None

    def recent(self, *, limit: int = 100) -> Sequence[Run]:
        """Newest first."""
        query = select(runs).order_by(desc(runs.c.started_at)).limit(limit)
        return [Run(**row) for row in self._connection.execute(query).mappings()]

    def get_value(self, name: str) -> str | None:
        return self._connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()

    def put_value(self, name: str, value: str) -> None:
        statement = insert_for(self._connection, facts).values(name=name, value=value)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )

    def values(self, prefix: str) -> list[dict[str, Any]]:
        """Return the JSON facts whose names begin so, by name."""
        query = (
            select(facts.c.value)
            .where(facts.c.name.startswith(prefix, autoescape=True))
            .order_by(facts.c.name)
        )
        return [json.loads(value) for value in self._connection.execute(query).scalars()]


def _link(act: Act, before: str) -> str:
    parts = (before, str(act.number), act.at.isoformat(), act.by, act.what, act.subject, act.detail)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _act(row: Mapping[Any, Any]) -> Act:
    return Act(**dict(row))


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "key": run.key,
        "job": run.job,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "outcome": run.outcome,
        "report": run.report,
    }
