"""Which kind of document the bytes are, and who reads it."""

from __future__ import annotations

import re
from dataclasses import replace

from newsdigest.adapters.feedparser_reader import feeds, html_kinds, json_feeds
from newsdigest.ports.reading import RawDocument, ReadResult
from newsdigest.text import xml_repair
from newsdigest.text.decoding import decode

# A hostile feed may be all markup: what is left after decoding and cutting is bounded again.
MAX_DECODED = 5 * 1024 * 1024
MAX_ENTRIES = 5000
_HTML = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*+-->\s*)*+<(?:!doctype\s+html|html|head|body|script|meta|div|p|center|h1|br)\b",
    re.IGNORECASE | re.DOTALL,
)
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
    decoded = decode(raw.body, raw.content_type)
    text = xml_repair.without_declaration(decoded.text)
    if raw.kind in ("page", "detail") and not text.startswith("%PDF-") and not _is_feed(text):
        from newsdigest.adapters.feedparser_reader import pages

        return pages.read(decoded, raw)
    if text[:1] in "{[":
        return json_feeds.read(text, raw, decoded.problems)
    if not xml_repair.has_root(text):
        return _no_feed(text, raw)
    text, omitted = feeds.newest(text, min(raw.max_entries, MAX_ENTRIES), raw)
    if len(text) > MAX_DECODED:
        return ReadResult(
            key=raw.key,
            reason="too_large",
            error=f"The newest entries alone have {len(text)} characters; we read at most {MAX_DECODED}.",
        )
    mended, problems = xml_repair.repair(text)
    return feeds.read(mended, raw, (*decoded.problems, *problems), omitted)


def _is_feed(text: str) -> bool:
    """Whether an address said to be a page gives a feed after all."""
    return xml_repair.has_root(text) and not _HTML.match(text)


def _no_feed(text: str, raw: RawDocument) -> ReadResult:
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
