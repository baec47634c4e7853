"""
Upgrades: what a released program left behind is taken over by this one, on both engines, with nothing lost.

`tests/data/shipped` holds a backup of a workspace as the program of each kept revision made it, by
`python -m tests.shipped_world` at that time: rows in every table, by real jobs and acts.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, inspect, select, text
from tests import newsroom_world
from tests.shipped_world import FIRST, LATER, NEXT, PASSWORD

from newsdigest.adapters import tar_backup
from newsdigest.adapters.file_lock import FileLock
from newsdigest.adapters.machine_marker import MachineMarker
from newsdigest.adapters.process_watch import machine
from newsdigest.adapters.sql_store import SQLStore, revisions, schema
from newsdigest.adapters.sql_store.tables import metadata
from newsdigest.assembly import Assembly
from newsdigest.cli import run
from newsdigest.errors import StoreFullError
from newsdigest.mailing.standing import Standing
from newsdigest.settings.workspace import Workspace

pytestmark = pytest.mark.slow

SHIPPED = {
    path.name.split(".")[0]: path for path in (Path(__file__).parents[1] / "data" / "shipped").iterdir()
}
NEWEST = max(SHIPPED)
NEVER_FILLED = {"host_turns"}  # on PostgreSQL only, for a second each
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(params=sorted(SHIPPED))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A workspace as it lay there when its program was stopped."""
    made = tmp_path / "workspace"
    tar_backup.read(SHIPPED[request.param], made)
    (made / "backup.json").unlink()
    # It lies where it always lay: a restored or copied one would ask before it sends.
    MachineMarker(made / "var").write(Standing(1, machine()).written())
    return made


def database(folder: Path) -> Path:
    return folder / "var" / "newsdigest.db"


def command(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        run([str(argument) for argument in arguments])
    return int(end.value.code or 0)


def rows_of(store: SQLStore, columns: dict[str, list[str]]) -> Rows:
    """Every row of those tables and columns, sorted."""
    found = MetaData()
    found.reflect(store.engine)
    with store.engine.connect() as connection:
        return {
            name: sorted(
                (
                    tuple(row)
                    for row in connection.execute(select(*(found.tables[name].c[one] for one in names)))
                ),
                key=repr,
            )
            for name, names in columns.items()
        }


def columns_of(store: SQLStore) -> dict[str, list[str]]:
    found = inspect(store.engine)
    names = set(found.get_table_names()) - {"alembic_version"}
    return {name: [column["name"] for column in found.get_columns(name)] for name in sorted(names)}


def pour(source: Path, target: SQLStore) -> None:
    """Fill every table that exists there with the rows of the file, as far as both know the columns."""
    known = MetaData()
    known.reflect(target.engine)
    with closing(sqlite3.connect(source)) as connection, target.engine.begin() as here:
        connection.row_factory = sqlite3.Row
        for table in known.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table.name}")]
            if rows:
                names = [column.name for column in table.columns if column.name in rows[0]]
                types = {name: table.c[name].type.compile(here.dialect) for name in names}
                for row in rows:
                    row.update({name: bool(row[name]) for name, type_ in types.items() if type_ == "BOOLEAN"})
                values = ", ".join(f"CAST(:{name} AS {type_})" for name, type_ in types.items())
                listed = ", ".join(f'"{name}"' for name in names)
                here.execute(text(f"INSERT INTO {table.name} ({listed}) VALUES ({values})"), rows)


