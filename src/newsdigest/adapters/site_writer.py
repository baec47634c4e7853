"""
The folder the website reads: every file whole or not at all.

Written beside its place, synced, then renamed; a file that has the wanted bytes already is not
touched, so its date is the date of its last change. Names come from ids and languages only (T23).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from newsdigest.errors import NewsdigestError

_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,120}")


class UnsafeNameError(NewsdigestError):
    """A file name of the site holds something else than small letters, digits, dot, dash and underscore."""


class SiteWriter:
    """See `ports.publishing.SiteWriter`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: PurePosixPath, content: bytes) -> bool:
        """Write at once or not at all; False when nothing had to change."""
        place = self._place(path)
        try:
            if place.read_bytes() == content:
                return False
        except OSError:
            place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            Path(name).replace(place)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(place.parent)
        return True

    def prune(self, keep: Iterable[PurePosixPath], *, below: Sequence[str]) -> int:
        """Remove files below those folders that are not kept; also what a crash left half written."""
        kept = {self._place(path) for path in keep}
        gone = 0
        for top in below:
            for found in sorted((self.folder / top).rglob("*")):
                if found.is_file() and found not in kept:
                    found.unlink()
                    gone += 1
        return gone

    def _place(self, path: PurePosixPath) -> Path:
        if path.is_absolute() or not path.parts or not all(_PART.fullmatch(part) for part in path.parts):
            raise UnsafeNameError(
                f"{path}: not a name for a published file; ids are small letters, digits and dashes"
            )
        return self.folder.joinpath(*path.parts)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
