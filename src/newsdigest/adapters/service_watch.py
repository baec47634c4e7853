"""
Watches over our own process: it must hear from its database, or it ends and is started anew.

A connection can hang without an error (a firewall that forgot it, a proxy that stopped forwarding);
whoever waits on it waits for ever, and holds nudges meanwhile. So one thread asks the database a
small question again and again, and another ends the process when no answer came for a while: what
was under way is then as after `kill -9`, which loses nothing. systemd (Restart=) or compose
(restart:) starts it anew. systemd is told of every answer, so that it notices when even our
watching threads stand still (sd_notify, WatchdogSec=).
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from newsdigest import logs
from newsdigest.errors import NewsdigestError

log = logs.get_logger(__name__)

EXIT_CODE = 1


class ServiceWatch:
    """
    Use as a context manager around the work.

    Args:
        round_trip: Asks the database something; our errors count as no answer.
        limit: Seconds without an answer after which the process ends; 0: only systemd is told.
    """

    def __init__(
        self, round_trip: Callable[[], object], *, limit: float, end: Callable[[int], object] = os._exit
    ) -> None:
        self._round_trip, self._limit, self._end = round_trip, limit, end
        self._every = min(5.0, limit / 3) if limit else 5.0
        self._over = threading.Event()
        self._answered = threading.Event()

    def __enter__(self) -> ServiceWatch:
        notify("READY=1")
        threading.Thread(target=self._ask, name="database-question", daemon=True).start()
        if self._limit:
            threading.Thread(target=self._judge, name="database-watch", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._answered.set()
        notify("STOPPING=1")

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                self._round_trip()
            except NewsdigestError as error:
                log.warning("database_silent", reason=str(error))
            else:
                self._answered.set()
                notify("WATCHDOG=1")
            self._over.wait(self._every)

    def _judge(self) -> None:
        while not self._over.is_set():
            if not self._answered.wait(self._limit):
                log.error("database_lost", seconds=self._limit, then="this process ends, to be started anew")
                self._end(EXIT_CODE)
                return
            if self._over.wait(self._every):
                return
            self._answered.clear()


def notify(state: str) -> None:
    """Tell systemd, where it listens (sd_notify(3)); nobody listening is no trouble."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.send(state.encode())
