"""
Lets go of what is past its period: rows of every family, and files that no row names.

See `subscribing.retention.Keeper`. What is due is one condition per kind, asked by counting and by
deleting alike. Deliveries are not deleted but made anonymous: an edition's sums must still hold.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, delete, func, select, update

from newsdigest.adapters.sql_store.item_store import SQLItemStore, last_served
from newsdigest.adapters.sql_store.store import SQLStore
from newsdigest.adapters.sql_store.tables_audit import runs
from newsdigest.adapters.sql_store.tables_editions import placements
from newsdigest.adapters.sql_store.tables_items import HAS_TEXT, items
from newsdigest.adapters.sql_store.tables_mailings import bounces, deliveries, mailings
from newsdigest.adapters.sql_store.tables_subscribers import attempts
from newsdigest.adapters.sql_store.tables_web import log_in_failures, sessions
from newsdigest.model.mailings import OPEN_STATES

CHUNK = 500
COPIES = ("before-restore-*", "before-upgrade-*.tar.gz", ".before-upgrade-*.part")
_PICTURE = re.compile(r"[\w-]+\.(?:jpe?g|png|gif|webp)")


class SQLKeeper:
    """
    See `subscribing.retention.Keeper`.

    Args:
        pictures: Folder of our copies of pictures.
        outbox: Folder of dry-run mails, None where there is none.
        workspace: Folder in which `restore` and `migrate` keep what was there before.
    """

    def __init__(self, store: SQLStore, *, pictures: Path, outbox: Path | None, workspace: Path) -> None:
        self._store = store
        self._pictures = pictures
        self._outbox = outbox
        self._workspace = workspace

    def due(self, kind: str, before: datetime) -> int:
        """How many records of that kind are older."""
        if kind in ("pictures", "dry_runs", "copies"):
            return len(self._files(kind, before))
        table, condition = _rule(kind, before)
        with self._store.read() as unit:
            query = select(func.count()).select_from(table).where(condition)
            return int(unit.connection.execute(query).scalar_one())

    def let_go(self, kind: str, before: datetime) -> int:
        """Delete (or make anonymous) those that `due` counts; return how many went."""
        match kind:
            case "pictures" | "dry_runs" | "copies":
                gone = self._files(kind, before)
                for path in gone:
                    if path.is_dir():
                        shutil.rmtree(path)
                    else:
                        path.unlink(missing_ok=True)
                return len(gone)
            case "items" | "tombstones":
                with self._store.write() as unit:
                    act = SQLItemStore.bury if kind == "items" else SQLItemStore.forget
                    return act(unit.items, before)
            case "deliveries":
                return self._in_parts(before, _make_anonymous)
        table, condition = _rule(kind, before)
        with self._store.write() as unit:
            return unit.connection.execute(delete(table).where(condition)).rowcount

    def _in_parts(self, before: datetime, act: Callable[[Connection, Sequence[str]], None]) -> int:
        """Work through old deliveries a few at a time: a running send writes to the same table."""
        done = 0
        while True:
            with self._store.write() as unit:
                _, condition = _rule("deliveries", before)
                query = select(deliveries.c.id).where(condition).limit(CHUNK)
                part = list(unit.connection.execute(query).scalars())
                if part:
                    act(unit.connection, part)
            done += len(part)
            if len(part) < CHUNK:
                return done

    def _files(self, kind: str, before: datetime) -> list[Path]:
        if kind == "copies":
            kept = [path for name in COPIES for path in sorted(self._workspace.glob(name))]
            return [path for path in kept if _is_older(path, before)]
        folder, pattern = (self._pictures, "*") if kind == "pictures" else (self._outbox, "*.eml")
        if folder is None or not folder.is_dir():
            return []
        old = [path for path in sorted(folder.rglob(pattern)) if path.is_file() and _is_older(path, before)]
        if kind == "pictures" and old:
            shown = self._shown_pictures()
            return [path for path in old if path.name not in shown]
        return old

    def _shown_pictures(self) -> set[str]:
        """File names of pictures that a placement or an item mentions."""
        found: set[str] = set()
        with self._store.read() as unit:
            for column in (placements.c.data, items.c.more):
                for (text,) in unit.connection.execute(select(cast(column, Text))):
                    found.update(_PICTURE.findall(text or ""))
        return found


def _rule(kind: str, before: datetime) -> tuple[Table, ColumnElement[bool]]:
    """Return where records of that kind stand, and which of them are due."""
    match kind:
        case "attempts":
            return attempts, attempts.c.at < before
        case "reports":
            return bounces, bounces.c.at < before
        case "deliveries":
            is_closed = deliveries.c.state.not_in([state.value for state in OPEN_STATES])
            # A delivery is no older than its mailing: those of younger editions are not looked at.
            old = select(mailings.c.edition_id).where(mailings.c.created_at < before)
            is_old = deliveries.c.edition_id.in_(old) & (deliveries.c.changed_at < before)
            return deliveries, is_old & is_closed & (deliveries.c.subscriber_id != "")
        case "sessions":
            return sessions, sessions.c.created_at < before
        case "failures":
            return log_in_failures, log_in_failures.c.last_at < before
        case "runs":
            return runs, runs.c.started_at < before
        case "items":
            return items, last_served(before) & HAS_TEXT
        case "tombstones":
            # Whatever its state: what is that old was made a tombstone just before (periods are in that order).
            return items, last_served(before)
    raise ValueError(kind)


def _make_anonymous(connection: Connection, ids: Sequence[str]) -> None:
    """Cut deliveries off from their people: a new id tells nothing of edition and person together."""
    connection.execute(delete(bounces).where(bounces.c.delivery_id.in_(ids)))
    for id_ in ids:
        values = {
            "id": f"d{secrets.token_hex(10)}",
            "subscriber_id": "",
            "reason": "",
            "queue_id": "",
            "domain": "",
        }
        connection.execute(update(deliveries).where(deliveries.c.id == id_).values(values))


def _is_older(path: Path, before: datetime) -> bool:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
