"""The fetcher against hostile servers: each case ends in time, within memory, with a plain sentence."""

from __future__ import annotations

import contextlib
import gzip
import os
import resource
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from tests.journeys.collecting_server import Answer, ScriptedServer

from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
from newsdigest.adapters.httpx_fetcher import HttpxFetcher
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.ports.fetching import FetchAnswer, FetchProblem, FetchRequest
from newsdigest.settings import sentences
from newsdigest.settings.workspace import shipped

DEADLINE = 1.5
Talk = Callable[[socket.socket], None]


class RawServer:
    """Speaks to one client as a script says, byte for byte; gives up when hung up on."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(client,), daemon=True).start()

    def _speak(self, client: socket.socket) -> None:
        client.settimeout(10)
        try:
            client.recv(65536)
            self._talk(client)
        except OSError:
            pass
        finally:
            client.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def fetcher() -> Iterator[HttpxFetcher]:
    guard = GuardedNetwork(allow=["127.0.0.1/32"])
    made = HttpxFetcher(
        open_pools=lambda: open_transports(guard, count=1, connections=8), user_agent="test", host_interval=0
    )
    yield made
    made.close()


def ask(fetcher: HttpxFetcher, talk: Talk, **facts: object) -> FetchAnswer:
    server = RawServer(talk)
    try:
        return fetcher.fetch(
            FetchRequest(key="x", url=f"http://127.0.0.1:{server.port}/", timeout_seconds=DEADLINE, **facts)  # type: ignore[arg-type]
        )
    finally:
        server.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


def for_ever(piece: bytes, pause: float = 0.0, first: bytes = b"") -> Talk:
    def talk(client: socket.socket) -> None:
        client.sendall(first)
        end = time.monotonic() + 8
        while time.monotonic() < end:
            client.sendall(piece)
            if pause:
                time.sleep(pause)

    return talk


def once(data: bytes) -> Talk:
    return lambda client: client.sendall(data)


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1024 * 1024)
    return b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()


def twice(data: bytes) -> bytes:
    return gzip.compress(gzip.compress(data))


CASES: dict[str, tuple[Talk, FetchProblem]] = {
    "dripping_body": (for_ever(b"x", 0.2, HEAD + b"\r\n"), FetchProblem.TIMEOUT),
    "dripping_headers": (for_ever(b"X-A: b\r\n", 0.2, b"HTTP/1.1 200 OK\r\n"), FetchProblem.TIMEOUT),
    "endless_headers": (for_ever(b"X-A: " + b"b" * 1000 + b"\r\n", 0, b"HTTP/1.1 200 OK\r\n"), FetchProblem.PROTOCOL),
    "endless_103": (for_ever(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.001), FetchProblem.TIMEOUT),
    "silent": (lambda client: time.sleep(4), FetchProblem.TIMEOUT),
    "endless_body": (for_ever(b"x" * 65536, 0, HEAD + b"\r\n"), FetchProblem.TOO_LARGE),
    "endless_chunks": (for_ever(b"1\r\nx\r\n", 0, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), FetchProblem.TIMEOUT),
    "declared_too_large": (once(HEAD + b"Content-Length: 99999999999\r\n\r\n"), FetchProblem.TOO_LARGE),
    "gzip_bomb": (once(HEAD + b"Content-Encoding: gzip\r\n\r\n" + bomb()), FetchProblem.TOO_LARGE),
    "deflate_bomb": (
        once(HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(bytes(64 * 1024 * 1024), 9)),
        FetchProblem.TOO_LARGE,
    ),
    "brotli_unasked": (once(HEAD + b"Content-Encoding: br\r\n\r\n" + b"\x1b" * 800), FetchProblem.BAD_ENCODING),
    "two_codings": (once(HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + twice(b"x")), FetchProblem.BAD_ENCODING),
    "broken_gzip": (once(HEAD + b"Content-Encoding: gzip\r\n\r\nno gzip at all"), FetchProblem.BAD_ENCODING),
    "half_a_gzip": (
        once(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(os.urandom(9000))[:4000]),
        FetchProblem.BAD_ENCODING,
    ),
    "half_a_body": (once(HEAD + b"Content-Length: 100\r\n\r\nhalf"), FetchProblem.PROTOCOL),
    "no_http": (once(b"220 mail.example ESMTP\r\n"), FetchProblem.PROTOCOL),
    "hangs_up": (lambda client: None, FetchProblem.PROTOCOL),
    "bad_location": (once(b"HTTP/1.1 302 x\r\nLocation: javascript:alert(1)\r\n\r\n"), FetchProblem.BAD_URL),
    "file_location": (once(b"HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\n\r\n"), FetchProblem.BAD_URL),
    "endless_redirects": (once(b"HTTP/1.1 302 x\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"), FetchProblem.TOO_MANY_HOPS),
    "endless_redirect_body": (
        for_ever(b"x" * 65536, 0, b"HTTP/1.1 302 x\r\nLocation: /again\r\n\r\n"),
        FetchProblem.TOO_MANY_HOPS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_hostile_server_is_a_problem_in_words(fetcher: HttpxFetcher, case: str):
    """No server holds us beyond the deadline, and none costs more than 32 MiB (T6, T9)."""
    talk, problem = CASES[case]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = ask(fetcher, talk)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert answer.problem is problem
    assert answer.detail
    assert grown < 32 * 1024, f"{grown} KiB"


def test_error_page_is_cut(fetcher: HttpxFetcher):
    """The page of an error is read to its beginning only, to tell a bot wall."""
    answer = ask(fetcher, for_ever(b"y" * 65536, 0, b"HTTP/1.1 503 x\r\n\r\n"))
    assert answer.problem is FetchProblem.STATUS
    assert len(answer.body) <= 16 * 1024


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        (b"gzip", gzip.compress(b"<rss/>" * 50)),
        (b"gzip", gzip.compress(b"<rss/>" * 20) + gzip.compress(b"<rss/>" * 30)),
        (b"deflate", zlib.compress(b"<rss/>" * 50)),
        (b"deflate", zlib.compress(b"<rss/>" * 50)[2:-4]),
        (b"gzip", gzip.compress(b"<rss/>" * 50) + b"\0" * 20),
        (b"identity", b"<rss/>" * 50),
    ],
    ids=["gzip", "two_members", "deflate", "raw_deflate", "padding", "identity"],
)
def test_honest_packing_is_unpacked(fetcher: HttpxFetcher, coding: bytes, packed: bytes):
    """What servers really send is read."""
    length = b"Content-Length: %d\r\n" % len(packed)
    answer = ask(fetcher, once(HEAD + length + b"Content-Encoding: " + coding + b"\r\n\r\n" + packed))
    assert (answer.problem, answer.body) == (None, b"<rss/>" * 50)


def test_exactly_the_cap_passes(fetcher: HttpxFetcher):
    """The cap is a cap: one byte more is an error and never a truncation."""
    talk = once(HEAD + b"Connection: close\r\n\r\n" + b"x" * 1000)
    assert ask(fetcher, talk, max_bytes=1000).body == b"x" * 1000
    assert ask(fetcher, talk, max_bytes=999).problem is FetchProblem.TOO_LARGE
    assert ask(fetcher, talk, max_bytes=999, is_beginning_enough=True).body == b"x" * 999


def test_validators_are_bytes(fetcher: HttpxFetcher):
    """A validator beyond ASCII is echoed byte for byte (H3)."""
    seen: list[bytes] = []

    def talk(client: socket.socket) -> None:
        client.sendall(
            b'HTTP/1.1 200 OK\r\nETag: "gr\xc3\xbcn\xff"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx'
        )

    first = ask(fetcher, talk)
    assert first.headers["etag"] == b'"gr\xc3\xbcn\xff"'
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        client, _ = server.accept()
        seen.append(client.recv(65536))
        client.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        client.close()

    threading.Thread(target=listen, daemon=True).start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    answer = fetcher.fetch(FetchRequest(key="x", url=url, etag=first.headers["etag"]))
    server.close()
    assert answer.status == 304
    assert b'If-None-Match: "gr\xc3\xbcn\xff"\r\n' in seen[0]


def test_many_requests_are_drawn_lazily(fetcher: HttpxFetcher):
    """Requests are drawn a window ahead at most, and each gets one answer."""
    clock = FixedClock(datetime(2026, 10, 5, tzinfo=UTC))
    drawn = 0
    most_ahead = 0
    answered = 0
    with ScriptedServer(clock) as server:
        server.scripts["127.0.0.1", "/feed"] = lambda _f, _a: Answer(200, {}, b"<rss/>")

        def requests() -> Iterator[FetchRequest]:
            nonlocal drawn, most_ahead
            for number in range(400):
                drawn += 1
                most_ahead = max(most_ahead, drawn - answered)
                yield FetchRequest(key=str(number), url=server.url("127.0.0.1"))

        for answer in fetcher.fetch_all(requests()):
            answered += 1
            assert answer.status == 200
    assert (answered, drawn) == (400, 400)
    assert most_ahead <= 65


def _shake_hands(server: ssl.SSLSocket) -> None:
    """Let one client try; it hangs up as it does not trust the certificate."""
    with contextlib.suppress(OSError):
        server.accept()


def test_a_failed_connection_is_told_by_its_cause(
    fetcher: HttpxFetcher, relay_certificate: tuple[ssl.SSLContext, str]
):
    """Not "All connection attempts failed" or an OpenSSL code: what a webmaster can look at, in German too."""
    german = sentences.Sentences("de", sentences.load((shipped("templates"),), "de"), lambda _key: None)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = unused.getsockname()[1]
    with (
        contextlib.closing(RawServer(lambda client: client.sendall(b"HTTP/1.1 400 x\r\n\r\n"))) as plain,
        contextlib.closing(RawServer(lambda _client: None)) as mute,
        contextlib.closing(socket.create_server(("127.0.0.1", 0))) as bare,
    ):
        listening = relay_certificate[0].wrap_socket(bare, server_side=True)
        threading.Thread(target=_shake_hands, args=(listening,), daemon=True).start()
        told = {
            f"http://127.0.0.1:{closed}/": "the server cannot be reached: it refuses the connection",
            f"http://127.0.0.1:{mute.port}/": "the answer breaks off or is no HTTP: ",
            f"https://127.0.0.1:{plain.port}/": "the encrypted connection failed: there is no TLS at this port; ",
            f"https://127.0.0.1:{listening.getsockname()[1]}/": (
                "the encrypted connection failed: the certificate is signed by the server itself"
            ),
        }
        for url, words in told.items():
            detail = fetcher.fetch(FetchRequest(key="x", url=url, timeout_seconds=DEADLINE)).detail
            assert detail.startswith(words)
            assert german.whole(detail) is not None
        listening.close()
