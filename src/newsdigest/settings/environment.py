"""
Settings from the environment, and a mark by which settings once found right are known again.

Kept apart from the models, so that `status` need not load them to find the database.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

PREFIX = "NEWSDIGEST_"
SECRETS = frozenset({"MAIL__PASSWORD", "SECRET_KEY", "WORKSPACE", "NOW"})
"""Read from the environment by other parts; not settings of the file."""
OF_TESTS = "TEST_"
"""Begins the names our own tests are steered by; their child processes inherit them."""


def given(environment: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return the settings of the environment as sorted (name without prefix, value)."""
    found = os.environ if environment is None else environment
    return sorted(
        (name[len(PREFIX) :], value)
        for name, value in found.items()
        if name.startswith(PREFIX)
        and name[len(PREFIX) :] not in SECRETS
        and not name.startswith(PREFIX + OF_TESTS)
    )


def from_environment(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return `NEWSDIGEST_A__B=x` as `{"a": {"b": "x"}}`; values stay text, the models parse them."""
    made: dict[str, Any] = {}
    for name, value in given(environment):
        *parents, last = name.lower().split("__")
        place = made
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return made


def mark(file: Path, *, version: str) -> str:
    """
    Return a hash of everything the main settings are made from: file, environment, program.

    Raises:
        OSError: The file cannot be read.
    """
    parts = [version.encode(), file.read_bytes(), *(f"{name}={value}".encode() for name, value in given())]
    return sha256(b"\0".join(parts)).hexdigest()
