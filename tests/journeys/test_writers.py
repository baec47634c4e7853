"""Many at one SQLite file: four writing processes and backups beside them, without one error (Q7)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsdigest.adapters.sql_store import SQLStore, snapshot

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("WRITERS_SECONDS", "6"))
"""`make writers-test` takes a minute."""
WRITER = """
import sys, time
from newsdigest.adapters.sql_store import SQLStore
store, who, end = SQLStore(sys.argv[1]), sys.argv[2], time.monotonic() + float(sys.argv[3])
number = 0
while time.monotonic() < end:
    with store.write() as unit:
        unit.runs.put_value(f"{who}:{number}", "x" * 500)
        unit.runs.put_value(f"{who}:last", str(number))
    with store.read() as unit:
        assert unit.runs.get_value(f"{who}:last") == str(number)
    number += 1
print(number)
"""


def test_four_writers_and_a_backup(sqlite_store: SQLStore, tmp_path: Path):
    """Every write of every writer arrives; each backup taken meanwhile is sound and of one moment."""
    url = str(sqlite_store.url)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, f"w{number}", str(SECONDS)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(4)
    ]  # fmt: skip
    path = sqlite_store.path
    assert path is not None
    until, copies = time.monotonic() + SECONDS, 0
    while time.monotonic() < until or copies < 2:
        copy = tmp_path / "copy.db"
        snapshot.copy(path, copy)
        snapshot.require_sound(copy)
        copy.unlink()
        copies += 1
    ended = [writer.communicate(timeout=90) for writer in writers]
    assert [(writer.returncode, error) for writer, (_, error) in zip(writers, ended, strict=True)] == [
        (0, "")
    ] * 4
    with sqlite_store.read() as unit:
        for number, (written, _) in enumerate(ended):
            last = int(written) - 1
            assert unit.runs.get_value(f"w{number}:last") == str(last)
            assert unit.runs.get_value(f"w{number}:{last}")
