"""
The published files, served: brought up to date when an edition or a takedown changed.

The folder is the same that `newsdigest publish` writes and a plain web server may serve. Looking
whether anything changed reads states only, at most every two seconds; publishing writes files and
no row (T17).
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsdigest import logs
from newsdigest.errors import NewsdigestError
from newsdigest.web.conditional import Content

if TYPE_CHECKING:
    from newsdigest.assembly import Assembly
    from newsdigest.publishing.archive import ArchivedEdition

log = logs.get_logger(__name__)

TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
SHARED = ("feeds", "embed", "opml", "images")
"""Other sites may load these; pictures stand in mails that a webmail shows."""
FOR_EVER = 365 * 86400  # seconds; a picture's name is made of its content
LOOK_EVERY = 2.0  # seconds


class SiteFiles:
    """The files of one workspace's site; thread-safe."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._lock = threading.Lock()
        self._state: str | None = None
        self._looked = 0.0
        self._archive: dict[str, tuple[ArchivedEdition, ...]] = {}
        self._archive_state: str | None = None

    def content(self, *parts: str) -> Content | None:
        """Return the file of that place in the site, None where there is none."""
        if any(part.startswith(".") or "/" in part or "\\" in part or "\0" in part for part in parts):
            return None
        self.refresh()
        path: Path = self._assembly.site_folder.joinpath(*parts)
        kind = TYPES.get(path.suffix)
        if kind is None:
            return None
        try:
            body = path.read_bytes()
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            return None
        is_picture = parts[0] == "images"
        return Content(
            body=body, type=kind, changed=changed, is_shared=parts[0] in SHARED, is_fixed=is_picture,
            max_age=FOR_EVER if is_picture else Content.max_age,
        )  # fmt: skip

    def archive(self, language: str) -> tuple[ArchivedEdition, ...]:
        """Return the archive of a language, newest first."""
        self.refresh()
        with self._lock:
            if self._archive_state != self._state:
                self._archive = self._assembly.archive()
                self._archive_state = self._state
            return self._archive.get(language, ())

    def refresh(self) -> None:
        """Publish when something changed since we last did; a failure leaves the files of before."""
        if time.monotonic() - self._looked < LOOK_EVERY and self._state is not None:
            return
        with self._lock:
            if time.monotonic() - self._looked < LOOK_EVERY and self._state is not None:
                return
            try:
                state = self._assembly.site_state()
                if state != self._state:
                    self._assembly.publish_report()
                    self._state = state
            except (NewsdigestError, OSError) as error:
                log.warning("site_not_refreshed", reason=str(error))
            self._looked = time.monotonic()
