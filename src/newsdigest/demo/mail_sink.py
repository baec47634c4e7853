"""A local SMTP server that keeps every message as an .eml file instead of delivering it."""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


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
        self._controller = Controller(self, hostname="127.0.0.1", port=0, enable_SMTPUTF8=False)
        self._controller.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        server = self._controller.server
        assert server is not None
        return int(server.sockets[0].getsockname()[1])

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one message, named after its recipient, and accept it."""
        name = re.sub(r"[^a-z0-9.-]+", "-", (envelope.rcpt_tos[0] if envelope.rcpt_tos else "nobody").lower())
        path = self._folder / f"{len(self.paths) + 1:02d}-{name}.eml"
        content = envelope.content or b""
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.paths.append(path)
        return f"250 2.0.0 kept as {path.name}"
