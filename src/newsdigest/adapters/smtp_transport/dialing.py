"""
From a relay's address to a connection that takes mail: banner, EHLO, TLS, log-in.

Blocking and short; runs in a thread of its own, so that other connections and the lease go
on. Encryption that is required is required: a relay that does not offer it is an error, never
a reason to go on in the clear (a man in the middle strips STARTTLS exactly so).
"""

from __future__ import annotations

import base64
import socket
import ssl
import time
from dataclasses import dataclass, field

from newsdigest.adapters.smtp_transport.replies import GarbageError, Reply, ReplyReader
from newsdigest.model.mailings import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """
    One relay.

    Attributes:
        tls: `required` (STARTTLS), `implicit` (from the first byte), `none`.
        connections: Open at once at most.
        ca_file: Certificates to trust instead of the system's, "" for the system's.
    """

    host: str
    port: int = 25
    tls: str = "required"
    user: str = ""
    password: str = field(default="", repr=False)
    connections: int = 1
    ca_file: str = ""

    @property
    def name(self) -> str:
        """host:port."""
        return f"{self.host}:{self.port}"


class DialError(Exception):
    """
    No usable connection came about.

    Attributes:
        code: The relay's, None where it said nothing.
        is_lasting: Waiting will not help.
    """

    def __init__(
        self, phase: Phase, reply: str, *, code: int | None = None, is_lasting: bool = False
    ) -> None:
        super().__init__(f"{phase}: {code or ''} {reply}")
        self.phase, self.reply, self.code, self.is_lasting = phase, reply, code, is_lasting


@dataclass
class Line:
    """An open connection, past log-in. `socket` is non-blocking from here on."""

    socket: socket.socket
    relay: Relay
    extensions: dict[str, str]

    @property
    def pipelines(self) -> bool:
        """Whether commands may be sent in groups (RFC 2920)."""
        return "PIPELINING" in self.extensions


def dial(relay: Relay, *, helo: str, timeout: float) -> Line:
    """
    Return an open connection.

    Args:
        timeout: Seconds for all of it.

    Raises:
        DialError: With the phase that failed.
    """
    talk = _Talk(relay, time.monotonic() + timeout)
    try:
        talk.connect()
        extensions = talk.greet(helo)
        if relay.tls == "required":
            extensions = talk.start_tls(extensions, helo)
        if relay.user:
            talk.log_in(extensions)
        talk.socket.settimeout(0)
        return Line(talk.socket, relay, extensions)
    except DialError:
        talk.close()
        raise
    except BaseException:
        talk.close()
        raise


