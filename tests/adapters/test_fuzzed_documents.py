"""A slice of `make fuzz`: mutated documents crash nothing, hang nothing, and leave nothing alive."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_twenty_seconds_of_mutated_documents():
    """0 crashes, 0 hangs, 0 live tags or links; another seed is another slice."""
    done = subprocess.run(
        [sys.executable, "tools/fuzz_reader.py", "--seconds", "20", "--workers", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["documents"] > 200
