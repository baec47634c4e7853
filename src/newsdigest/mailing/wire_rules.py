"""
The rules R1 to R15 (specs/editions-and-mail.md), asserted on the bytes that leave.

Whatever built a message, this reads it the way a mail program does and says what is wrong.
It runs over every variant before the first mail of an edition goes out.
"""

from __future__ import annotations

import base64
import quopri
import re

from newsdigest.mailing.message_building import HEADER_NAMES, TOKEN_HOST

MAX_HTML_BYTES = 100_000
MAX_PART_BYTES = 102_400  # Gmail clips what is longer
_C1 = re.compile("[\x80-\x9f]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ONE_URI = re.compile(rb"<https://[^<>,\s]+>")
_WORD = re.compile(rb"=\?utf-8\?b\?([A-Za-z0-9+/=]*)\?=")
_EXACT = {
    b"list-unsubscribe-post": (b"List-Unsubscribe=One-Click", "R1"),
    b"auto-submitted": (b"auto-generated", "R7"),
    b"mime-version": (b"1.0", "R10"),
}


def broken(content: bytes, *, is_signed: bool = False) -> list[str]:
    """Return every rule that the message breaks, one plain sentence each; empty when it is fit to leave."""
    found = _lines(content)
    head, separator, body = content.partition(b"\r\n\r\n")
    if not separator:
        return [*found, "R10: there is no body"]
    fields = _fields(head)
    found += _header_problems(fields, is_signed=is_signed)
    values = {name.lower(): value for name, value in fields}
    return found + _body_problems(values.get(b"content-type", b""), body)


def decoded_parts(content: bytes) -> list[str]:
    """Return the decoded text of each part, text first (for comparing with what was approved)."""
    head, _, body = content.partition(b"\r\n\r\n")
    boundary = re.search(rb'boundary="([^"]+)"', head)
    if not boundary:
        return []
    *parts, _ = body.split(b"--" + boundary[1])[1:]
    found = []
    for part in parts:
        encoded = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        found.append(quopri.decodestring(encoded).decode("utf-8").replace("\r\n", "\n"))
    return found


def _lines(content: bytes) -> list[str]:
    found = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", content):
        found.append("T15: a bare CR or LF")
    if b"\0" in content:
        found.append("R11: a NUL")
    if not content.isascii():
        found.append("R9: an octet outside ASCII")
    if any(len(line) > 998 for line in content.split(b"\r\n")):
        found.append("R9: a line over 998 octets")
    if re.search(rb"^\.", content, re.MULTILINE):
        found.append("T15: a line that starts with a dot")
    if not content.endswith(b"\r\n"):
        found.append("T15: the last line has no end")
    return found


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    unfolded = re.sub(rb"\r\n(?=[ \t])", b"", head)
    pairs = (line.partition(b":") for line in unfolded.split(b"\r\n"))
    return [(name, value.strip()) for name, _, value in pairs]


def _header_problems(fields: list[tuple[bytes, bytes]], *, is_signed: bool) -> list[str]:
    names = [name.decode("latin-1") for name, _ in fields]
    wanted = [name for name in HEADER_NAMES if name != "Reply-To" or "Reply-To" in names]
    expected = ["DKIM-Signature", *wanted] if is_signed else wanted
    if names != expected:
        return [f"T14: the header fields are {', '.join(names)}; expected {', '.join(expected)}"]
    values = {name.lower(): value for name, value in fields}
    found = [
        f"{rule}: {name.decode()} is {values[name].decode('latin-1')!r}"
        for name, (exact, rule) in _EXACT.items()
        if values[name] != exact
    ]
    if not _ONE_URI.fullmatch(values[b"list-unsubscribe"]):
        found.append(
            "R1: List-Unsubscribe is not one https URI; set web.public_url to the https address of the pages"
        )
    if not re.fullmatch(rb"<[A-Za-z0-9._-]+@[A-Za-z0-9.-]+>", values[b"message-id"]):
        found.append("R10: the Message-ID is not one id")
    if not re.fullmatch(rb'(?:"[^"]*" )?<[A-Za-z0-9.-]+>', values[b"list-id"]):
        found.append("R6: the List-Id is not an ASCII phrase and an id")
    found += [
        f"R10: more than one address in {name}"
        for name in ("from", "to")
        if len(re.findall(rb"[^\s<>@\"]+@[^\s<>@\"]+", re.sub(rb'"[^"]*"', b"", values[name.encode()]))) != 1
    ]
    for name, value in fields:
        for word in _WORD.findall(value):
            if re.search(
                r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", base64.b64decode(word).decode("utf-8", "replace")
            ):
                found.append(f"R11: a control character is hidden in {name.decode()}")
    return found


def _body_problems(content_type: bytes, body: bytes) -> list[str]:
    boundary = re.fullmatch(rb'multipart/alternative; boundary="([^"]+)"', content_type)
    if not boundary:
        return ["R10: the message is not multipart/alternative"]
    opening, *parts, end = body.split(b"--" + boundary[1])
    if opening or end != b"--\r\n" or len(parts) != 2:
        return ["R10: there are not exactly two parts"]
    found = []
    for kind, part in zip(("plain", "html"), parts, strict=True):
        head, _, encoded = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if head != (
            f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
        ).encode("ascii"):
            found.append(f"R10: the {kind} part's head is not as it should be")
        found += _part_problems(kind, encoded.removesuffix(b"\r\n"))
    return found


def _part_problems(kind: str, encoded: bytes) -> list[str]:
    found = []
    if any(len(line) > 76 for line in encoded.split(b"\r\n")):
        found.append(f"R9: a quoted-printable line over 76 octets in the {kind} part")
    try:
        text = quopri.decodestring(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return [*found, f"R9: the {kind} part is not UTF-8"]
    if TOKEN_HOST in text:
        found.append(f"R15: a recipient token was left in the {kind} part")
    if _C1.search(text) or _CONTROL.search(text):
        found.append(f"R13: a control character in the {kind} part")
    if not text.strip():
        found.append(f"R10: the {kind} part is empty")
    if kind == "html" and len(text.replace("\r\n", "\n").encode()) > MAX_HTML_BYTES:
        found.append(f"R12: the HTML is over {MAX_HTML_BYTES:,} bytes; Gmail clips it")
    if kind == "html" and len(encoded) > MAX_PART_BYTES:
        found.append(f"R12: the encoded HTML part is over {MAX_PART_BYTES:,} bytes; Gmail clips it")
    return found
