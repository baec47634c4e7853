"""
The reader: documents become entries in killable child processes.

feedparser is the reader of record (feeds spec, F12). It gets clean UTF-8 as BytesIO, never a
string or a name (which it would open or fetch); its sanitiser and its relative links are off, as nh3
and our own links do that work once, in the same child. Why children: one crafted document costs
minutes of CPU inside a regular expression that holds the GIL; only a process can be stopped.

    child_pool   the children: begun by a nursery, stopped on time, renewed
    child        what runs inside them
    documents    which kind of document the bytes are
    feeds        XML feeds by feedparser
    everyday_feeds  the plain ones among them by expat alone, to the same records
    json_feeds   JSON Feed 1.0 and 1.1
    pages        list pages by CSS selectors
    files        press releases in a folder (.txt .md .html .eml .pdf .docx)
    html_kinds   what an HTML page is that came instead of a feed
"""

from __future__ import annotations

import io
import pickle
import queue
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from newsdigest.adapters.feedparser_reader.child_pool import ChildDiedError, ChildPool, ChildTimeoutError
from newsdigest.ports.reading import RawDocument, ReadResult

__all__ = ["MAX_BYTES", "FeedparserReader"]

MAX_BYTES = 10 * 1024 * 1024
AHEAD = 4
"""Documents a child drawn ahead, while the sum of their bytes stays below"""
MAX_AHEAD = 4 * 1024 * 1024
_SPOKEN = {
    "newsdigest.model.entries": {"Digest", "Document", "Entry", "Enclosure", "FeedHints", "Shape"},
    "newsdigest.model.sources": {"PageRules"},
    "newsdigest.ports.reading": {"ReadResult"},
    "datetime": {"datetime", "timedelta", "timezone"},
    "builtins": {"frozenset"},
    "copyreg": {"__newobj__", "_reconstructor"},
    "dataclasses": {"_dataclass_setstate"},
}


class FeedparserReader:
    """
    Keeps `ports.reading.Reader`. Safe to use from several threads.

    Args:
        children: How many documents are read at once.
        wall_seconds: A document that takes longer is given up.
        preload: Modules that the children get with their birth: those of `RawDocument.finish`.
    """

    def __init__(self, *, children: int = 2, wall_seconds: float = 10.0, preload: Sequence[str] = ()) -> None:
        self._children = children
        self._pool = ChildPool(size=children, wall_seconds=wall_seconds, preload=preload)

    def read(self, raw: RawDocument) -> ReadResult:
        """Return what that document says."""
        if len(raw.body) > MAX_BYTES:
            return ReadResult(
                key=raw.key,
                reason="too_large",
                error=f"The document has {len(raw.body)} bytes; we read at most {MAX_BYTES}.",
            )
        try:
            answer = self._pool.call(pickle.dumps(raw, pickle.HIGHEST_PROTOCOL))
        except ChildTimeoutError:
            return ReadResult(
                key=raw.key, reason="timeout", error="The document took too long to read and was given up."
            )
        except ChildDiedError as error:
            return ReadResult(
                key=raw.key, reason="unreadable", error=f"The document could not be read: {error}"
            )
        return _spoken(raw.key, answer)

    def read_all(self, raws: Iterable[RawDocument]) -> Iterator[ReadResult]:
        """
        Yield results as they come; documents are drawn lazily.

        Drawn ahead are as many as keep the children busy while the caller stores what it got,
        and fewer where they are big: memory does not grow with what strangers send.
        """
        done: queue.SimpleQueue[Future[ReadResult]] = queue.SimpleQueue()
        under_way = ahead = 0
        with ThreadPoolExecutor(self._children, thread_name_prefix="reader") as threads:
            for raw in raws:
                future = threads.submit(self.read, raw)
                future.size = len(raw.body)  # type: ignore[attr-defined]
                future.add_done_callback(done.put)
                ahead += len(raw.body)
                under_way += 1
                while under_way and (ahead > MAX_AHEAD or under_way >= AHEAD * self._children):
                    future = done.get()
                    ahead -= future.size  # type: ignore[attr-defined]
                    under_way -= 1
                    yield future.result()
            for _ in range(under_way):
                yield done.get().result()

    def close(self) -> None:
        """End the children."""
        self._pool.close()


class _Unpickler(pickle.Unpickler):
    """Builds our own records only: what a child sends was made from a stranger's bytes."""

    def find_class(self, module: str, name: str) -> Any:
        if name not in _SPOKEN.get(module, ()):
            raise pickle.UnpicklingError(f"a child sent {module}.{name}")
        return super().find_class(module, name)


def _spoken(key: str, answer: bytes) -> ReadResult:
    try:
        result = _Unpickler(io.BytesIO(answer)).load()
    except Exception:  # whatever a broken answer raises, the document is unreadable
        result = None
    if isinstance(result, ReadResult) and result.key == key:
        return result
    return ReadResult(
        key=key, reason="unreadable", error="The document could not be read: its reader sent a broken answer."
    )
