"""Which kind of document the bytes are, and who reads it."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

from newsdigest.adapters.feedparser_reader import everyday_feeds, feeds, html_kinds, json_feeds
from newsdigest.ports.reading import RawDocument, ReadResult
from newsdigest.text import xml_repair
from newsdigest.text.decoding import decode

# A hostile feed may be all markup: what is left after decoding and cutting is bounded again.
MAX_DECODED = 5 * 1024 * 1024
MAX_UNPACKED = 10 * 1024 * 1024
MAX_ENTRIES = 5000
_HTML = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*+-->\s*)*+<(?:!doctype\s+html|html|head|body|script|meta|div|p|center|h1|br)\b",
    re.IGNORECASE | re.DOTALL,
)
_NAMESPACE = re.compile(r"""(\sxmlns:[\w.-]{1,40}\s{0,5}=\s{0,5})(["'])([^"'<>]{1,200})\2""")
_KNOWN_NAMESPACES = {
    re.sub(r"^https?://(?:www\.)?", "", uri.lower()).rstrip("/#"): uri
    for prefix, uri in xml_repair.NAMESPACES.items()
    if prefix not in ("atom", "xhtml")
}
_HTML_ANYWHERE = re.compile(r"<(?:html|body|head)[\s>]", re.IGNORECASE)


def prepare() -> None:
    """Import and warm up what documents need, so that a child starts with it."""
    feeds.prepare()
    json_feeds.prepare()


def read(raw: RawDocument) -> ReadResult:
    """Return the reading of any document; may raise what its libraries raise."""
    if raw.kind == "file" or (raw.kind == "detail" and raw.body.startswith(b"%PDF-")):
        from newsdigest.adapters.feedparser_reader import files

        # The page behind an entry of a list may be a PDF.
        return files.read(raw if raw.kind == "file" else replace(raw, file_name="detail.pdf"))
    if not raw.body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return ReadResult(key=raw.key, reason="empty", error="The document is empty.")
    if raw.body.startswith(b"\x1f\x8b"):
        # A packed file served as it lies there, without the header that would say so.
        body = _unpacked(raw.body)
        if body is None:
            return ReadResult(
                key=raw.key,
                reason="unreadable",
                error="The document is packed (gzip) and cannot be unpacked.",
            )
        return read(replace(raw, body=body))
    decoded = decode(raw.body, raw.content_type)
    text = xml_repair.without_declaration(decoded.text)
    if raw.kind in ("page", "detail") and not text.startswith("%PDF-") and not _is_feed(text):
        from newsdigest.adapters.feedparser_reader import pages

        return pages.read(decoded, raw)
    if text[:1] in "{[":
        return json_feeds.read(text, raw, decoded.problems)
    if not xml_repair.has_root(text):
        return _no_feed(text, raw)
    text = _with_known_namespaces(text)
    text, omitted = feeds.newest(text, min(raw.max_entries, MAX_ENTRIES), raw)
    if len(text) > MAX_DECODED:
        return ReadResult(
            key=raw.key,
            reason="too_large",
            error=f"The newest entries alone have {len(text)} characters; we read at most {MAX_DECODED}.",
        )
    if (parsed := everyday_feeds.parse(text, max_author=feeds.MAX_AUTHOR)) is not None:
        return feeds.read(text, raw, decoded.problems, omitted, parsed)
    mended, problems = xml_repair.repair(text)
    return feeds.read(mended, raw, (*decoded.problems, *problems), omitted)


def _unpacked(body: bytes) -> bytes | None:
    """Return what a gzip file holds, once and up to a limit (T6); None where it is broken or too much."""
    inside = zlib.decompressobj(wbits=31)
    try:
        made = inside.decompress(body, MAX_UNPACKED)
    except zlib.error:
        return None
    return None if inside.unconsumed_tail or made.startswith(b"\x1f\x8b") else made


def _is_feed(text: str) -> bool:
    """Whether an address said to be a page gives a feed after all."""
    return xml_repair.has_root(text) and not _HTML.match(text)


def _with_known_namespaces(text: str) -> str:
    """Return the text with the namespaces of the usual extensions as they should be spelt (a slash, http)."""
    end = text.find("<item", 0, 20_000) if "<item" in text[:20_000] else 4000
    head = _NAMESPACE.sub(
        lambda match: f'{match[1]}"{_KNOWN_NAMESPACES.get(_plain_name(match[3]), match[3])}"', text[:end]
    )
    return head + text[end:]


def _plain_name(namespace: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", namespace.strip().lower()).rstrip("/#")


def _no_feed(text: str, raw: RawDocument) -> ReadResult:
    if re.match(r"(?:\s*<[?!][^>]{0,500}>)*\s*<opml\b", text[:4000], re.IGNORECASE):
        return ReadResult(
            key=raw.key,
            reason="not_a_feed",
            error="The document is a list of feeds (OPML), not a feed; `sources import` reads it.",
        )
    if _HTML.match(text) or _HTML_ANYWHERE.search(text[:4000]) or "html" in raw.content_type:
        reason, sentence = html_kinds.classify(text)
        return ReadResult(key=raw.key, reason=reason, error=sentence)
    if text.startswith("%PDF-"):
        return ReadResult(key=raw.key, reason="not_a_feed", error="The document is a PDF, not a feed.")
    if text.startswith("BEGIN:VCALENDAR"):
        return ReadResult(
            key=raw.key, reason="not_a_feed", error="The document is a calendar (iCalendar), not a feed."
        )
    # The first element: a pattern over prolog and comments backtracks exponentially (found by fuzzing).
    root = re.search(r"<([A-Za-z][\w:.-]{0,40})", text[:20_000])
    what = f"XML with the root element <{root[1]}>" if root else "neither XML nor JSON"
    return ReadResult(key=raw.key, reason="not_a_feed", error=f"The document is {what}, not a feed.")
