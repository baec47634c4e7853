"""Write the lock files: run time, servers (every extra), tools; hashed, universal, without addresses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": ("--group", "build"),
    "deploy/requirements.lock": ("--group", "build", "--all-extras"),
    "requirements-dev.lock": ("--group", "build", "--group", "dev", "--all-extras"),
}


def compile_lock(name: str, output: Path, *, upgrade: bool = False) -> None:
    """Resolve pyproject.toml into `output`, keeping the versions it already names."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        *LOCKS[name],
        "--universal",
        "--generate-hashes",
        "--no-emit-index-url",
        "--python-version",
        "3.11",
        "--no-header",
        "--quiet",
        "--output-file",
        str(output),
    ]
    if name != "requirements.lock":
        # The larger sets must not disagree with the run-time set.
        command += ["--constraint", "requirements.lock", "--no-annotate"]
    if upgrade:
        command.append("--upgrade")
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    for lock in LOCKS:
        compile_lock(lock, ROOT / lock, upgrade="--upgrade" in sys.argv)
