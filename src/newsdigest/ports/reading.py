"""Reading: from the bytes of a document to entries. Never raises for what a stranger sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from newsdigest.model.entries import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDocument:
    """Bytes as fetched, with what is known of them. `now` bounds plausible dates."""

    key: str
    body: bytes
    url: str = ""
    content_type: str = ""
    zone: str = "Europe/Berlin"
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """
    Either a document or an error.

    Attributes:
        error: "" or one plain sentence: what the bytes are instead of a feed.
        reason: `ok`, `empty`, `html`, `not_a_feed`, `unreadable`, `too_large`, `timeout`.
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
