"""Files of a workspace that hold a person's address: dry-run mails, previews, exports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

OWN = frozenset({".db", ".key"})
"""The database is erased by the store; its companions (`-wal`, `-shm`) too."""

MAX_BYTES = 64 * 1024 * 1024


def remove_holding(folders: Iterable[Path], forms: Sequence[str]) -> int:
    """
    Delete every file below the folders that holds one of these texts, whatever its case.

    A mail to a person is the person's data as a whole, so the file goes, not just the address.
    Quoted-printable and folded header lines are undone before looking.
    """
    pattern = re.compile(b"|".join(re.escape(form.encode()) for form in forms), re.IGNORECASE)
    gone = 0
    for path in sorted({path for folder in folders for path in folder.rglob("*")}):
        if not path.is_file() or path.is_symlink() or _is_database(path):
            continue
        content = path.read_bytes()[:MAX_BYTES]
        unfolded = re.sub(rb"=\r?\n|\r?\n[ \t]", b"", content)
        joined = re.sub(rb"\s", b"", content)  # base64 bodies are broken into lines
        if pattern.search(content) or pattern.search(unfolded) or pattern.search(joined):
            path.unlink()
            gone += 1
    return gone


def _is_database(path: Path) -> bool:
    name = path.name.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal")
    return Path(name).suffix in OWN
