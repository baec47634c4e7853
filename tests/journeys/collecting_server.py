"""A server that misbehaves on purpose, under many host names, with a log of every request."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from newsdigest.adapters.system_clock import FixedClock


@dataclass(frozen=True)
class Asked:
    """One request: simulated instant, real seconds, and what was answered."""

    at: datetime
    real: float
    host: str
    path: str
    headers: dict[str, bytes]
    status: int
    sent: dict[str, bytes]

    @property
    def is_conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str | bytes] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    has_stray_body: bool = False


Script = Callable[["FeedHost", dict[str, bytes]], Answer]


@dataclass
class FeedHost:
    """The state a script may use: how often it was asked, and the simulated time since the start."""

    server: ScriptedServer
    host: str
    path: str
    count: int = 0

    @property
    def day(self) -> float:
        return (self.server.clock.now() - self.server.begun).total_seconds() / 86400


class _Server(ThreadingHTTPServer):
    # Of sixteen connections at once the usual queue of five loses some, and each lost one costs a second.
    request_queue_size = 128


class ScriptedServer:
    """Serves scripts by (host, path); binds to 127.0.0.1, all names lead there by `resolve`."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.begun = clock.now()
        self.scripts: dict[tuple[str, str], Script] = {}
        self.hosts: dict[tuple[str, str], FeedHost] = {}
        self.log: list[Asked] = []
        self.is_down = False
        self.most_at_once: dict[str, int] = defaultdict(int)
        self._at_once: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def __enter__(self) -> ScriptedServer:
        self._httpd = _Server(("127.0.0.1", 0), _handler(self))
        self._httpd.daemon_threads = True
        self._httpd.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients may hang up
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        return int(self._httpd.server_address[1])

    def url(self, host: str, path: str = "/feed") -> str:
        return f"http://{host}:{self.port}{path}"

    async def resolve(self, host: str, _port: int) -> Sequence[str]:
        """The names of this world all live on 127.0.0.1."""
        if self.is_down:
            raise OSError(f"{host}: no answer from the name server")
        return ["127.0.0.1"]

    def asked(self, host: str, path: str | None = None) -> list[Asked]:
        return [one for one in self.log if one.host == host and path in (None, one.path)]

    def enter(self, host: str) -> None:
        with self._lock:
            self._at_once[host] += 1
            self.most_at_once[host] = max(self.most_at_once[host], self._at_once[host])

    def leave(self, host: str) -> None:
        with self._lock:
            self._at_once[host] -= 1


def _handler(world: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0]
            world.enter(host)
            try:
                self._answer(host)
            finally:
                world.leave(host)

        def _answer(self, host: str) -> None:
            real = time.monotonic()
            headers = {name.lower(): value.encode("latin-1") for name, value in self.headers.items()}
            script = world.scripts.get((host, self.path))
            known = world.hosts.setdefault((host, self.path), FeedHost(world, host, self.path))
            answer = script(known, headers) if script else Answer(404)
            known.count += 1
            sent = {
                k.lower(): v if isinstance(v, bytes) else v.encode("latin-1")
                for k, v in answer.headers.items()
            }
            world.log.append(Asked(world.clock.now(), real, host, self.path, headers, answer.status, sent))
            if answer.delay:
                time.sleep(answer.delay)
            lines = [f"HTTP/1.1 {answer.status} Scripted".encode()]
            lines += [name.encode() + b": " + value for name, value in sent.items()]
            if answer.status != 304 and "content-length" not in sent:
                lines.append(b"content-length: %d" % len(answer.body))
            if answer.has_stray_body:
                lines.append(b"content-length: %d" % len(answer.body))
            body = answer.body if answer.status != 304 or answer.has_stray_body else b""
            try:
                self.wfile.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def rss(
    titles: Sequence[str],
    *,
    host: str = "x.example",
    extra: str = "",
    day: datetime | None = None,
    items: str = "",
) -> bytes:
    """An RSS 2.0 feed; guid and link derive from the title."""
    day = day or datetime(2026, 10, 1, 8, tzinfo=UTC)
    date = day.strftime("%a, %d %b %Y %H:%M:%S GMT")
    made = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{title.replace(' ', '-')}</guid>"
        f"<link>https://{host}/{title.replace(' ', '-')}</link><pubDate>{date}</pubDate>"
        f"<description>{title}: ein Absatz mit Text.</description></item>"
        for title in titles
    )
    return (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
        " xmlns:atom='http://www.w3.org/2005/Atom'><channel>"
        f"<title>{host}</title><link>https://{host}/</link><language>de</language>{extra}{made}{items}</channel></rss>"
    ).encode()
