"""
Statements that run thousands of times a minute, compiled once per engine.

SQLAlchemy spends 30 to 60 microseconds on finding a compiled form, turning parameters and
making a result; SQLite carries such a statement out in 3. So the ledger's marks are compiled
here once, and go to the driver by `exec_driver_sql`, which keeps the translation of errors.
Values still pass through their columns' types.

Refused: SQL written by hand, which would be one text per engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_Turn = Callable[[Any], Any] | None


class _Form:
    """One engine's text, and how its parameters are made."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = cast(SQLCompiler, statement.compile(dialect=cast(DefaultDialect, dialect)))
        self.text = str(compiled)
        self._is_positional = compiled.positional
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._turns: list[tuple[str, _Turn]] = [
            (name, _turn(binds[name].type, dialect))
            for name in (compiled.positiontup or () if compiled.positional else binds)
        ]
        # Rows of plain texts, of which there are most, are taken over in one go.
        names = [name for name, turn in self._turns if turn is None]
        is_plain = self._is_positional and not self._fixed and len(names) == len(self._turns) > 1
        self._as_they_are = itemgetter(*names) if is_plain else None

    def values(self, row: Mapping[str, Any]) -> Any:
        """Return one row's parameters as the driver takes them."""
        if self._as_they_are is not None:
            return self._as_they_are(row)
        given = {**self._fixed, **row} if self._fixed else row
        if self._is_positional:
            return tuple(turn(given[name]) if turn else given[name] for name, turn in self._turns)
        return {name: turn(given[name]) if turn else given[name] for name, turn in self._turns}


def _turn(type_: TypeEngine[Any], dialect: Dialect) -> _Turn:
    """Return what makes a value of that type the driver's; None where it takes the value as it is."""
    if isinstance(type_, TypeDecorator):
        inner = type_.load_dialect_impl(dialect).dialect_impl(dialect).bind_processor(dialect)
        if inner is None:
            # Ours alone: SQLAlchemy's way there costs more than what it does.
            return lambda value: type_.process_bind_param(value, dialect)
    return type_.dialect_impl(dialect).bind_processor(dialect)


class Prepared:
    """
    One statement; its bound parameters are filled by name.

    Args:
        make: Builds the statement for an engine's name (`sqlite`, `postgresql`).
    """

    def __init__(self, make: Callable[[str], ClauseElement]) -> None:
        self._make = make
        self._forms: dict[str, _Form] = {}

    def run(self, connection: Connection, row: Mapping[str, Any]) -> CursorResult[Any]:
        """Carry it out once; what it returns comes as the driver gives it (no types on the way out)."""
        form = self._form(connection)
        return connection.exec_driver_sql(form.text, form.values(row))

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out once per row."""
        form = self._form(connection)
        if len(rows) == 1:
            connection.exec_driver_sql(form.text, form.values(rows[0]))
        elif rows:
            connection.exec_driver_sql(form.text, [form.values(row) for row in rows])

    def _form(self, connection: Connection) -> _Form:
        dialect = connection.dialect
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._make(dialect.name), dialect)
        return form
