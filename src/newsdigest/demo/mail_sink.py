"""A local SMTP server that keeps every message as an .eml file instead of delivering it."""

from __future__ import annotations

import re
import socket
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _Listening(Controller):
    """Listens on a socket that is bound already: aiosmtpd cannot say which free port it got."""

    def __init__(self, handler: MailSink) -> None:
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        super().__init__(
            handler, hostname="127.0.0.1", port=self.listening.getsockname()[1], enable_SMTPUTF8=False
        )

    def _create_server(self) -> Coroutine[Any, Any, Any]:
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


class MailSink:
    """
    Listens on 127.0.0.1 and writes what it accepts to a folder.

    Attributes:
        paths: The files, in order of arrival.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.paths: list[Path] = []

    def __enter__(self) -> MailSink:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._controller = _Listening(self)
        self._controller.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._controller.port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one message, named after its recipient, and accept it."""
        name = re.sub(r"[^a-z0-9.-]+", "-", (envelope.rcpt_tos[0] if envelope.rcpt_tos else "nobody").lower())
        path = self._folder / f"{len(self.paths) + 1:02d}-{name}.eml"
        content = envelope.content or b""
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.paths.append(path)
        return f"250 2.0.0 kept as {path.name}"
