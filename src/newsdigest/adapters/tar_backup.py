"""Backups as one .tar.gz: the database, the settings, the images, and a list with checksums."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from newsdigest.errors import NewsdigestError

MANIFEST = "backup.json"


class BackupError(NewsdigestError):
    """A backup cannot be written, or is not one of ours, or is damaged."""


def write(target: Path, *, files: dict[str, Path], facts: dict[str, Any], at: datetime) -> int:
    """
    Write the files under their names in the archive; return its size in bytes.

    The archive appears under its name only when it is whole.

    Raises:
        BackupError: The target exists already or cannot be written.
    """
    if target.exists():
        raise BackupError(f"{target} exists already; nothing was written. Choose another name")
    manifest = {
        "made_at": at.isoformat(),
        "files": {name: _digest(path) for name, path in files.items()},
        **facts,
    }
    part = target.with_name(f".{target.name}.part")
    try:
        with tarfile.open(part, "w:gz", compresslevel=6) as archive:
            data = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            for name, path in sorted(files.items()):
                archive.add(path, arcname=name, recursive=False, filter=_plain)
        part.chmod(0o600)  # it holds addresses and keys
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise BackupError(
            f"{target}: cannot be written ({error.strerror}); free space or choose another place"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def read(source: Path, folder: Path) -> dict[str, Any]:
    """
    Unpack a backup into an empty folder and return its list after checking every checksum.

    Raises:
        BackupError: Not a backup of ours, or a file in it is damaged or missing.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                _unpack(archive, member, folder)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise BackupError(f"{source}: cannot be read as a backup ({error})") from error
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{source}: is no backup of newsdigest (no list in it)") from error
    damaged = [
        name
        for name, digest in listed.items()
        if not (folder / name).is_file() or _digest(folder / name) != digest
    ]
    if damaged:
        raise BackupError(
            f"{source}: damaged; {', '.join(damaged[:5])} differ from the list. Use an older backup"
        )
    return manifest


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """
    Write one file of the archive below the folder.

    By hand, as `extractall(filter=…)` came with Python 3.11.4, and a backup must be restored on any.

    Raises:
        BackupError: It is no plain file, or would land elsewhere.
    """
    name = PurePosixPath(member.name)
    if not member.isreg() or name.is_absolute() or ".." in name.parts:
        raise BackupError(f"{member.name!r} in it is no file of a backup of ours; nothing was changed")
    content = archive.extractfile(member)
    assert content is not None  # a plain file has some
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(member.mode & 0o700 | 0o600)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info
