"""
What a relay says, read strictly: garbage is an outcome of its own, never a guess.

Source: RFC 5321, section 4.2 (replies), 4.5.3.1.5 (512 octets a line; we allow 2,048).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINE = 2048
MAX_LINES = 128
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?")
_CONTROL = re.compile(r"[^\x20-\x7e]+")
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")


class GarbageError(Exception):
    """What came is no SMTP reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: its code and its lines as they came."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text on one line, without addresses (they stay out of logs and ledger)."""
        return _plain(" ".join(self.lines))[:300]

    @property
    def is_ok(self) -> bool:
        """2xx."""
        return 200 <= self.code < 300


class ReplyReader:
    """Takes bytes as they come and gives whole replies."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []
        self._code = 0

    def feed(self, octets: bytes) -> Iterator[Reply]:
        """
        Yield the replies that are now complete; those before odd words count.

        Raises:
            GarbageError: A line is no reply, too long, or of another code than its group.
        """
        *whole, self._rest = (self._rest + octets).split(b"\n")
        for line in whole:
            if reply := self._take(line.removesuffix(b"\r")):
                yield reply
        if len(self._rest) > MAX_LINE:
            raise GarbageError("an endless line")

    def _take(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > MAX_LINE or len(self._lines) >= MAX_LINES:
            raise GarbageError(_plain(line[:80].decode("latin-1")))
        code = int(match[1])
        if self._lines and code != self._code:
            raise GarbageError(f"{self._code} and {code} in one reply")
        self._code = code
        self._lines.append((match[3] or b"").decode("latin-1"))
        if match[2] == b"-":
            return None
        lines, self._lines = tuple(self._lines), []
        return Reply(code, lines)


def _plain(text: str) -> str:
    return _ADDRESS.sub("<address>", _CONTROL.sub(" ", text)).strip()


# Postfix "queued as X", Exim "id=X", Sendmail "X Message accepted", Exchange "<id> [InternalId=…]".
_QUEUE_ID = re.compile(r"(?:queued as |id=|[Qq]ueued mail for delivery id |\bOK )([\w.:-]{4,80})")


def queue_id(reply: Reply) -> str:
    """Return the relay's own number for the message, as far as it names one."""
    match = _QUEUE_ID.search(" ".join(reply.lines))
    return match[1] if match else ""
