"""A small file beside the database that is no part of a backup (see `mailing.standing`)."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "mailings.standing"


class MachineMarker:
    """Reads and writes `var/mailings.standing`, whole or not at all."""

    def __init__(self, var: Path) -> None:
        self._path = var / NAME

    def read(self) -> str:
        """Return the text, "" where there is no file."""
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def write(self, text: str) -> None:
        """Replace the text, flushed to the disk."""
        spare = self._path.with_suffix(f".{os.getpid()}")
        with spare.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        spare.replace(self._path)