class _Talk:
    """The blocking first part of a conversation."""

    def __init__(self, relay: Relay, deadline: float) -> None:
        self.relay, self.deadline = relay, deadline
        self.phase = Phase.CONNECT
        self.socket: socket.socket = None  # type: ignore[assignment]  # set by connect
        self._reader = ReplyReader()
        self._waiting: list[Reply] = []

    def connect(self) -> None:
        try:
            self.socket = socket.create_connection((self.relay.host, self.relay.port), timeout=self._left())
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise DialError(Phase.CONNECT, _words(error)) from error
        except ValueError as error:  # the codec of names has no error of its own
            words = f"{self.relay.host!r} is no name of a machine; check mail.relays"
            raise DialError(Phase.CONNECT, words, is_lasting=True) from error
        if self.relay.tls == "implicit":
            self.phase = Phase.STARTTLS
            self._encrypt()
            self.phase = Phase.CONNECT

    def greet(self, helo: str) -> dict[str, str]:
        """Read the banner and say EHLO; return the extensions by name."""
        self._expect(self._read(), 220)
        return self._ehlo(helo)

    def start_tls(self, extensions: dict[str, str], helo: str) -> dict[str, str]:
        self.phase = Phase.STARTTLS
        if "STARTTLS" not in extensions:
            raise DialError(
                Phase.STARTTLS,
                "the relay does not offer STARTTLS; nothing is sent in the clear",
                is_lasting=True,
            )
        self._expect(self._ask("STARTTLS"), 220)
        if self._waiting or self._reader._rest:  # injected before encryption (CVE-2011-0411's other side)
            raise DialError(Phase.STARTTLS, "the relay spoke on before encryption", is_lasting=True)
        self._encrypt()
        return self._ehlo(helo)

    def log_in(self, extensions: dict[str, str]) -> None:
        self.phase = Phase.AUTH
        relay = self.relay
        if relay.tls == "none" and not _is_loopback(self.socket):
            raise DialError(
                Phase.AUTH, "no password is sent without encryption; set tls: required", is_lasting=True
            )
        if not relay.password:
            raise DialError(
                Phase.AUTH,
                "a user is set but no password; set NEWSDIGEST_MAIL__PASSWORD or password_file",
                is_lasting=True,
            )
        offered = extensions.get("AUTH", "").upper().split()
        if "PLAIN" in offered:
            secret = base64.b64encode(f"\0{relay.user}\0{relay.password}".encode()).decode()
            self._expect(self._ask(f"AUTH PLAIN {secret}"), 235)
        elif "LOGIN" in offered:
            self._expect(self._ask("AUTH LOGIN"), 334)
            self._expect(self._ask(base64.b64encode(relay.user.encode()).decode()), 334)
            self._expect(self._ask(base64.b64encode(relay.password.encode()).decode()), 235)
        else:
            raise DialError(Phase.AUTH, "the relay offers neither AUTH PLAIN nor LOGIN", is_lasting=True)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()

    def _ehlo(self, helo: str) -> dict[str, str]:
        if not helo.isascii():
            raise DialError(self.phase, f"mail.helo is {helo!r}; write it in ASCII", is_lasting=True)
        reply = self._ask(f"EHLO {helo}")
        if reply.code in (500, 501, 502, 504) and self.relay.tls != "required":
            self._expect(self._ask(f"HELO {helo}"), 250)
            return {}
        self._expect(reply, 250)
        pairs = (line.strip().partition(" ") for line in reply.lines[1:])
        return {name.upper(): value for name, _, value in pairs}

    def _encrypt(self) -> None:
        try:
            context = ssl.create_default_context(cafile=self.relay.ca_file or None)
        except OSError as error:
            words = f"the ca_file {self.relay.ca_file} cannot be used: {_words(error)}"
            raise DialError(Phase.STARTTLS, words, is_lasting=True) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self.socket.settimeout(self._left())
            self.socket = context.wrap_socket(self.socket, server_hostname=self.relay.host)
        except ssl.SSLCertVerificationError as error:
            words = f"the certificate does not fit {self.relay.host}: {error.verify_message}"
            raise DialError(Phase.STARTTLS, words, is_lasting=True) from error
        except (OSError, ValueError) as error:
            raise DialError(Phase.STARTTLS, _words(error)) from error
        self._reader = ReplyReader()

    def _ask(self, command: str) -> Reply:
        try:
            self.socket.settimeout(self._left())
            self.socket.sendall(command.encode("ascii") + b"\r\n")
        except OSError as error:
            raise DialError(self.phase, _words(error)) from error
        return self._read()

    def _read(self) -> Reply:
        while not self._waiting:
            try:
                self.socket.settimeout(self._left())
                octets = self.socket.recv(4096)
                if not octets:
                    raise DialError(self.phase, "the relay closed the connection")
                self._waiting += self._reader.feed(octets)
            except OSError as error:
                raise DialError(self.phase, _words(error)) from error
            except GarbageError as error:
                raise DialError(self.phase, f"not an SMTP reply: {error}") from error
        return self._waiting.pop(0)

    def _expect(self, reply: Reply, code: int) -> None:
        if reply.code != code:
            raise DialError(self.phase, reply.text, code=reply.code, is_lasting=reply.code >= 500)

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DialError(self.phase, "no answer in time")
        return left


def _is_loopback(connection: socket.socket) -> bool:
    return str(connection.getpeername()[0]).startswith(("127.", "::1"))


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return str(error) or type(error).__name__
