"""What tests of editing stand on."""

from __future__ import annotations

import pytest
from tests.editing_desk import Desk

from newsdigest.adapters.sql_store import SQLStore


@pytest.fixture
def desk(sqlite_store: SQLStore) -> Desk:
    """A desk half an hour after the copy deadline of 11 March 2026."""
    return Desk(sqlite_store)
