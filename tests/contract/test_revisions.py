"""Shipped revisions are frozen: databases out there have run them, so each must make the schema it always made."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from tests.operating_world import together

from newsdigest.adapters.sql_store import SQLStore, revisions, schema
from newsdigest.errors import StoreError

SHIPPED: dict[str, dict[str, str]] = {
    "sqlite": {
        "0001": "57ad0ca653745d4c",
        "0002": "9c8175885a16c7ba",
        "0003": "8bfdb33ae5fdbd1c",
        "0004": "cd6e81793b4dd7ba",
        "0005": "2b1607cf0ad56f99",
        "0006": "0ccada7be5b94903",
        "0007": "46046b2131fd0d6f",
        "0008": "f33fabd884d87bd1",
        "0009": "3e7778fe6f0b6906",
    },
    "postgresql": {
        "0001": "b7bb903f90c30958",
        "0002": "ce0624267900d8ef",
        "0003": "d9902c75485b0699",
        "0004": "74a00f18865ae1c8",
        "0005": "65c10db0fa751e1e",
        "0006": "15deb7123f58fcbd",
        "0007": "97802ff9627358a7",
        "0008": "eaba78d8f7d36f67",
        "0009": "d16528221df33615",
    },
}
"""Engine to revision to the print of the schema it leaves; a line is added with each new revision, and none is ever changed."""


def described(store: SQLStore) -> str:
    """Return the schema as the database itself tells it: tables, columns, keys and indexes, a line each."""
    found = inspect(store.engine)
    lines = []
    for table in sorted(found.get_table_names()):
        lines += [
            f"{table}.{column['name']} {column['type'].compile(store.engine.dialect)} null={column['nullable']} default={column['default']}"
            for column in found.get_columns(table)
        ]
        lines.append(f"{table} primary {found.get_pk_constraint(table)['constrained_columns']}")
        lines += sorted(
            f"{table} unique {unique['name']} {unique['column_names']}"
            for unique in found.get_unique_constraints(table)
        )
        lines += sorted(
            f"{table} foreign {key['constrained_columns']} {key['referred_table']}.{key['referred_columns']} {key['options']}"
            for key in found.get_foreign_keys(table)
        )
        lines += sorted(_index(table, index) for index in found.get_indexes(table))
    return "\n".join(lines)


def _index(table: str, index: ReflectedIndex) -> str:
    options = {name: str(value) for name, value in index["dialect_options"].items() if name.endswith("where")}
    return f"{table} index {index['name']} {index['column_names']} unique={bool(index['unique'])} {options}"


def print_of(store: SQLStore) -> str:
    return hashlib.sha256(described(store).encode()).hexdigest()[:16]


def prints(store: SQLStore) -> dict[str, str]:
    """Return revision to print, walking one revision at a time."""
    made = {}
    for revision in revisions.known():
        schema.migrate(store, to=revision)
        made[revision] = print_of(store)
    return made


def test_every_shipped_revision_makes_what_it_always_made(empty_store: SQLStore):
    """A revision that is edited after it was shipped would leave databases in the field without the edit."""
    engine, made = empty_store.engine.dialect.name, prints(empty_store)
    changed = [name for name, known in SHIPPED[engine].items() if made.get(name) != known]
    assert not changed, (
        f"revision {changed[0]} does not make the schema any more that it was shipped with; databases out there have run it "
        "as it was: put it back as it was, and add a new revision for the change"
    )
    new = {name: print_ for name, print_ in made.items() if name not in SHIPPED[engine]}
    assert not new, f"a new revision: add {new} to SHIPPED[{engine!r}]"


def test_revisions_follow_each_other():
    """Numbered without a gap, so that a file's name tells its place."""
    assert [f"{number:04d}" for number in range(1, len(revisions.known()) + 1)] == list(revisions.known())


def test_four_that_migrate_at_once_are_one(empty_store: SQLStore, tmp_path: Path):
    """Several services started together may each migrate: one does it, the others find it done."""
    url = empty_store.url.render_as_string(hide_password=False)

    def migrate() -> int:
        store = SQLStore(url)
        assert schema.migrate(store) == revisions.head()
        return 0

    empty_store.engine.dispose()
    with together([migrate] * 4, tmp_path) as children:
        for child in children:
            assert child.wait() == 0, child.said()
    assert schema.revision(empty_store) == revisions.head()


def test_a_revision_that_breaks_leaves_the_one_before(empty_store: SQLStore):
    """All or nothing: what stands in the way of one revision undoes all of that run, and can be cleared away."""
    schema.migrate(empty_store, to="0007")
    before = described(empty_store)
    with empty_store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE log_in_failures (key TEXT)"))
    with pytest.raises(StoreError):
        schema.migrate(empty_store)
    assert schema.revision(empty_store) == "0007"
    with empty_store.engine.begin() as connection:
        connection.execute(text("DROP TABLE log_in_failures"))
    assert described(empty_store) == before
    assert schema.migrate(empty_store) == revisions.head()
