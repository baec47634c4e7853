"""
Children that can be stopped: a nursery forks them, a deadline ends them, age renews them.

The nursery is a small process of its own with everything imported and one thread only, so that a
new child costs a fork (about 4 ms). multiprocessing's forkserver was refused: it imports the caller's
`__main__` into every child. Forking the caller itself was refused: it has threads.

Each child serves one document at a time over its own socket pair. Lengths go before messages, eight
bytes, big-endian.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

from newsdigest.errors import NewsdigestError

LENGTH = struct.Struct(">Q")
FORKED = struct.Struct(">iq")
MAX_ANSWER = 64 * 1024 * 1024
DOCUMENTS_A_CHILD = 500


class ChildTimeoutError(NewsdigestError):
    """The document took longer than its wall clock or CPU time; the child was stopped."""


class ChildDiedError(NewsdigestError):
    """The child ended by itself: out of memory, or a defect in a library."""


@dataclass(slots=True)
class _Child:
    pid: int
    socket: socket.socket
    served: int = 0


class ChildPool:
    """A fixed number of children, begun on first use. Safe to use from several threads."""

    def __init__(self, *, size: int, wall_seconds: float, preload: Sequence[str] = ()) -> None:
        self._preload = tuple(preload)
        self._wall_seconds = wall_seconds
        self._places: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(size):
            self._places.put(None)
        self._size = size
        self._nursery: _Nursery | None = None
        self._lock = threading.Lock()

    def call(self, request: bytes) -> bytes:
        """
        Return a child's answer.

        Raises:
            ChildTimeoutError: No answer in time.
            ChildDiedError: The child ended without an answer.
        """
        child = self._places.get()
        try:
            if child is None:
                child = self._new_child()
            answer = self._ask(child, request)
            child.served += 1
            if child.served >= DOCUMENTS_A_CHILD:
                self._end(child)
                child = None
            return answer
        except BaseException:
            # Whatever went wrong, the next caller gets a fresh child.
            if child is not None:
                self._end(child)
                child = None
            raise
        finally:
            self._places.put(child)

    def _ask(self, child: _Child, request: bytes) -> bytes:
        deadline = time.monotonic() + self._wall_seconds
        try:
            child.socket.settimeout(self._wall_seconds)
            child.socket.sendall(LENGTH.pack(len(request)))
            child.socket.sendall(request)
            (length,) = LENGTH.unpack(_receive(child.socket, LENGTH.size, deadline))
            if length > MAX_ANSWER:
                raise ChildDiedError("its answer was too long")
            return _receive(child.socket, length, deadline)
        except TimeoutError as error:
            raise ChildTimeoutError("the document took too long") from error
        except (OSError, EOFError) as error:
            status = self._end(child)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
                raise ChildTimeoutError("the document took too much CPU time") from error
            raise ChildDiedError("it broke the reader (memory or another limit)") from error

    def _new_child(self) -> _Child:
        with self._lock:
            for attempt in (1, 2):
                if self._nursery is None:
                    self._nursery = _Nursery(self._preload)
                try:
                    return self._nursery.fork()
                except (OSError, EOFError) as error:
                    self._nursery.close()
                    self._nursery = None
                    if attempt == 2:
                        raise ChildDiedError(
                            "no reader process could be started; look at memory and process limits"
                        ) from error
        raise AssertionError("unreachable")

    def _end(self, child: _Child) -> int:
        with contextlib.suppress(OSError):
            child.socket.close()
        with self._lock:
            if self._nursery is None or child.pid == 0:
                return 0
            pid, child.pid = child.pid, 0
            try:
                return self._nursery.end(pid)
            except (OSError, EOFError):
                self._nursery.close()
                self._nursery = None
                return 0

    def close(self) -> None:
        """End the children and their nursery; a later call begins anew."""
        children = []
        while True:
            try:
                children.append(self._places.get_nowait())
            except queue.Empty:
                break
        for child in children:
            if child is not None:
                self._end(child)
            self._places.put(None)
        with self._lock:
            if self._nursery is not None:
                self._nursery.close()
                self._nursery = None


class _Nursery:
    """The process that forks children; it ends with its parent, as its socket then closes."""

    def __init__(self, preload: Sequence[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            module = "newsdigest.adapters.feedparser_reader.child"
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno()), *preload],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._socket = ours
        self._socket.settimeout(30)
        self._finalizer = weakref.finalize(self, _close, self._socket, self._process)

    def fork(self) -> _Child:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._socket, [b"f" + bytes(8)], [theirs.fileno()])
                _, pid = FORKED.unpack(_receive(self._socket, FORKED.size))
            except BaseException:
                ours.close()
                raise
        return _Child(pid, ours)

    def end(self, pid: int) -> int:
        """Kill a child and return its wait status."""
        self._socket.sendall(b"k" + struct.pack(">q", pid))
        status, _ = FORKED.unpack(_receive(self._socket, FORKED.size))
        return int(status)

    def close(self) -> None:
        self._finalizer()


def _close(control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    control.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _receive(source: socket.socket, size: int, deadline: float | None = None) -> bytes:
    buffer = bytearray(size)
    view, place = memoryview(buffer), 0
    while place < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            source.settimeout(left)
        got = source.recv_into(view[place:])
        if not got:
            raise EOFError("the other end closed")
        place += got
    return bytes(buffer)
