"""
A folder of press releases as a source: its files become one document, newest first.

The files themselves are read by the reader's children, as a stranger's PDF may take for ever. Hidden
files and partial uploads do not count; links are not followed out of the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from newsdigest.model.entries import Document, Entry
from newsdigest.ports.reading import RawDocument, Reader, ReadResult
from newsdigest.text import folder_names

ENDINGS = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".eml", ".pdf", ".docx"})
MAX_FILES = 1000
MAX_BYTES = 10 * 1024 * 1024
_PARTIAL = (".part", ".tmp", ".crdownload", "~")


class FolderReader:
    """Reads a folder by way of a `Reader`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(
        self, folder: Path, *, key: str, now: datetime, zone: str = "Europe/Berlin", max_entries: int = 300
    ) -> ReadResult:
        """
        Return the folder's document. A file that cannot be read is a line in its problems, not the end.

        A file without a date in it is dated by its last change.
        """
        if not folder.is_dir():
            return ReadResult(
                key=key,
                reason="not_a_feed",
                error=f"The folder {folder} does not exist; make it or mend the source.",
            )
        try:
            files = sorted(_files(folder), key=lambda pair: pair[1], reverse=True)
        except OSError as error:
            return ReadResult(
                key=key, reason="unreadable", error=f"The folder {folder} cannot be read: {error.strerror}."
            )
        changed = {path.relative_to(folder).as_posix(): moment for path, moment in files}
        entries: dict[str, Entry] = {}
        problems: list[str] = []
        for result in self._reader.read_all(_raws(folder, files[:max_entries], now, zone, problems)):
            problems += [f"{result.key}: {result.error}"] if result.error else []
            for entry in result.document.entries if result.document else ():
                dated = entry if entry.published else _dated(entry, min(changed[result.key], now))
                entries[result.key] = replace(dated, organisation=folder_names.organisation(Path(result.key)))
        ordered = sorted(entries.items(), key=lambda pair: (pair[1].published or now, pair[0]), reverse=True)
        return ReadResult(
            key=key,
            document=Document(
                format="folder",
                title=folder.name,
                entries=tuple(entry for _, entry in ordered),
                problems=tuple(sorted(problems)),
                total_entries=len(files),
            ),
        )


def _files(folder: Path) -> Iterator[tuple[Path, datetime]]:
    for number, path in enumerate(sorted(folder.rglob("*"))):
        inner = path.relative_to(folder)
        if number >= MAX_FILES * 10:
            return
        if (
            any(part.startswith(".") for part in inner.parts)
            or path.name.endswith(_PARTIAL)
            or path.is_symlink()
            or not path.is_file()
        ):
            continue
        if path.suffix.lower() in ENDINGS:
            yield path, datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _raws(
    folder: Path, files: list[tuple[Path, datetime]], now: datetime, zone: str, problems: list[str]
) -> Iterator[RawDocument]:
    for path, _moment in files[:MAX_FILES]:
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > MAX_BYTES:
                problems.append(f"{name}: The file is larger than {MAX_BYTES} bytes and was left out.")
                continue
            body = path.read_bytes()
        except OSError as error:
            problems.append(f"{name}: The file cannot be opened: {error.strerror}.")
            continue
        yield RawDocument(key=name, body=body, kind="file", file_name=name, zone=zone, now=now)


def _dated(entry: Entry, moment: datetime) -> Entry:
    return replace(entry, published=moment)
