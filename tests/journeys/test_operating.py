"""Operating: backup and restore, moving to PostgreSQL, a full disk, a damaged database."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsdigest.adapters.file_lock import FileLock
from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.cli import run
from newsdigest.errors import NewsdigestError, StoreCorruptError, StoreFullError
from newsdigest.settings.workspace import Workspace

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with one fact in its database and an image."""
    folder = tmp_path / "workspace"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "newsdigest.yaml").write_text("network: {host_interval: 7}\n", encoding="utf-8")
    (folder / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    images = folder / "var" / "images"
    images.mkdir(parents=True)
    (images / "a.png").write_bytes(b"picture")
    with _opened(folder) as assembly, assembly.store.write() as unit:
        unit.runs.put_value("fact", "before")
    return folder


class _opened:  # noqa: N801 - reads as a function
    def __init__(self, folder: Path) -> None:
        self.assembly = Assembly(Workspace(folder), now=NOW)

    def __enter__(self) -> Assembly:
        return self.assembly

    def __exit__(self, *_: object) -> None:
        self.assembly.close()


def fact(folder: Path) -> str | None:
    with _opened(folder) as assembly, assembly.store.read() as unit:
        return unit.runs.get_value("fact")


def test_a_backup_brings_everything_back(workspace: Path, tmp_path: Path):
    """The restore drill: database, settings, keys and images are as they were; what was here is kept beside it."""
    with _opened(workspace) as assembly:
        _ = assembly.secret_keys
        assembly.backup(tmp_path / "backup.tar.gz")
        with assembly.store.write() as unit:
            unit.runs.put_value("fact", "after")
    drill = tmp_path / "drill"
    drill.mkdir()
    with _opened(drill) as assembly:
        assembly.restore(tmp_path / "backup.tar.gz")
    assert fact(drill) == "before"
    assert (drill / "var" / "images" / "a.png").read_bytes() == b"picture"
    assert (drill / "config" / "newsdigest.yaml").read_text(
        encoding="utf-8"
    ) == "network: {host_interval: 7}\n"
    assert (drill / "var" / "secret.key").read_bytes() == (workspace / "var" / "secret.key").read_bytes()
    with _opened(workspace) as assembly:
        assembly.restore(tmp_path / "backup.tar.gz")
    assert fact(workspace) == "before"
    assert list(workspace.glob("before-restore-*/var/newsdigest.db"))


def test_a_backup_holds_addresses_and_is_private(workspace: Path, tmp_path: Path):
    """Nobody but its owner reads the file; an existing file is not overwritten."""
    with _opened(workspace) as assembly:
        assembly.backup(tmp_path / "b.tar.gz")
        assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0
        with pytest.raises(NewsdigestError, match="exists already"):
            assembly.backup(tmp_path / "b.tar.gz")


def test_the_drill_of_the_guide(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """As the guide says it, with folders named as people name them: relative, and not there yet."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> int:
        with pytest.raises(SystemExit) as end:
            run(list(arguments))
        return int(end.value.code or 0)

    assert command("-w", "workspace", "backup", "b.tar.gz") == 0
    assert command("-w", "drill", "restore", "b.tar.gz", "--yes") == 0
    assert command("-w", "drill", "status") == 0
    assert command("-w", "workspace", "restore", "b.tar.gz", "--yes") == 0
    assert fact(workspace) == fact(tmp_path / "drill") == "before"
    assert "restored the backup of" in capsys.readouterr().out


def test_nothing_is_restored_under_a_running_scheduler(workspace: Path, tmp_path: Path):
    """A database exchanged under a process that works with it would be two halves."""
    lock = FileLock(workspace / "var" / "scheduler.lock")
    with _opened(workspace) as assembly:
        assembly.backup(tmp_path / "b.tar.gz")
        assert lock.acquire()
        with pytest.raises(NewsdigestError, match="stop it first"):
            assembly.restore(tmp_path / "b.tar.gz")
        lock.release()
    assert not list(workspace.glob("before-restore-*"))


def test_a_database_elsewhere_comes_back_there(workspace: Path, tmp_path: Path):
    """Where `store.url` names another file, that file is restored, and its old state kept like the rest."""
    place = tmp_path / "elsewhere" / "news.db"
    place.parent.mkdir()
    settings = f"store: {{url: 'sqlite:///{place}'}}\n"
    (workspace / "config" / "newsdigest.yaml").write_text(settings, encoding="utf-8")
    for value, act in (("before", "backup"), ("after", "restore")):
        with _opened(workspace) as assembly:
            with assembly.store.write() as unit:
                unit.runs.put_value("fact", value)
            getattr(assembly, act)(tmp_path / "b.tar.gz")
    assert fact(workspace) == "before"
    (kept,) = workspace.glob("before-restore-*/var/newsdigest.db")
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT value FROM facts WHERE name = 'fact'").fetchall() == [("after",)]


def test_a_backup_is_not_restored_beside_a_server(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A SQLite file that nobody would read is no restored workspace."""
    with _opened(workspace) as assembly:
        assembly.backup(tmp_path / "b.tar.gz")
        monkeypatch.setenv("NEWSDIGEST_STORE__URL", "postgresql+psycopg://u@127.0.0.1:9/d")
        with pytest.raises(NewsdigestError, match=r"PostgreSQL.*Nothing was changed"):
            assembly.restore(tmp_path / "b.tar.gz")
    monkeypatch.delenv("NEWSDIGEST_STORE__URL")
    assert fact(workspace) == "before"
    assert not list(workspace.glob("before-restore-*"))


def test_nothing_is_moved_under_a_running_scheduler(workspace: Path, tmp_path: Path):
    """What it writes after the copy would be left behind, and nobody would miss it until later."""
    lock = FileLock(workspace / "var" / "scheduler.lock")
    target = tmp_path / "target.db"
    with _opened(workspace) as assembly:
        assert lock.acquire()
        with pytest.raises(NewsdigestError, match="stop it first"):
            assembly.move_store(f"sqlite:///{target}")
        lock.release()
        assert not target.exists()
        assert assembly.move_store(f"sqlite:///{target}")["facts"] == 1


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "var/link"])
def test_a_backup_writes_nowhere_else(workspace: Path, tmp_path: Path, name: str):
    """A name that leads out, or a link, is no backup of ours."""
    path = tmp_path / "b.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        if name == "var/link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    with _opened(workspace) as assembly, pytest.raises(NewsdigestError, match="no file of a backup of ours"):
        assembly.restore(path)
    assert fact(workspace) == "before"


