"""
Reading: from the bytes of a document to entries. Never raises for what a stranger sent.

A reading is a value: documents that are no feed are an everyday outcome, with the reason in plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from newsdigest.model.entries import Document
from newsdigest.model.sources import PageRules

MAX_ENTRIES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDocument:
    """
    Bytes as fetched, with what is known of them.

    Attributes:
        key: The caller's name for it, returned with the result.
        zone: IANA name for times that name none.
        now: Bounds plausible dates (F5); aware, UTC.
        kind: `feed`; `page` (a list page, read by `page_rules` or, without them, by recognising the list);
            `detail` (the page behind an entry: one entry with its full text, by `page_rules.detail` or the
            page's article); `file` (one file of a folder: one entry).
        page_rules: Selectors of a list page.
        file_name: Name of a file; its ending says what it is.
        max_entries: The newest so many are kept, at most 5,000.
        finish: Applied to the result where it was read, so that the caller's own work on the text runs beside the
            parsing and not behind it. A function of a module, or a `partial` of one with plain arguments.
    """

    key: str
    body: bytes
    url: str = ""
    content_type: str = ""
    zone: str = "Europe/Berlin"
    now: datetime
    kind: Literal["feed", "page", "detail", "file"] = "feed"
    page_rules: PageRules | None = None
    file_name: str = ""
    max_entries: int = MAX_ENTRIES
    finish: Callable[[ReadResult], ReadResult] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """
    Either a document or an error.

    Attributes:
        error: "" or one plain sentence: what the bytes are instead of a feed.
        reason: `ok`, `empty` (no bytes), `html` and its kinds `parked`, `login`, `consent`, `bot_wall`, `error_page`,
            `not_a_feed`, `unreadable`, `too_large`, `timeout`, `container_missing` (no list where one should be).
            A feed without entries is `ok` with an empty document.
    """

    key: str
    document: Document | None = None
    error: str = ""
    reason: str = "ok"


class Reader(Protocol):
    """Reads documents in killable child processes."""

    def read(self, raw: RawDocument) -> ReadResult:
        """Return what that document says."""
        ...

    def read_all(self, raws: Iterable[RawDocument]) -> Iterator[ReadResult]:
        """Yield results, order not kept; several children work at once."""
        ...

    def close(self) -> None:
        """End the children."""
        ...


class FullText(Protocol):
    """Finds the article in a page."""

    def article(self, body: bytes, *, url: str) -> str:
        """Return the article as HTML (not cleaned), "" where none is found; raises nothing."""
        ...
