"""
Who we are as a process, and whether another one still runs.

A lease names its holder, so that after a kill -9 the next start on the same machine takes
over at once instead of waiting for the lease to end. A process id alone may be used again,
hence its start time; a container counts its own, hence the id of the pid namespace.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path


def own_name() -> str:
    """Return `place/pid/start`."""
    return f"{_place()}/{os.getpid()}/{_started(os.getpid())}"


def is_alive(name: str) -> bool:
    """
    Return whether that process may still run; of one on another machine we cannot know: True.

    Args:
        name: As made by `own_name`; what follows a fourth slash (a thread) does not matter.
    """
    place, _, rest = name.partition("/")
    number, _, started = rest.partition("/")
    if place != _place() or not number.isdigit():
        return True
    pid = int(number)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _started(pid) in (started.partition("/")[0], "")


_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def machine() -> str:
    """
    Return what tells this machine from a clone of it, as far as it can be told.

    "" in a container: it has a new name whenever it is made anew (an upgrade, one worker more), and no id.
    """
    if any(mark.exists() for mark in _CONTAINER_MARKS) or "KUBERNETES_SERVICE_HOST" in os.environ:
        return ""
    for path in _IDS:
        try:
            if text := path.read_text().strip():
                return f"{text}@{socket.gethostname()}"
        except OSError:
            continue
    return socket.gethostname()


def _place() -> str:
    parts = [socket.gethostname()]
    for path in ("/proc/sys/kernel/random/boot_id",):
        try:
            parts.append(Path(path).read_text().strip()[:8])
        except OSError:
            continue
    with contextlib.suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return ":".join(parts).replace("/", "-")


def _started(pid: int) -> str:
    """Return the process's start in clock ticks since boot, "" where it cannot be told or it is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "dead" if fields[0] in ("Z", "X") else fields[19]
