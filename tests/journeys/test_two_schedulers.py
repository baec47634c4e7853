"""A slice of `make start-test` (Q5): two schedulers started at the same instant, and one killed while it leads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def figures(*options: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "tools/start_test.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, float] = json.loads(done.stdout)
    return found


def test_of_two_started_together_one_sends():
    """The other is refused with exit 2, and everybody gets one mail."""
    assert figures("--starts", "5", "--takeovers", "0") == {"starts": 5, "wrong": 0}


@pytest.mark.postgres
def test_a_standby_hands_out_within_seconds(postgres_url: str):
    """From the leader's death (-9) to the other's first nudge: the promise is five seconds, the usual is one."""
    made = figures("--starts", "0", "--takeovers", "2")
    assert made["median s"] < 5
