"""
Header fields, written byte by byte.

The standard library's policy encodes a long List-Unsubscribe as an encoded word
(cpython #85725), which removes the button in mail programs, and decodes an encoded word
found in a subject, which lets a feed's title make a `Bcc:` line (specs: reliability, 1.7).
So nothing here goes through `email.headerregistry`: text is neutralised, then encoded once.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from newsdigest.errors import NewsdigestError

MAX_WORD = 75  # RFC 2047, section 2
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTION = re.compile(f"[{_BIDI}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*"
)
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(?:/[A-Za-z0-9._~/?=+%-]*)?")


class HeaderError(NewsdigestError):
    """A value cannot stand in a header field."""


def plain(text: str) -> str:
    """
    Return text that is safe in a header field: one line, no controls, no marks of direction,
    and no pattern that a mail program would decode as an encoded word.
    """
    one_line = _CONTROL.sub(" ", text)
    without = _SURROGATE.sub("\ufffd", _DIRECTION.sub("", one_line))
    return " ".join(without.replace("=?", "= ?").replace("?=", "? =").split(" ")).strip()


def require_address(address: str) -> str:
    """
    Return the address if it can be written to without extensions of SMTP.

    Raises:
        HeaderError: Controls, brackets, or letters outside ASCII (those need SMTPUTF8).
    """
    if not _ADDRESS.fullmatch(address) or ".." in address or address.startswith(".") or ".@" in address:
        raise HeaderError("the address cannot be written to: it is no plain ASCII name@domain")
    return address


def require_url(url: str) -> str:
    """
    Return the URL if it can stand in a header, a text and an HTML attribute as it is.

    Raises:
        HeaderError: Anything in it would have to be escaped.
    """
    if not _URL.fullmatch(url):
        raise HeaderError(f"{url!r} cannot be used in a mail; check web.public_url")
    return url


def encoded(text: str, *, column: int) -> bytes:
    """
    Return the text as it stands in an unstructured field, folded.

    Args:
        column: How many characters of the line the field's name takes.
    """
    safe = plain(text)
    if safe.isascii() and column + len(safe) <= 76:
        return safe.encode("ascii")
    if safe.isascii():
        return _folded(safe, column=column)
    words = _encoded_words(safe, first=MAX_WORD - column)
    return b"\r\n ".join(words)


def mailbox(name: str, address: str, *, column: int) -> bytes:
    """Return `name <address>`; the name quoted or encoded as it needs."""
    require_address(address)
    safe = plain(name)
    if not safe:
        return address.encode("ascii")
    if safe.isascii() and len(safe) <= 60:
        quoted = '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'
        shown = quoted.encode("ascii")
        separator = b" " if column + len(shown) + len(address) + 3 <= 76 else b"\r\n "
    else:
        shown = b"\r\n ".join(_encoded_words(safe, first=MAX_WORD - column))
        separator = b"\r\n "
    return shown + separator + b"<" + address.encode("ascii") + b">"


def list_id(phrase: str, identifier: str) -> bytes:
    """
    Return `"phrase" <identifier>`, ASCII only (RFC 2919).

    Raises:
        HeaderError: The identifier is no domain-like name.
    """
    if not _DOMAIN.fullmatch(identifier):
        raise HeaderError(f"{identifier!r} is no list id; set sender.list_id to e.g. weekly.example.org")
    folded = unicodedata.normalize("NFKD", _umlauts(plain(phrase))).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9 .,:&()'/-]", "", folded).strip()[:60].strip()
    shown = f'"{safe}" ' if safe else ""
    return f"{shown}<{identifier}>".encode("ascii")


def date(at: datetime) -> bytes:
    """Return the instant as a Date field's value, UTC."""
    return format_datetime(at.replace(microsecond=0)).encode("ascii")


def field(name: str, value: bytes) -> bytes:
    """
    Return one header field with its CRLF.

    Raises:
        HeaderError: A bare line end, a control, an octet outside ASCII, or a line over 998.
    """
    line = name.encode("ascii") + b": " + value
    for part in line.split(b"\r\n"):
        if re.search(rb"[^\x20-\x7e]", part) or len(part) > 998 or not part.strip():
            raise HeaderError(f"{name}: holds what no header field may hold")
    if any(part[:1] != b" " for part in line.split(b"\r\n")[1:]):
        raise HeaderError(f"{name}: a folded line must start with a space")
    return line + b"\r\n"


def has_forbidden(values: Sequence[str]) -> bool:
    """Whether any of the values holds what may stand in no header (R11)."""
    return any(_FORBIDDEN.search(value) for value in values)


def _encoded_words(text: str, *, first: int) -> list[bytes]:
    """Return base64 encoded words of at most 75 characters, cut between characters (combined ones kept)."""
    words: list[bytes] = []
    room = _room(max(first, 24))
    taken = b""
    for cluster in _clusters(text):
        octets = cluster.encode("utf-8")
        if taken and len(taken) + len(octets) > room:
            words.append(_word(taken))
            room, taken = _room(MAX_WORD - 1), b""
        taken += octets
        while len(taken) > room:  # an endless chain of combining marks
            cut = room
            while cut > 1 and taken[cut] & 0xC0 == 0x80:
                cut -= 1
            words.append(_word(taken[:cut]))
            taken = taken[cut:]
    return [*words, _word(taken)] if taken else words


def _clusters(text: str) -> list[str]:
    """Characters with the combining marks that follow them."""
    found: list[str] = []
    for character in text:
        if found and unicodedata.combining(character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _room(width: int) -> int:
    """How many octets fit an encoded word that wide."""
    return (width - len("=?utf-8?b??=")) // 4 * 3


def _word(octets: bytes) -> bytes:
    return b"=?utf-8?b?" + base64.b64encode(octets) + b"?="


def _folded(text: str, *, column: int) -> bytes:
    """Fold ASCII text at spaces; a word longer than a line stays whole (up to 900 characters)."""
    lines: list[str] = []
    line = ""
    width = 76 - column
    for word in text.split(" "):
        if len(word) > 900:
            return b"\r\n ".join(_encoded_words(text, first=MAX_WORD - column))
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line, width = word, 75
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return b"\r\n ".join(part.encode("ascii") for part in lines)


def _umlauts(text: str) -> str:
    return text.translate(
        {
            ord("ä"): "ae",
            ord("ö"): "oe",
            ord("ü"): "ue",
            ord("Ä"): "Ae",
            ord("Ö"): "Oe",
            ord("Ü"): "Ue",
            ord("ß"): "ss",
            ord("–"): "-",
        }
    )
