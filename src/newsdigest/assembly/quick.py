"""
`status` without the machinery: where the settings are those last found right, a bare look will do.

`remember` notes a hash of the main settings (file, environment, program) once they were read and
checked in full; while it fits, the database is where it was. Anything else goes the long way, which
says what is wrong in full.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from newsdigest import __version__
from newsdigest.settings import environment

FILE = "settings.seen"


def status(folder: Path) -> dict[str, Any] | None:
    """Return what `Assembly.status` would, None where only the whole assembly can tell."""
    from newsdigest.adapters.sql_store import quick_look

    try:
        seen = (folder / "var" / FILE).read_text(encoding="ascii")
        if seen != _mark(folder):
            return None
        told = quick_look.look((folder / "var" / "newsdigest.db").resolve())
    except (OSError, ValueError):
        return None
    return {"workspace": folder, **told} if told else None


def remember(folder: Path) -> None:
    """Note that the main settings are right and leave the database in `var/`; no harm if it cannot be noted."""
    with contextlib.suppress(OSError):
        path, mark = folder / "var" / FILE, _mark(folder)
        if not path.exists() or path.read_text(encoding="ascii", errors="replace") != mark:
            path.write_text(mark, encoding="ascii")


def _mark(folder: Path) -> str:
    return environment.mark(folder / "config" / "newsdigest.yaml", version=__version__)
