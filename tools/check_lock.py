"""Check that the lock files answer pyproject.toml, carry hashes and name no address."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from lock import LOCKS, ROOT, compile_lock


def pins(text: str) -> set[str]:
    """Return the `name==version ; marker` lines of a lock file."""
    return {line.rstrip(" \\") for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)}


def problems_of(name: str) -> list[str]:
    """Return what is wrong with one lock file."""
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    found = []
    if "://" in text:
        found.append(f"{name}: carries an address; write it with `make lock`")
    if text.count("--hash=sha256:") < len(pins(text)):
        found.append(f"{name}: a pin has no hash; write it with `make lock`")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / Path(name).name
        shutil.copy(path, fresh)
        compile_lock(name, fresh)
        differing = pins(fresh.read_text(encoding="utf-8")) ^ pins(text)
    if differing:
        found.append(
            f"{name}: does not fit pyproject.toml ({', '.join(sorted(differing)[:5])}); run `make lock`"
        )
    return found


if __name__ == "__main__":
    complaints = [line for lock in LOCKS for line in problems_of(lock)]
    print("\n".join(complaints) or "lock files fit pyproject.toml")
    sys.exit(bool(complaints))
