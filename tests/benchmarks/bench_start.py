"""
What it costs to start: CPU seconds of commands beside `python -c pass`, medians of one run.

    python -m tests.benchmarks.bench_start [--rounds 11]

Goal (performance spec, section 2): `--help` and `status` at most 120 ms more, beyond: 60 ms.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ENTRY = "from newsdigest.__main__ import main; main()"
COMMANDS: dict[str, list[str]] = {
    "--help": ["--help"],
    "status": ["status"],
    "status --json": ["status", "--json"],
    "sources list": ["sources", "list", "--json"],
    "editions": ["editions", "--json"],
    "stories": ["stories", "--json"],
    "subscribers list": ["subscribers", "list", "--json"],
    "collect (nothing due)": ["collect"],
    "check": ["check"],
}
GOALS = {"--help": 120, "status": 120, "status --json": 120}


def cpu_ms(arguments: list[str], folder: Path) -> float:
    """Return the user and system milliseconds of one run, children included."""
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, *arguments],
        {**os.environ, "NEWSDIGEST_WORKSPACE": str(folder)},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{arguments} broke")
    return (used.ru_utime + used.ru_stime) * 1000


def measure(rounds: int) -> int:
    """Print the table; return 1 when a goal is missed."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "workspace"
        subprocess.run(
            [sys.executable, "-c", ENTRY, "init", str(place), "--bare"], check=True, stdout=subprocess.DEVNULL
        )
        lines = {name: ["-c", ENTRY, *arguments] for name, arguments in COMMANDS.items()}
        for arguments in lines.values():
            cpu_ms(arguments, place)
        taken: dict[str, list[float]] = {name: [] for name in ("pass", *lines)}
        for _ in range(rounds):
            taken["pass"].append(cpu_ms(["-c", "pass"], place))
            for name, arguments in lines.items():
                taken[name].append(cpu_ms(arguments, place))
    base = median(taken["pass"])
    print(f"{'command':24} {'CPU ms':>8} {'over pass':>10} {'goal':>6}")
    print(f"{'python -c pass':24} {base:8.0f}")
    for name in lines:
        over = median(taken[name]) - base
        goal = GOALS.get(name)
        missed += goal is not None and over > goal
        print(f"{name:24} {median(taken[name]):8.0f} {over:+10.0f} {goal or '':>6}")
    return int(missed > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    sys.exit(measure(parser.parse_args().rounds))
