"""A look at this machine for the doctor: database, disk, clock, time zones, secrets."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

Seen = tuple[str, str, str, str]
"""(name, weight, what it says, what to do)."""

_LOW_BYTES, _FULL_BYTES = 1024**3, 100 * 1024**2


def look(var: Path, database: Path | None, now: datetime) -> list[Seen]:
    """
    Return what was seen, gravest things as `blocks`.

    Args:
        database: The SQLite file, None for a server.
    """
    found = [_disk(var), _clock(database, now), _zones(), _secret(var)]
    return [_database(database), *found] if database else found


def _database(path: Path) -> Seen:
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        try:
            says = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        return "database", "blocks", f"{path} cannot be read: {error}", "stop everything and restore a backup"
    if says != "ok":
        return "database", "blocks", f"{path} is damaged: {says}", "stop everything and restore a backup"
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        says = f"{path} holds addresses and can be read by others on this machine"
        return "database", "warning", says, f"run `chmod 600 {path}*`"
    return "database", "ok", f"{path}: {path.stat().st_size / 1e6:.1f} MB, whole", ""


def _disk(var: Path) -> Seen:
    free = shutil.disk_usage(var).free
    says = f"{free / 1e9:.1f} GB free at {var}"
    if free < _FULL_BYTES:
        return "disk", "blocks", says, "free some space before anything is sent"
    return ("disk", "warning", says, "free some space") if free < _LOW_BYTES else ("disk", "ok", says, "")


def _clock(database: Path | None, now: datetime) -> Seen:
    """The clock must not be behind what was written last."""
    says = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if database is not None and database.exists():
        written = datetime.fromtimestamp(database.stat().st_mtime, now.tzinfo)
        if written > now + timedelta(minutes=5):
            return (
                "clock",
                "warning",
                f"{says}, but the database was written later",
                "set the machine's clock (NTP)",
            )
    return "clock", "ok", says, ""


def _zones() -> Seen:
    try:
        zoneinfo.ZoneInfo("Europe/Berlin")
    except zoneinfo.ZoneInfoNotFoundError:
        return "time zones", "blocks", "the time-zone data are missing", "install the tzdata package"
    return "time zones", "ok", "there", ""


def _secret(var: Path) -> Seen:
    path = var / "secret.key"
    if not path.exists():
        return "secret", "note", "no key file yet (made on first use, or the key is in the environment)", ""
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return "secret", "blocks", f"{path} can be read by others", f"run `chmod 600 {path}`"
    return "secret", "ok", f"{path} is private", ""
