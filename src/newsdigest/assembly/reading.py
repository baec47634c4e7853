"""Reading without a workspace: the reader itself, and files as the collector would read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from newsdigest.adapters.system_clock import SystemClock
from newsdigest.ports.reading import RawDocument, Reader, ReadResult

# These are press releases as they lie in a folder; .txt and .html may as well be a feed under a wrong name.
PRESS_FILES = frozenset({".md", ".eml", ".pdf", ".docx"})
ALL_ENTRIES = 5000


def new_reader(*, children: int = 2) -> Reader:
    """Return a reader with children of its own; the caller closes it."""
    from newsdigest.adapters.feedparser_reader import FeedparserReader

    return FeedparserReader(children=children)


def read_files(
    paths: Sequence[Path], *, url: str = "", content_type: str = "", as_press: bool = False
) -> Iterator[tuple[Path, ReadResult]]:
    """
    Yield what each file says, in order; a file that cannot be opened is a result with an error.

    All entries are given, where collecting keeps the newest 300: whoever reads a file by hand wants to see them.
    """
    reader = new_reader()
    now = SystemClock().now()
    try:
        for path in paths:
            try:
                body = path.read_bytes()
            except OSError as error:
                yield (
                    path,
                    ReadResult(
                        key=str(path),
                        reason="unreadable",
                        error=f"The file cannot be opened: {error.strerror}.",
                    ),
                )
                continue
            is_press = as_press or path.suffix.lower() in PRESS_FILES
            yield (
                path,
                reader.read(
                    RawDocument(
                        key=str(path),
                        body=body,
                        url=url,
                        content_type=content_type,
                        now=now,
                        max_entries=ALL_ENTRIES,
                        kind="file" if is_press else "feed",
                        file_name=path.name,
                    )
                ),
            )
    finally:
        reader.close()
