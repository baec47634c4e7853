"""
A relay that misbehaves on demand: a real SMTP server on real sockets, a thread a connection.

`answer(phase, message_number)` may return a fault for a phase: a code, `disconnect`,
`garbage` or `hang`; None is the ordinary answer. What it takes in whole it keeps.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Fault = int | str | None
ORDINARY = {
    "connect": "220 relay.test ESMTP",
    "ehlo": "250",
    "starttls": "220 go on",
    "auth": "235 welcome",
    "mail": "250 sender ok",
    "rcpt": "250 recipient ok",
    "data": "354 go on",
    "dot": "250 2.0.0 Ok: queued as {}",
}


class _GoneError(Exception):
    pass


@dataclass
class FaultRelay:
    """
    Attributes:
        accepted: (envelope sender, recipient, content) of all messages answered with 250.
        taken: The same of all messages whose dot arrived, whatever the answer.
        commands: Every line that came, for looking at what was (not) said.
    """

    answer: Callable[[str, int], Fault] = lambda phase, number: None
    pipelining: bool = True
    tls: ssl.SSLContext | None = None
    offers_tls: bool = False
    offers_auth: bool = False
    after_answer: Callable[[str], None] = lambda phase: None
    accepted: list[tuple[str, str, bytes]] = field(default_factory=list)
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> FaultRelay:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.close()
        self._thread.join(5)

    def recipients(self) -> list[str]:
        """Who got a message, one entry a copy."""
        return [recipient for _, recipient, _ in self.accepted]

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            _Conversation(self, connection).run()
        except (_GoneError, OSError, ValueError):
            pass
        finally:
            connection.close()


class _Conversation:
    def __init__(self, relay: FaultRelay, connection: socket.socket) -> None:
        self.relay, self.connection = relay, connection
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = connection.makefile("rb")
        self.sender = self.recipient = ""
        self.is_encrypted = False

    def run(self) -> None:
        self.say("connect")
        while line := self.file.readline():
            text = line.decode("latin-1").rstrip("\r\n")
            self.relay.commands.append(text)
            verb = text.split(" ", 1)[0].upper()
            match verb:
                case "EHLO":
                    self.hello()
                case "STARTTLS":
                    self.start_tls()
                case "AUTH":
                    self.say("auth")
                case "MAIL":
                    self.sender = text.partition("<")[2].rpartition(">")[0]
                    self.say("mail")
                case "RCPT":
                    recipient = text.partition("<")[2].rpartition(">")[0]
                    self.recipient = recipient if self.say("rcpt") else ""
                case "DATA":
                    if not self.recipient:
                        self.write("554 no valid recipients")
                    elif self.say("data"):
                        self.content()
                case "RSET":
                    self.sender = self.recipient = ""
                    self.write("250 reset")
                case "QUIT":
                    self.write("221 bye")
                    return
                case _:
                    self.write("502 what?")

    def hello(self) -> None:
        lines = ["relay.test"]
        if self.relay.pipelining:
            lines.append("PIPELINING")
        if self.relay.offers_tls and not self.is_encrypted:
            lines.append("STARTTLS")
        if self.relay.offers_auth:
            lines.append("AUTH PLAIN LOGIN")
        lines.append("8BITMIME")
        self.write("\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    def start_tls(self) -> None:
        if not self.say("starttls"):
            return
        assert self.relay.tls
        self.connection = self.relay.tls.wrap_socket(self.connection, server_side=True)
        self.relay._open.append(self.connection)
        self.file = self.connection.makefile("rb")
        self.is_encrypted = True

    def content(self) -> None:
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise _GoneError
            lines.append(line[1:] if line.startswith(b".") else line)
        message = (self.sender, self.recipient, b"".join(lines))
        self.relay.taken.append(message)
        if self.say("dot", on_ok=lambda: self.relay.accepted.append(message)):
            self.relay.after_answer("dot")
        self.sender = self.recipient = ""

    def say(self, phase: str, on_ok: Callable[[], None] = lambda: None) -> bool:
        """Answer a phase; True when in the ordinary way."""
        fault = self.relay.answer(phase, len(self.relay.taken))
        match fault:
            case None:
                on_ok()
                self.write(ORDINARY[phase].format(f"Q{len(self.relay.taken):06d}"))
                return True
            case "disconnect":
                self.connection.close()
                raise _GoneError
            case "garbage":
                self.write("\x00\x01 what is this")
            case "hang":
                self.relay._closing.wait(30)
                raise _GoneError
            case int():
                self.write(f"{fault} {phase} refused for <someone@example.com>")
                if fault == 421 or phase == "connect":
                    self.connection.shutdown(socket.SHUT_WR)
                    raise _GoneError
        return False

    def write(self, text: str) -> None:
        self.connection.sendall(text.encode("latin-1") + b"\r\n")
