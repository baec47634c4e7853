"""
Frozen records as plain data and back, for the JSON columns.

Only what differs from a field's default is written: rows stay small, and a field
that is added later needs no migration.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def to_plain(value: Any) -> Any:
    """Return a record, or anything a record holds, as data JSON can carry."""
    if value is None or (isinstance(value, str | int | float | bool) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple | list | set | frozenset):
        # Most parts are offsets and words, and there are many.
        return [part if type(part) in _AS_THEY_ARE else to_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): to_plain(part) for key, part in value.items()}
    if is_dataclass(value):
        return {
            name: to_plain(found)
            for name, default in _defaults(cast(Any, type(value))).items()
            if (found := getattr(value, name)) != default
        }
    raise TypeError(f"no plain form for {type(value).__name__}")


def from_plain(record: type[T], data: Mapping[str, Any]) -> T:
    """Return the record; keys it does not know (written by a newer program) are left out."""
    make = makers(cast(Any, record))
    return record(**{name: make[name](value) for name, value in data.items() if name in make})


@cache
def _defaults(record: type) -> dict[str, Any]:
    found = {}
    for part in fields(record):
        if part.default is not MISSING:
            found[part.name] = part.default
        elif part.default_factory is not MISSING:
            found[part.name] = part.default_factory()
        else:
            found[part.name] = MISSING
    return found


@cache
def makers(record: type) -> dict[str, Callable[[Any], Any]]:
    """Return field name to the function that makes its value from plain data."""
    hints = get_type_hints(record)
    return {part.name: _maker(hints[part.name]) for part in fields(cast(Any, record))}


def _maker(hint: Any) -> Callable[[Any], Any]:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (inner,) = [part for part in parts if part is not type(None)] or [object]
        make = _maker(inner)
        return lambda value: None if value is None else make(value)
    if origin is tuple:
        if len(parts) == 2 and parts[1] is Ellipsis:
            make = _maker(parts[0])
            return lambda value: tuple(make(part) for part in value)
        makes = [_maker(part) for part in parts]
        return lambda value: tuple(make(part) for make, part in zip(makes, value, strict=True))
    if origin is frozenset:
        make = _maker(parts[0])
        return lambda value: frozenset(make(part) for part in value)
    if isinstance(hint, type):
        if is_dataclass(hint):
            return lambda value: from_plain(hint, value)
        if issubclass(hint, Enum):
            return hint
        if issubclass(hint, datetime | date | time):
            return hint.fromisoformat
        if issubclass(hint, timedelta):
            return lambda value: timedelta(seconds=value)
    return lambda value: value
