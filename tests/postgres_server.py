"""A PostgreSQL server of the tests' own: started on loopback as an unprivileged user, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DSN_VARIABLE = "NEWSDIGEST_TEST_DSN"


def binaries() -> Path | None:
    """Return the folder of Debian's newest server binaries, None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """
    Give the URL of a server: the one named in the environment, else one started here.

    Raises:
        FileNotFoundError: Neither a DSN nor server binaries.
    """
    if dsn := os.environ.get(DSN_VARIABLE):
        yield dsn
        return
    tools = binaries()
    if tools is None:
        raise FileNotFoundError(f"no PostgreSQL: set {DSN_VARIABLE} or install Debian's postgresql")
    folder = Path(tempfile.mkdtemp(prefix="newsdigest-pg-"))
    # initdb refuses to run as root; Debian's package brings the user.
    become = (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    )
    if become:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c max_connections=60"
    run = {"check": True, "capture_output": True, "cwd": folder, "text": True}
    try:
        subprocess.run(
            [
                *become,
                str(tools / "initdb"),
                "-D",
                str(data),
                "-U",
                "newsdigest",
                "--auth=trust",
                "-E",
                "UTF8",
                "--locale=C",
            ],
            **run,  # type: ignore[call-overload]
        )
        subprocess.run(
            [
                *become,
                str(tools / "pg_ctl"),
                "-D",
                str(data),
                "-l",
                str(folder / "log"),
                "-w",
                "-o",
                options,
                "start",
            ],
            **run,  # type: ignore[call-overload]
        )
        yield f"postgresql+psycopg://newsdigest@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            subprocess.run(
                [*become, str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
                check=False,
                capture_output=True,
                cwd=folder,
            )
        shutil.rmtree(folder, ignore_errors=True)