@pytest.mark.parametrize("damage", ["cut", "flipped", "not_ours"])
def test_a_damaged_backup_changes_nothing(workspace: Path, tmp_path: Path, damage: str):
    """A backup that is cut, altered or something else is refused before anything is touched."""
    path = tmp_path / "b.tar.gz"
    with _opened(workspace) as assembly:
        assembly.backup(path)
        data = bytearray(path.read_bytes())
        if damage == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "flipped":
            data[len(data) // 2] ^= 0xFF
            path.write_bytes(data)
        else:
            path.write_bytes(b"hello")
        with pytest.raises(NewsdigestError):
            assembly.restore(path)
    assert fact(workspace) == "before"


def test_a_damaged_database_is_told(workspace: Path, tmp_path: Path):
    """The message names the file and the command; nothing is written into the damaged file."""
    path = workspace / "var" / "newsdigest.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096:40960] = b"\xff" * 36864
    path.write_bytes(data)
    with pytest.raises(StoreCorruptError, match="restore"), _opened(workspace) as assembly:
        assembly.backup(tmp_path / "b.tar.gz")


def test_a_damaged_database_stops_the_clock(workspace: Path):
    """The scheduler looks before it ticks: nothing is fetched or sent from a damaged file."""
    test_path = workspace / "var" / "newsdigest.db"
    with closing(sqlite3.connect(test_path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(test_path.read_bytes())
    data[8192:40960] = b"\xff" * 32768
    test_path.write_bytes(data)
    with _opened(workspace) as assembly, pytest.raises(StoreCorruptError):
        assembly.require_sound()


def test_the_ledger_is_durable(sqlite_store: SQLStore):
    """Commits reach the disk before they return (Q9): FULL, with a write-ahead log and foreign keys."""
    with sqlite_store.read() as unit:
        pragmas = [
            unit.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    assert pragmas == [2, "wal", 1]


def test_a_full_disk_leaves_nothing_half_written(sqlite_store: SQLStore):
    """SQLITE_FULL rolls the whole unit of work back, and work goes on once there is room."""
    with sqlite_store.read() as unit:
        pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill() -> None:
        with sqlite_store.write() as unit:
            unit.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
            unit.runs.put_value("first", "1")
            for number in range(200):
                unit.runs.put_value(f"big{number}", "x" * 4000)

    with pytest.raises(StoreFullError, match="nothing was half written"):
        fill()
    with sqlite_store.write() as unit:
        assert unit.runs.get_value("first") is None
        unit.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        unit.runs.put_value("first", "2")
    with sqlite_store.read() as unit:
        assert unit.runs.get_value("first") == "2"


def test_operators_are_told_once_a_day(workspace: Path, tmp_path: Path):
    """The same trouble is one mail a day, new trouble another, up to the day's cap; nothing to tell is no mail."""
    (workspace / "config" / "newsdigest.yaml").write_text(
        f"alerts: {{to: [ops@digest.example], a_day: 2}}\nmail: {{outbox: '{tmp_path / 'outbox'}'}}\n",
        encoding="utf-8",
    )

    def mails() -> int:
        return len(list((tmp_path / "outbox").rglob("*.eml")))

    with _opened(workspace) as assembly:
        assert assembly.alert_due() == ""
        for job in ("one", "one", "two", "three"):
            with assembly.store.write() as unit:
                state = {"job": job, "failures": 1, "report": "broke", "started": "", "outcome": "failed"}
                unit.runs.put_value(f"job:{job}", json.dumps(state))
            assembly.alert_due()
        assert mails() == 2
    with _opened(workspace) as assembly:
        assembly.clock = FixedClock(NOW + timedelta(days=1))
        assert "told of 3 troubles" in assembly.alert_due()


@pytest.fixture
def filled(sqlite_store: SQLStore) -> SQLStore:
    with sqlite_store.write() as unit:
        unit.runs.put_value("fact", "moved ü")
        for number in range(25):
            unit.audit.add(at=NOW, by="anna", what="x", subject=str(number))
    return sqlite_store


@pytest.mark.postgres
def test_moving_to_postgresql_keeps_every_row(filled: SQLStore, postgres_store: SQLStore):
    """The counts agree, the audit chain holds on the other side, and a second move is refused."""
    from newsdigest.adapters.sql_store import moving

    counts = moving.move(filled, postgres_store)
    assert counts["acts"] == 25
    with postgres_store.read() as unit:
        assert unit.runs.get_value("fact") == "moved ü"
        assert unit.audit.broken_link() is None
    with pytest.raises(moving.MoveError, match="not empty"):
        moving.move(filled, postgres_store)
