"""uvicorn, set up once: our own signal handling, no access log (addresses and tokens stay out of logs)."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn


class QuietServer(uvicorn.Server):
    """A server that leaves signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none: the door that started us listens for signals."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """
    Return a listening socket.

    Raises:
        OSError: The port is taken or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def web_server(app: Any) -> QuietServer:
    """Return the server of an ASGI application; `serve(sockets=[…])` runs it."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="auto",
        server_header=False,
        date_header=True,
        proxy_headers=True,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=64 * 1024,
    )
    return QuietServer(config)
