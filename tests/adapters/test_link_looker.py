"""Links against real sockets: HEAD first, GET where HEAD lies, verdicts readers would agree with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
from newsdigest.adapters.httpx_fetcher import HttpxFetcher
from newsdigest.adapters.link_looker import GuardedLinkLooker
from newsdigest.model.links import LinkLook, LinkState

AT = datetime(2026, 3, 11, 12, tzinfo=UTC)


class Site(BaseHTTPRequestHandler):
    """Answers by path: `/404`, `/head-405` (no HEAD here), `/to-home`, `/to-page`, anything else is a page."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def do_HEAD(self) -> None:
        self._answer(405 if self.path == "/head-405" else 404 if self.path == "/head-404" else 0)

    def do_GET(self) -> None:
        self._answer(0)

    def _answer(self, forced: int) -> None:
        self.seen.append((self.command, self.path))
        moved = {"/to-home": "/", "/to-page": "/seite"}.get(self.path)
        status = forced or (302 if moved else int(self.path[1:]) if self.path[1:].isdigit() else 200)
        self.send_response(status)
        if moved:
            self.send_header("Location", moved)
        body = b"<title>Seite</title>" * 5000
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Site.seen.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def looker() -> Iterator[GuardedLinkLooker]:
    guard = GuardedNetwork(allow=["127.0.0.1/32"])
    fetcher = HttpxFetcher(
        open_pools=lambda: open_transports(guard, count=1, connections=4), user_agent="newsdigest/test",
        host_interval=0.0,
    )  # fmt: skip
    yield GuardedLinkLooker(fetcher)
    fetcher.close()


def one(looker: GuardedLinkLooker, url: str) -> LinkLook:
    (look,) = looker.look([url], at=AT)
    return look


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("/seite", LinkState.ALIVE), ("/404", LinkState.DEAD), ("/410", LinkState.DEAD), ("/403", LinkState.UNSURE),
        ("/429", LinkState.UNSURE), ("/500", LinkState.UNREACHABLE), ("/to-home", LinkState.MOVED_HOME),
        ("/to-page", LinkState.ALIVE), ("/head-405", LinkState.ALIVE), ("/head-404", LinkState.ALIVE),
    ],
)  # fmt: skip
def test_verdicts(site: str, looker: GuardedLinkLooker, path: str, state: LinkState):
    """What a reader would meet; a server that turns programs away proves nothing."""
    look = one(looker, site + path)
    assert (look.state, look.at) == (state, AT)


def test_a_living_page_costs_one_head(site: str, looker: GuardedLinkLooker):
    """No body is asked for where the headers say enough."""
    one(looker, f"{site}/seite")
    assert Site.seen == [("HEAD", "/seite")]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/", "cannot be reached"),
        ("http://10.0.0.1/x", "not a public address"),
        ("http://gibt-es-nicht.invalid/x", ""),
    ],
)
def test_nobody_there(looker: GuardedLinkLooker, url: str, words: str):
    """Closed doors, private addresses (never dialled) and unknown names: unreachable, with the reason."""
    look = one(looker, url)
    assert look.state is LinkState.UNREACHABLE
    assert words in look.detail


def test_time_is_bounded(site: str):
    """What has no turn within the run is left for the next one."""
    ticks = iter([0.0, 0.0, 100.0, 100.0, 100.0, 100.0])
    guard = GuardedNetwork(allow=["127.0.0.1/32"])
    fetcher = HttpxFetcher(
        open_pools=lambda: open_transports(guard, count=1, connections=4), user_agent="x", host_interval=0.0
    )
    looker = GuardedLinkLooker(fetcher, seconds=50.0, elapsed=lambda: next(ticks))
    assert [look.url for look in looker.look([f"{site}/a", f"{site}/b"], at=AT)] == [f"{site}/a"]
    fetcher.close()
