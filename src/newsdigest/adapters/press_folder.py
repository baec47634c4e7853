"""A folder of press releases on disk: its files as raw documents, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from newsdigest.model.sources import Source
from newsdigest.ports.reading import RawDocument

SUFFIXES = frozenset({".txt", ".md", ".html", ".htm", ".eml", ".pdf", ".docx"})
MAX_FILES = 2_000
MAX_BYTES = 10 * 1024 * 1024


class PressFolder:
    """
    Lists folders.

    Args:
        base: What relative paths of sources are relative to (the workspace).
    """

    def __init__(self, base: Path) -> None:
        self._base = base

    def documents(self, source: Source, *, now: datetime) -> Iterator[RawDocument]:
        """
        Yield the files of the source's folder, each to become one entry.

        Hidden files, other kinds of files and links that lead out of the folder do not count.

        Raises:
            OSError: There is no such folder, or it may not be read.
        """
        folder = (self._base / source.url.removeprefix("file://")).resolve()
        found = sorted(path for path in folder.iterdir() if self._counts(path, folder))
        for path in found[-MAX_FILES:]:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield RawDocument(
                key=path.name, body=path.read_bytes(), zone=source.zone, now=max(now, written), kind="file",
                file_name=path.name,
            )  # fmt: skip

    @staticmethod
    def _counts(path: Path, folder: Path) -> bool:
        if path.name.startswith((".", "~")) or path.suffix.lower() not in SUFFIXES:
            return False
        inside = path.resolve().is_relative_to(folder)
        return inside and path.is_file() and path.stat().st_size <= MAX_BYTES
