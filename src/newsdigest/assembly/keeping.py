"""Keeping a workspace over the years: backup and restore, upgrades of the schema, moving to another engine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsdigest.assembly.base import Base
from newsdigest.errors import StoreError, UsageError
from newsdigest.settings.workspace import Workspace

if TYPE_CHECKING:
    from newsdigest.adapters.sql_store import SQLStore
    from newsdigest.ports.queueing import TickerLock

DATABASE = "var/newsdigest.db"
"""Its name in a backup, wherever the settings keep it."""
SECRET_FILE = "secret.key"  # noqa: S105 - a file's name


class KeepingParts(Base):
    """What the doors ask of keeping."""

    def ticker_lock(self) -> TickerLock:
        """Return the lock that says who ticks: a file beside SQLite, an advisory lock on PostgreSQL."""
        return self._lock_of(self.store)

    def _lock_of(self, store: SQLStore) -> TickerLock:
        from newsdigest.adapters.sql_store.advisory_lock import AdvisoryLock

        return self._file_lock() if store.is_sqlite else AdvisoryLock(store.url)

    def _file_lock(self) -> TickerLock:
        from newsdigest.adapters.file_lock import FileLock

        return FileLock(self.workspace.var / "scheduler.lock")

    @contextmanager
    def _any_age(self) -> Iterator[SQLStore]:
        """
        Give the database as it is, be it older than this program; a new SQLite file is made and migrated.

        Raises:
            SchemaError: A newer program made it.
        """
        from newsdigest.adapters.sql_store import SQLStore, schema

        store = SQLStore(self.workspace.store_url)
        try:
            if store.path is not None and not store.path.exists():
                _ = self.store
            schema.refuse_newer(store)
            yield store
        finally:
            store.close()

    def make_database(self) -> None:
        """Make the schema in an empty database, a server's too; one that is in use is left as it is."""
        from newsdigest.adapters.sql_store import schema

        with self._any_age() as store:
            if schema.revision(store) is None:
                schema.migrate(store)

    def migrate(self) -> tuple[str, Path | None]:
        """
        Bring the database to this program's schema; return its revision, and the backup made before.

        A SQLite database with an older schema is backed up first, into the workspace: the way back
        to the old program. One that fits already is left alone, also while others work on it.

        Raises:
            SchemaError: A newer program made it; nothing was changed.
            UsageError: A scheduler works on it; nothing was changed.
        """
        from newsdigest.adapters.sql_store import revisions, schema

        with self._any_age() as store:
            found, kept = schema.revision(store), None
            if found == revisions.head():
                return found, None
            with _stopped(self._lock_of(store)):
                if found is not None and store.path is not None:
                    stamp = self.clock.now().strftime("%Y%m%dT%H%M%SZ")
                    kept = self.workspace.folder / f"before-upgrade-{found}-{stamp}.tar.gz"
                    self._back_up(store, kept)
                try:
                    return schema.migrate(store), kept
                except BaseException:
                    # Nothing was changed: a service that is started again and again must not fill the disk with copies.
                    if kept is not None:
                        kept.unlink()
                    raise

    def backup(self, target: Path) -> int:
        """
        Write database, settings, keys and images into one archive; return its size in bytes.

        Raises:
            UsageError: The store is PostgreSQL, which has better tools of its own.
        """
        with self._any_age() as store:
            return self._back_up(store, target)

    def _back_up(self, store: SQLStore, target: Path) -> int:
        from newsdigest.adapters import tar_backup
        from newsdigest.adapters.sql_store import schema, snapshot

        database = store.path
        if database is None:
            raise UsageError(
                "the store is PostgreSQL; back it up with pg_dump, and config/ and var/ as files"
            )
        snapshot.require_sound(database)
        with tempfile.TemporaryDirectory(dir=self.workspace.var) as folder:
            copied = Path(folder) / "newsdigest.db"
            snapshot.copy(database, copied)
            files = {DATABASE: copied, **self._files_to_keep()}
            facts = {"schema": schema.revision(store)}
            return tar_backup.write(target, files=files, facts=facts, at=self.clock.now())

    def move_store(self, url: str) -> dict[str, int]:
        """
        Copy the database to another one (SQLite to PostgreSQL, or back); return rows by table.

        The old database stays as it is; set `store.url` to go on with the new one.

        Raises:
            MoveError: The target is not empty; nothing was changed.
            UsageError: A scheduler works on it: what it writes meanwhile would be left behind.
        """
        from newsdigest.adapters.sql_store import SQLStore, moving

        target = SQLStore(url)
        try:
            with _stopped(self.ticker_lock()):
                return moving.move(self.store, target)
        finally:
            target.close()

    def _files_to_keep(self) -> dict[str, Path]:
        folder = self.workspace.folder
        kept = [*self.workspace.config.rglob("*"), *(folder / "templates").rglob("*")]
        kept += [*(self.workspace.var / "images").rglob("*"), self.workspace.var / SECRET_FILE]
        return {path.relative_to(folder).as_posix(): path for path in kept if path.is_file()}

    def restore(self, source: Path) -> dict[str, Any]:
        """
        Put a backup in place of what is here; what was here is kept beside it.

        Nothing is sent afterwards without a decision: the restored database may not know what
        went out since the backup (mailing spec, section 4).

        Raises:
            BackupError: Not one of ours, or damaged; nothing was changed.
            SchemaError: Made by a newer program; nothing was changed.
            UsageError: The scheduler works on it, or the database is a server's.
        """
        from newsdigest.adapters import tar_backup

        self.close()
        self._make_var()
        # The database itself is not asked: it may be what is damaged.
        with (
            _stopped(self._file_lock()),
            tempfile.TemporaryDirectory(dir=self.workspace.folder) as unpacked,
        ):
            folder = Path(unpacked)
            manifest = tar_backup.read(source, folder)
            database = self._place_of_restored(folder)
            self._prepare_restored(folder / DATABASE)
            self._swap_in(folder, manifest, database=database)
        self.__dict__.pop("store", None)
        return manifest

    def _place_of_restored(self, unpacked: Path) -> Path:
        """Return where the settings that come with the backup will look for the database."""
        from newsdigest.adapters.sql_store import SQLStore

        url = Workspace(unpacked).main.store.url
        place = SQLStore(url).path if url else self.workspace.folder / DATABASE
        if place is None:
            raise UsageError(
                "the database is PostgreSQL (store.url), and a backup brings a SQLite file: clear store.url and "
                "NEWSDIGEST_STORE__URL to restore it, or bring PostgreSQL back with pg_restore. Nothing was changed"
            )
        return place

    def _prepare_restored(self, database: Path) -> None:
        """Bring a restored database to this program's schema, and note that it was restored."""
        from newsdigest.adapters.sql_store import SQLStore, schema, snapshot

        snapshot.require_sound(database)
        store = SQLStore(f"sqlite:///{database}")
        try:
            schema.migrate(store)
            with store.write() as unit:
                unit.runs.put_value("restored_at", self.clock.now().isoformat())
        finally:
            store.close()

    def _swap_in(self, folder: Path, manifest: dict[str, Any], *, database: Path) -> None:
        stamp = self.clock.now().strftime("%Y%m%dT%H%M%SZ")
        aside = self.workspace.folder / f"before-restore-{stamp}"
        places = {name: self.workspace.folder / name for name in manifest["files"]} | {DATABASE: database}
        # The write-ahead log belongs to the old database; beside the new one it would corrupt it.
        logs = {f"{DATABASE}{end}": database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm")}
        for name, here in (places | logs).items():
            if here.exists():
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(here, aside / name)
        for name, place in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder / name, place)
        if not database.exists():
            raise StoreError(f"{database}: the restored database is not there; what was here is in {aside}")


@contextmanager
def _stopped(lock: TickerLock) -> Iterator[None]:
    """
    Keep schedulers away meanwhile.

    Raises:
        UsageError: One works there.
    """
    if not lock.acquire():
        raise UsageError(
            f"`newsdigest run` (or `scheduler`) works on this workspace ({lock.holder}); stop it first. "
            "Nothing was changed"
        )
    try:
        yield
    finally:
        lock.release()
