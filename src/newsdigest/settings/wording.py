"""
What is wrong with a setting and what to write instead, in an office's words.

The settings library speaks to programmers ("Input should be a valid tuple", "instance of
AssociationSettings"); none of its words may reach a user. A test goes through its whole list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_GROUP = "must be a group of settings, each on an indented line of its own like `name: value`"
_LIST = "must be a list, each entry on a line of its own that begins with `- `"
_TEXT = "must be a text; put it into quotes"
_NUMBER = "must be a number, with a point and without a unit, e.g. 0.5"
_WHOLE = "must be a whole number, without a unit, e.g. 10"
_YES = "must be true or false"
_DAY = "must be a day written like 2026-08-03"
_CLOCK = "must be a time of day written like 10:00"
_INSTANT = "must be a day and time written like 2026-08-03T10:00+02:00"
_SPAN = "must be a number of minutes like 120, or a length of time written like PT2H"
_SENTENCES = {
    "string_type": _TEXT, "string_unicode": _TEXT, "bool_type": _YES, "bool_parsing": _YES,
    "finite_number": _NUMBER, "string_pattern_mismatch": "is not written in the form that is needed here",
    "greater_than": "must be more than {gt}", "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}", "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must have at most {max_length} entries; take some out",
    "literal_error": "must be {expected}", "enum": "must be {expected}",
}  # fmt: skip
_FAMILIES = (
    ("date_", _DAY), ("time_delta", _SPAN), ("time_", _CLOCK), ("datetime", _INSTANT), ("timezone", _INSTANT),
    ("int_", _WHOLE), ("float_", _NUMBER), ("decimal", _NUMBER),
    ("model_", _GROUP), ("dict_", _GROUP), ("mapping", _GROUP),
    ("list_", _LIST), ("tuple_", _LIST), ("set_", _LIST), ("frozen_set", _LIST), ("iter", _LIST),
)  # fmt: skip
_ELSE = "cannot be used as it stands; see the shipped file for how it is written"


def sentence(problem: Mapping[str, Any]) -> str:
    """
    Return what one of pydantic's errors means, without the key and its place.

    Args:
        problem: An entry of `ValidationError.errors()`.
    """
    kind = str(problem["type"])
    given = problem.get("ctx", {})
    facts = {name: f"{fact:g}" if isinstance(fact, float) else fact for name, fact in given.items()}
    if kind in ("value_error", "assertion_error"):
        # Ours: raised with words for the reader.
        return str(problem["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if kind in ("too_short", "string_too_short"):
        least, what = facts.get("min_length", 1), "entries" if kind == "too_short" else "characters"
        empty = "must not be empty; add at least one entry" if kind == "too_short" else "must not be empty"
        return empty if least == 1 else f"must have at least {least} {what}"
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**facts)
    return next((text for start, text in _FAMILIES if kind.startswith(start)), _ELSE)


def found(value: object) -> str:
    """Return ` (found …)` for a value that may be shown, "" for groups, lists, and what may hold a password."""
    if value is None:
        return " (nothing is written there)"
    # An address of a database may hold a password.
    is_secret = isinstance(value, str) and "://" in value and "@" in value
    if isinstance(value, bool):
        return f" (found {str(value).lower()})"
    return f" (found {value!r})" if isinstance(value, str | int | float) and not is_secret else ""
