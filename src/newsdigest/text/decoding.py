"""
Bytes to text, decided by us: byte order mark, HTTP charset, XML declaration, UTF-8, windows-1252.

feedparser's own sniffing is never asked. It reads a whole UTF-8 feed as windows-1252 because of one
bad byte (F1), and a short windows-1252 feed as cp862 once `chardet` happens to be installed (F2).
UTF-8 proves itself: text with umlauts that is valid UTF-8 is UTF-8, whatever an 8-bit label says.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_LABELS = {
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "l1": "cp1252",
    "windows-1252": "cp1252",
    "ansi": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf8": "utf-8",
    "unicode": "utf-8",
    "utf-8-sig": "utf-8",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "big5": "big5hkscs",
}
_ALLOWED = re.compile(
    r"utf-(?:8|16|16le|16be|16-le|16-be|32|32-le|32-be)|cp\d{3,4}|windows-\d{3,4}|iso-?8859-\d{1,2}"
    r"|koi8-[rut]|gb18030|big5(?:hkscs)?"
    r"|euc[-_](?:jp|kr|tw)|iso-?2022-(?:jp|kr)(?:-\d)?|mac-\w+",
    re.IGNORECASE,
)
_MULTI_BYTE = ("cp932", "gb18030", "big5", "euc", "cp949", "iso-2022", "iso2022")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Linear on purpose: a declaration of 23 KiB costs feedparser's pattern 12 s (reliability spec, 1.1).
_XML_LABEL = re.compile(rb"""<\?xml[^>]{0,400}?encoding\s{0,9}=\s{0,9}["']\s{0,9}([A-Za-z0-9._:-]{1,40})""")
_META_LABEL = re.compile(
    rb"""<meta[^>]{0,400}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE
)
_HTTP_LABEL = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# What a stray byte in a UTF-8 text stands for when it comes from a windows-1252 system.
_STRAY = {
    byte: bytes([byte]).decode("cp1252")
    for byte in "äöüÄÖÜßéèàáêçóí\xa0§©®°²³µ·«»€‚„…‘’“”–—™".encode("cp1252")
}


def _twice(letter: str, encoding: str = "cp1252") -> str:
    """Return what a letter looks like whose UTF-8 bytes were taken for another encoding and encoded again."""
    return "".join(
        chr(byte)
        if encoding == "latin-1" or byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
        else bytes([byte]).decode(encoding)
        for byte in letter.encode("utf-8")
    )


# A system that holds UTF-8 for windows-1252 makes "fÃ¼r" of "für"; re-posts carry it along (domain spec, 3.1).
_FROM_TWICE = {
    _twice(letter, encoding): letter
    for letter in "äöüÄÖÜßéèàáâçêëíîïñóôúåæøãÉ„“”‘’‚–—…•€™\xa0§©«®°±²³´µ·»½×"
    for encoding in ("cp1252", "latin-1")
}
_TWICE = re.compile("|".join(map(re.escape, sorted(_FROM_TWICE, key=len, reverse=True))))
# These pairs occur in no language; one of them proves that the others are no accident.
_TWICE_SURELY = re.compile("|".join(re.escape(_twice(letter)) for letter in "äöüÜß„“–’"))


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding it was read in and what had to be mended, one plain sentence each."""

    text: str
    encoding: str
    problems: tuple[str, ...] = ()


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Return the text of a document; never raises, never guesses by statistics."""
    decoded = _decoded(body, content_type)
    text = decoded.text
    if decoded.encoding != "utf-8" or not ("Ã" in text or "â€" in text) or not _TWICE_SURELY.search(text):
        return decoded
    mended = _TWICE.sub(lambda match: _FROM_TWICE[match[0]], text)
    return Decoded(mended, "utf-8", (*decoded.problems, "Some letters were encoded twice and were mended."))


def _decoded(body: bytes, content_type: str) -> Decoded:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _by_mark(body[len(mark) :], encoding)
    if encoding := _wide(body):
        return Decoded(body.decode(encoding, "replace"), encoding)
    head = body[:2048]
    http = _HTTP_LABEL.search(content_type)
    declared = [
        known
        for label in (http and http[1], _label(_XML_LABEL, head), _label(_META_LABEL, head))
        if label and (known := normal(label))
    ]
    return _by_label(body, declared)


def normal(label: str) -> str | None:
    """Return Python's name for an encoding label, None for one that is unknown or dangerous (UTF-7)."""
    name = _LABELS.get(label.strip().lower(), label.strip().lower())
    if not _ALLOWED.fullmatch(name):
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _label(pattern: re.Pattern[bytes], head: bytes) -> str | None:
    match = pattern.search(head)
    return match[1].decode("ascii") if match else None


def _by_mark(body: bytes, encoding: str) -> Decoded:
    if encoding != "utf-8":
        return Decoded(body.decode(encoding, "replace"), encoding)
    decoded = _utf8(body)
    return (
        decoded if decoded else _windows(body, ("The document begins with a UTF-8 mark but is not UTF-8.",))
    )


def _wide(body: bytes) -> str:
    """Return UTF-16 or UTF-32 where the first characters show it without a mark."""
    start = body[:4]
    if start[:3] in (b"<\x00\x00", b"\n\x00\x00"):
        return "utf-32-le"
    if start in (b"\x00\x00\x00<", b"\x00\x00\x00\n"):
        return "utf-32-be"
    if len(start) == 4 and start[1] == 0 and start[3] == 0 and start[0] in b"<{ \n\r":
        return "utf-16-le"
    if len(start) == 4 and start[0] == 0 and start[2] == 0 and start[1] in b"<{ \n\r":
        return "utf-16-be"
    return ""


def _by_label(body: bytes, declared: list[str]) -> Decoded:
    # Wide labels are wrong here: the bytes have shown that they are not wide.
    declared = [name for name in declared if not name.startswith(("utf-16", "utf-32"))]
    first = declared[0] if declared else "utf-8"
    for name in declared:
        if name.startswith(_MULTI_BYTE):
            try:
                return Decoded(body.decode(name), name)
            except (UnicodeError, ValueError):
                continue
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        wrong = first != "utf-8" and not body.isascii() and "utf-8" not in declared
        note = (f"The document says it is {first} but is UTF-8.",) if wrong else ()
        return Decoded(text, "utf-8", note)
    eight_bit = next((name for name in declared if name != "utf-8"), None)
    if eight_bit and not eight_bit.startswith(_MULTI_BYTE):
        note = (f"The document says it is UTF-8 but is {eight_bit}.",) if first == "utf-8" else ()
        return Decoded(body.decode(eight_bit, "replace"), eight_bit, note)
    if eight_bit:
        text = body.decode(eight_bit, "replace")
        if text.count("\ufffd") <= max(3, len(text) // 100):
            return Decoded(text, eight_bit, (f"Some bytes are no {eight_bit} and were replaced.",))
    if decoded := _utf8(body):
        return decoded
    said = "says it is UTF-8 but is not; it" if declared else "names no encoding and is no UTF-8; it"
    return _windows(body, (f"The document {said} was read as windows-1252.",))


def _utf8(body: bytes) -> Decoded | None:
    """
    Return the text where the bytes are UTF-8 but for a few (F1), else None.

    At least 99 % of the bytes must fit, and UTF-8 sequences must really occur: a text in which every
    umlaut is a single byte is windows-1252, however few they are.
    """
    bad: list[int] = []

    def mend(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        bad.append(error.start)
        byte = error.object[error.start]
        # A cut sequence (lead byte without its tail) is lost; a lone German letter can be saved.
        if error.end - error.start == 1 and byte in _STRAY:
            return _STRAY[byte], error.end
        return "\ufffd", error.end

    codecs.register_error("newsdigest.mend", mend)
    text = body.decode("utf-8", "newsdigest.mend")
    if not bad:
        return Decoded(text, "utf-8")
    sequences = sum(1 for byte in body if byte >= 0xC2) - len(bad) if len(body) < 200_000 else len(body)
    if sequences <= 0 or (sequences < len(bad) and len(bad) > 3):
        return None
    if len(bad) * 100 > len(body) and sequences < 2 * len(bad):
        return None
    words = "1 byte is no UTF-8 and was" if len(bad) == 1 else f"{len(bad)} bytes are no UTF-8 and were"
    return Decoded(text, "utf-8", (f"{words} mended.",))


def _windows(body: bytes, problems: tuple[str, ...]) -> Decoded:
    return Decoded(body.decode("cp1252", "replace"), "cp1252", problems)
