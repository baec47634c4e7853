"""The watch over our own process: it hears from its database, or it ends; systemd is told (real sockets)."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from newsdigest.adapters.service_watch import ServiceWatch
from newsdigest.errors import StoreError


def test_a_silent_database_ends_the_process():
    """A question that hangs, without any error, is found out by the other thread."""
    ended, codes, hangs = threading.Event(), [], threading.Event()

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    with ServiceWatch(hangs.wait, limit=0.2, end=end):
        assert ended.wait(10)
    hangs.set()
    assert codes == [1]


def test_an_error_is_no_answer():
    """A database that refuses for as long as the limit ends the process as well."""
    ended = threading.Event()

    def refuse() -> None:
        raise StoreError("gone")

    with ServiceWatch(refuse, limit=0.2, end=lambda _: ended.set()):
        assert ended.wait(10)


def test_answers_keep_it_alive_and_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """READY at the start, WATCHDOG with every answer, STOPPING at the end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        ended: list[int] = []
        with ServiceWatch(lambda: None, limit=0.3, end=ended.append):
            heard = [systemd.recv(100) for _ in range(5)]
        while heard[-1] != b"STOPPING=1":
            heard.append(systemd.recv(100))
    assert (heard[0], set(heard[1:-1]), heard[-1]) == (b"READY=1", {b"WATCHDOG=1"}, b"STOPPING=1")
    assert not ended
