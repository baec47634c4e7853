"""A local web server for the sample world: honest validators, one moment at a time, a few planned faults."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

TYPES = {
    ".xml": "application/rss+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".rdf": "application/rdf+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


@dataclass(frozen=True)
class Moment:
    """One moment of the sample world: its instant and the folder whose files are new then."""

    id: str
    at: datetime
    folder: Path


class _Server(ThreadingHTTPServer):
    # All sources are asked at once; a full queue of waiting connections costs each a second.
    request_queue_size = 128
    daemon_threads = True


@dataclass
class FeedServer:
    """
    Serves the files of the present moment, older moments' files where nothing is newer.

    Attributes:
        faults: Path to the HTTP status that is answered instead.
        moment: Index of the present moment.
    """

    moments: list[Moment]
    faults: dict[str, int] = field(default_factory=dict)
    moment: int = 0

    def __enter__(self) -> FeedServer:
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, name="feed-server", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        """The port it listens on, on 127.0.0.1."""
        return int(self._server.server_address[1])

    def find(self, path: str) -> tuple[Path, datetime] | None:
        """Return the newest file for a path and the moment it came, None where there is none."""
        name = path.lstrip("/")
        for moment in reversed(self.moments[: self.moment + 1]):
            found = (moment.folder / name).resolve()
            if found.is_relative_to(moment.folder.resolve()) and found.is_file():
                return found, moment.at
        return None


def _handler(world: FeedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET and HEAD."""

        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in world.faults:
                self._answer(world.faults[path], b"planned fault of the sample world\n", "text/plain")
                return
            found = world.find(path)
            if found is None:
                self._answer(404, b"not found\n", "text/plain")
                return
            file, at = found
            body = file.read_bytes()
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            headers = {"ETag": tag, "Last-Modified": format_datetime(at.astimezone(UTC), usegmt=True)}
            if self.headers.get("If-None-Match") == tag:
                self._answer(304, b"", "", headers)
            else:
                self._answer(200, body, TYPES.get(file.suffix, "application/octet-stream"), headers)

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def _answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Stay quiet; the collector's own report says what was fetched."""

    return Handler
