"""A wrong set-up: one clear line, exit 2, nothing harmed. Real servers, sockets, rights and files."""

from __future__ import annotations

import hashlib
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newsdigest.adapters.file_lock import FileLock
from newsdigest.adapters.sql_store import SQLStore
from newsdigest.cli import run

# Root may write anywhere; without these two capabilities it obeys the rights like anybody else.
HUMBLE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A workspace with its database."""
    made = tmp_path / "workspace"
    with pytest.raises(SystemExit):
        run(["init", str(made), "--bare"])
    with closing(sqlite3.connect(made / "var" / "newsdigest.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    capsys.readouterr()
    return made


def told(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command, and return its one line; it must have ended with 2 and changed nothing."""
    before = state(folder)
    if arguments[0] in ("run", "serve") and "--port" not in arguments:
        arguments = (*arguments, "--port", str(free_port()))
    with pytest.raises(SystemExit) as end:
        run(["--workspace", str(folder), *arguments])
    written = capsys.readouterr()
    assert (end.value.code, written.out) == (2, ""), written.err
    assert state(folder) == before
    (line,) = written.err.splitlines()
    return line


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def state(folder: Path) -> dict[str, str]:
    """Return every file with a hash of it, but those SQLite keeps beside a database."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def point_to(folder: Path, url: str) -> None:
    (folder / "config" / "newsdigest.yaml").write_text(f"store: {{url: '{url}'}}\n", encoding="utf-8")


@pytest.mark.parametrize("command", ["status", "collect", "run", "scheduler", "serve", "worker", "migrate"])
def test_an_address_of_no_database(folder: Path, capsys: pytest.CaptureFixture[str], command: str):
    """File, line and column, what to write, and not the password that stands in it."""
    point_to(folder, "mysql://ada:hunter2@db/newsdigest")
    line = told(folder, capsys, command)
    assert "newsdigest.yaml:1:9: store.url: is no database we know; write postgresql+psycopg://" in line
    assert "hunter2" not in line


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        pytest.param("port", 9, "Connection refused", id="nobody_listens"),
        pytest.param("host", "no-such-host.invalid", "does not let us in", id="no_such_host"),
        pytest.param("database", "nowhere", 'database "nowhere" does not exist', id="no_such_database"),
        pytest.param("username", "stranger", 'role "stranger" does not exist', id="no_such_role"),
    ],
)
@pytest.mark.parametrize("command", ["status", "worker"])
def test_a_wrong_dsn(
    folder: Path, capsys: pytest.CaptureFixture[str], postgres_store: SQLStore, part: str, value: str | int, words: str,
    command: str,
):  # fmt: skip
    """Says which database, why not, and where to look."""
    url = postgres_store.url.set(**{part: value, "password": "hunter2"})  # type: ignore[arg-type]
    point_to(folder, url.render_as_string(hide_password=False))
    line = told(folder, capsys, command)
    assert words in line
    assert "store.url" in line
    assert "hunter2" not in line


@pytest.mark.parametrize("command", ["status", "collect", "run", "scheduler", "serve", "backup", "migrate"])
def test_a_newer_schema(folder: Path, capsys: pytest.CaptureFixture[str], command: str):
    """Nothing is read or written with a database of tomorrow."""
    _set_revision(folder, "9999")
    line = told(folder, capsys, command, *(["x.tar.gz"] if command == "backup" else []))
    assert "(9999) is newer than this program" in line
    assert line.endswith("install the newer newsdigest")


@pytest.mark.parametrize("command", ["status", "collect", "run", "scheduler", "serve"])
def test_an_old_schema(folder: Path, capsys: pytest.CaptureFixture[str], command: str):
    """The way on is named; the database is not migrated behind the operator's back."""
    _set_revision(folder, "0001")
    assert told(folder, capsys, command).endswith("make a backup and run `newsdigest migrate`")


def _set_revision(folder: Path, revision: str) -> None:
    with closing(sqlite3.connect(folder / "var" / "newsdigest.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.postgres
@pytest.mark.parametrize("command", ["scheduler", "worker"])
def test_a_role_that_may_only_read(
    folder: Path, capsys: pytest.CaptureFixture[str], postgres_store: SQLStore, command: str
):
    """PostgreSQL's own words, and what to do about it."""
    with postgres_store.engine.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS reader")
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        point_to(folder, postgres_store.url.set(username="reader").render_as_string(hide_password=False))
        assert "permission denied" in told(folder, capsys, command)
    finally:
        with postgres_store.engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY reader")
            connection.exec_driver_sql("DROP ROLE reader")


@pytest.mark.parametrize("command", ["collect", "run", "scheduler"])
def test_a_folder_that_may_only_be_read(folder: Path, command: str):
    """Refused by the operating system, said in one line (root without its powers, in a process of its own)."""
    before = state(folder)
    for path in (folder / "var", folder / "var" / "newsdigest.db"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = subprocess.run(
        [*HUMBLE, sys.executable, "-m", "newsdigest", "--workspace", str(folder), command],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    (folder / "var").chmod(0o755)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert str(folder / "var") in line
    assert "right" in line
    assert state(folder) == before


def test_a_file_where_the_folder_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """`var` must be a folder."""
    (tmp_path / "config").mkdir()
    (tmp_path / "var").write_text("a file", encoding="ascii")
    assert "it must be a folder that this user may write" in told(tmp_path, capsys, "collect")


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_port_that_is_taken(folder: Path, capsys: pytest.CaptureFixture[str], command: str):
    """Nothing begins behind a door that cannot be opened."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = told(folder, capsys, command, "--port", str(port))
    assert line == (
        f"newsdigest: 127.0.0.1:{port}: cannot listen there (Address already in use); stop what does, or choose "
        "another --port"
    )


@pytest.mark.parametrize("command", ["scheduler", "run"])
def test_two_schedulers(folder: Path, capsys: pytest.CaptureFixture[str], command: str):
    """The second is told which process ticks already."""
    lock = FileLock(folder / "var" / "scheduler.lock")
    assert lock.acquire()
    try:
        assert f"a scheduler runs already (process {os.getpid()})" in told(folder, capsys, command)
    finally:
        lock.release()


def test_a_worker_on_sqlite(folder: Path, capsys: pytest.CaptureFixture[str]):
    """A file belongs to one machine; says what does the work there."""
    assert "`newsdigest run` does the work" in told(folder, capsys, "worker")