def assert_whole(store: SQLStore) -> None:
    """The schema is ours, and every key finds what it points to."""
    schema.load_tables()
    schema.require_current(store)
    with store.read() as unit:
        context = MigrationContext.configure(unit.connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
        assert unit.audit.broken_link() is None
        if store.is_sqlite:
            for pragma in ("integrity_check", "foreign_key_check"):
                assert [*unit.connection.exec_driver_sql(f"PRAGMA {pragma}").scalars()] in ([], ["ok"])


def test_every_table_has_rows_in_the_newest_backup(tmp_path: Path):
    """An upgrade of an empty table shows nothing: a new table comes with a new file, see `tests.shipped_world`."""
    schema.load_tables()
    tar_backup.read(SHIPPED[NEWEST], tmp_path)
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        kept = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        empty = {
            name for name in kept if not connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        }
    assert metadata.tables.keys() - (kept - empty) == NEVER_FILLED


def test_the_guide_s_upgrade(folder: Path, capsys: pytest.CaptureFixture[str]):
    """An old database is refused by name, backed up and migrated by one command; every row is there, and it works."""
    before = SQLStore(f"sqlite:///{database(folder)}")
    columns = columns_of(before)
    rows, old = rows_of(before, columns), schema.revision(before)
    before.close()
    assert command("-w", folder, "status") == 2
    assert (
        f"the database's schema ({old}) is older than this program ({revisions.head()})"
        in capsys.readouterr().err
    )
    assert command("-w", folder, "migrate") == 0
    told = capsys.readouterr().out
    assert f"the database is at schema {revisions.head()}" in told
    store = SQLStore(f"sqlite:///{database(folder)}")
    assert rows_of(store, columns) == rows
    assert_whole(store)
    store.close()
    (kept,) = folder.glob("before-upgrade-*.tar.gz")
    assert str(kept) in told
    assert kept.stat().st_mode & 0o077 == 0
    assert command("-w", folder, "migrate") == 0
    assert [*folder.glob("before-upgrade-*")] == [kept]  # nothing to do is nothing to keep
    assert_works(folder)


def assert_works(folder: Path) -> None:
    """Every screen and listing shows it, and the draft of the old program is approved and sent by this one."""
    for arguments in (
        ["stories", "--json"], ["editions"], ["edition", "show", NEXT], ["deliveries", FIRST], ["subscribers", "list"],
        ["sources"], ["bounces"], ["users", "list"],
    ):  # fmt: skip
        assert command("-w", folder, *arguments) == 0, arguments
    assembly = Assembly(Workspace(folder), now=LATER + timedelta(hours=1))
    try:
        with newsroom_world.browsing(assembly) as client:
            answer = client.post("/newsroom/log-in", data={"name": "anna", "password": PASSWORD})
            assert answer.status_code == 303
            for page in (
                "",
                "/editions",
                f"/editions/{NEXT}",
                f"/editions/{FIRST}",
                "/subscribers",
                "/jobs",
                "/audit",
            ):
                assert client.get(f"/newsroom{page}").status_code == 200, page
        assembly.compose("weekly")
        # The draft holds only dates announced before; those count as nothing new now.
        assembly.review.send_anyway(NEXT, by="anna")
        assembly.approve(NEXT, by="anna")
        sent = assembly.send(NEXT, by="anna")
        with assembly.store.read() as unit:
            counts = {state.value: count for state, count in unit.mailings.counts(NEXT).items() if count}
            first = unit.mailings.counts(FIRST)
        assert counts.keys() == {"sent"}, (counts, sent)
        assert len([*(folder / "var" / "outbox").rglob("*.eml")]) == counts["sent"] >= 5
        assert sum(first.values()) == 8
    finally:
        assembly.close()


def test_the_way_back(folder: Path, capsys: pytest.CaptureFixture[str]):
    """The backup that `migrate` made is what the old program left, to the byte of every row: it could go on from there."""
    old = folder.parent / "old.db"
    shutil.copyfile(database(folder), old)
    assert command("-w", folder, "migrate") == 0
    (kept,) = folder.glob("before-upgrade-*.tar.gz")
    back = folder.parent / "back"
    assert tar_backup.read(kept, back)["schema"] in kept.name
    with closing(sqlite3.connect(old)) as here, closing(sqlite3.connect(database(back))) as there:
        assert [*here.iterdump()] == [*there.iterdump()]
    assert (back / "var" / "secret.key").read_bytes() == (folder / "var" / "secret.key").read_bytes()


def test_a_backup_may_be_made_before(folder: Path, tmp_path: Path):
    """The new program backs up what the old one left: the message says so, and it can be done."""
    assert command("-w", folder, "backup", tmp_path / "b.tar.gz") == 0
    assert tar_backup.read(tmp_path / "b.tar.gz", tmp_path / "b")["schema"] != revisions.head()


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_an_old_backup_is_restored(tmp_path: Path, name: str):
    """By this program, which migrates it on the way; nothing goes out of it by itself."""
    place = tmp_path / "restored"
    assert command("-w", place, "restore", SHIPPED[name], "--yes") == 0
    store = SQLStore(f"sqlite:///{database(place)}")
    assert_whole(store)
    store.close()
    assert command("-w", place, "status") in (0, 1)


def test_no_upgrade_under_a_running_scheduler(folder: Path, capsys: pytest.CaptureFixture[str]):
    """The old program may be at work: it is to be stopped first, and nothing is changed."""
    lock = FileLock(folder / "var" / "scheduler.lock")
    assert lock.acquire()
    try:
        assert command("-w", folder, "migrate") == 2
        assert "stop it first. Nothing was changed" in capsys.readouterr().err
    finally:
        lock.release()
    assert not [*folder.glob("before-upgrade-*")]


def test_an_upgrade_that_fails_leaves_no_copies(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Supervision tries again every few seconds: what stays as it was needs no copy, or the disk would fill."""

    def fail(*_: object) -> str:
        raise StoreFullError("the disk is full")

    monkeypatch.setattr(schema, "migrate", fail)
    for _ in range(2):
        assert command("-w", folder, "migrate") != 0
    assert "the disk is full" in capsys.readouterr().err
    assert not [*folder.glob("before-upgrade-*")]


@pytest.mark.parametrize("step", revisions.known())
def test_every_step_keeps_its_rows(empty_store: SQLStore, tmp_path: Path, step: str):
    """From each revision that ever was to ours: all tables of then filled, nothing lost, all keys hold."""
    tar_backup.read(SHIPPED[NEWEST], tmp_path / "old")
    schema.migrate(empty_store, to=min(step, NEWEST))
    pour(database(tmp_path / "old"), empty_store)
    schema.migrate(empty_store, to=step)
    columns = columns_of(empty_store)
    rows = rows_of(empty_store, columns)
    assert len([name for name, found in rows.items() if not found]) <= len(NEVER_FILLED)
    schema.migrate(empty_store)
    assert rows_of(empty_store, columns) == rows
    assert_whole(empty_store)


@pytest.mark.postgres
def test_a_new_workspace_on_postgresql(
    tmp_path: Path,
    postgres_empty: SQLStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """As compose begins: the address comes from the environment, and `init` makes the tables of an empty database."""
    monkeypatch.setenv("NEWSDIGEST_STORE__URL", postgres_empty.url.render_as_string(hide_password=False))
    assert command("init", tmp_path / "workspace") == 0
    assert command("-w", tmp_path / "workspace", "migrate") == 0
    assert command("-w", tmp_path / "workspace", "status") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.postgres
def test_the_guide_s_upgrade_on_postgresql(
    folder: Path, postgres_empty: SQLStore, capsys: pytest.CaptureFixture[str]
):
    """The same database on a server: refused, migrated, and at work; its backup is pg_dump's matter."""
    schema.migrate(postgres_empty, to=NEWEST)
    pour(database(folder), postgres_empty)
    settings = folder / "config" / "newsdigest.yaml"
    url = postgres_empty.url.render_as_string(hide_password=False)
    settings.write_text(f"{settings.read_text(encoding='utf-8')}store: {{url: '{url}'}}\n", encoding="utf-8")
    assert command("-w", folder, "status") == 2
    assert re.search(
        r"is older than this program .* make a backup and run `newsdigest migrate`", capsys.readouterr().err
    )
    assert command("-w", folder, "migrate") == 0
    assert not [*folder.glob("before-upgrade-*")]
    assert_whole(postgres_empty)
    assert_works(folder)
