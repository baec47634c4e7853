"""The ticking lock of one server: a lock on a file, which the operating system frees when we die."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO


class FileLock:
    """See `ports.queueing.TickerLock`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Try once."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def is_held(self) -> bool:
        """Return whether it is ours."""
        return self._file is not None

    def release(self) -> None:
        """Let another process have it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def holder(self) -> str:
        """The process id in the file."""
        try:
            return f"process {self.path.read_text(encoding='ascii').strip() or 'unknown'}"
        except OSError:
            return "unknown"
