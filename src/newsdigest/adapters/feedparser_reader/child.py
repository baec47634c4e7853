"""
What runs in the nursery and in its children: limits first, then one document after the other.

Limits of a child (reliability spec, 1.1): 5 s of CPU a document, 512 MiB of address space, no
files written, no network. A child catches everything a document can raise; what it cannot catch ends
it, and the pool says so.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from newsdigest.adapters.feedparser_reader.child_pool import FORKED, LENGTH
from newsdigest.ports.reading import RawDocument, ReadResult

CPU_SECONDS = 5
ADDRESS_SPACE = 512 * 1024 * 1024
_FORBIDDEN_EVENTS = frozenset(
    {
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.bind",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.remove",
        "os.rename",
        "os.mkdir",
        "urllib.Request",
        "ctypes.dlopen",
    }
)


def nursery(control: socket.socket, preload: Sequence[str] = ()) -> None:
    """Fork and end children as the pool asks, until it hangs up."""
    from newsdigest.adapters.feedparser_reader import documents

    documents.prepare()
    for module in preload:
        importlib.import_module(module)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    children: set[int] = set()
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(control, 9, 1)
        if len(message) < 9:
            break
        if message[:1] == b"f" and descriptors:
            pid = os.fork()
            if pid == 0:
                control.close()
                serve(socket.socket(fileno=descriptors[0]))
            os.close(descriptors[0])
            children.add(pid)
            control.sendall(FORKED.pack(0, pid))
        else:
            (pid,) = struct.unpack(">q", message[1:9])
            control.sendall(FORKED.pack(_end(pid, children), pid))
    for pid in list(children):
        _end(pid, children)


def _end(pid: int, children: set[int]) -> int:
    if pid not in children:
        return 0
    children.discard(pid)
    # A child that ended by itself keeps its own status; killing it then does nothing.
    with contextlib.suppress(ProcessLookupError):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def serve(line: socket.socket) -> NoReturn:
    """Answer documents until the pool hangs up, then leave without clean-up."""
    _limit()
    with contextlib.suppress(BaseException):
        stream = line.makefile("rb", buffering=1 << 16)
        while len(head := stream.read(LENGTH.size)) == LENGTH.size:
            (length,) = LENGTH.unpack(head)
            raw = pickle.loads(stream.read(length))  # noqa: S301 - from our own parent
            _renew_cpu_limit()
            answer = pickle.dumps(read_safely(raw), pickle.HIGHEST_PROTOCOL)
            line.sendall(LENGTH.pack(len(answer)))
            line.sendall(answer)
    os._exit(0)


def read_safely(raw: RawDocument) -> ReadResult:
    """Return the reading of a document, or why it could not be read; catches everything (1 % of mutations raise)."""
    from newsdigest.adapters.feedparser_reader import documents

    try:
        result = documents.read(raw)
        return raw.finish(result) if raw.finish else result
    except MemoryError:
        reason = "it needs too much memory"
    except RecursionError:
        reason = "its elements are nested too deep"
    except Exception as error:  # a stranger's bytes may raise anything
        reason = f"{type(error).__name__} while reading it"
    return ReadResult(key=raw.key, reason="unreadable", error=f"The document could not be read: {reason}.")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN_EVENTS:
            raise PermissionError(f"a document tried {event}")

    sys.addaudithook(refuse)


def _renew_cpu_limit() -> None:
    """Allow five more seconds of CPU from here; the kernel counts whole seconds over the child's life."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    # Whoever asked may have been killed in between; then there is nobody to tell.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        nursery(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
