"""The guard (T4): no form of a forbidden address, by any path, ends in a connection."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.journeys.collecting_server import Answer, ScriptedServer

from newsdigest.adapters.feedparser_reader import FeedparserReader
from newsdigest.adapters.guarded_network import GuardedNetwork, is_public, open_transports
from newsdigest.adapters.httpx_fetcher import HttpxFetcher
from newsdigest.adapters.image_copier import ImageCopier
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.collecting import explore
from newsdigest.model.items import Image
from newsdigest.ports.fetching import FetchProblem, FetchRequest

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)

FORMS = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
    "017700000001", "0x7f.1", "127.0.0.1.", "0", "0.0.0.0", "00.0.0.0", "10.0.0.1", "10.255.255.255", "012.0.0.1",
    "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1", "169.254.169.254", "169.254.1.1", "0xa9fea9fe",
    "2852039166", "100.64.0.1", "100.127.255.254", "192.0.0.1", "192.0.0.170", "192.0.2.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "192.88.99.1", "192.31.196.1", "192.52.193.1", "192.175.48.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[fe80::1]",
    "[fec0::1]", "[fc00::1]", "[fd12:3456:789a::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::1]", "[2001:0:7f00:1::]", "[2001:db8::1]",
    "[2001:10::1]", "[2001:20::1]", "[2001:2::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[2620:4f:8000::1]",
    "localhost", "LOCALHOST", "localhost.", "ip6-localhost",
]  # fmt: skip
"""Every one leads, or would by some resolver lead, to an address that is not public."""


class Sink:
    """Listens on the loopback and counts who comes."""

    def __init__(self) -> None:
        self.connections = 0
        self._sockets = [self._listen(socket.AF_INET, "127.0.0.1", 0)]
        self.port = int(self._sockets[0].getsockname()[1])
        with contextlib.suppress(OSError):  # no IPv6 here
            self._sockets.append(self._listen(socket.AF_INET6, "::1", self.port))
        for one in self._sockets:
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()

    @staticmethod
    def _listen(family: int, host: str, port: int) -> socket.socket:
        made = socket.socket(family)
        made.bind((host, port))
        made.listen(50)
        return made

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                came, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            came.close()

    def close(self) -> None:
        for one in self._sockets:
            one.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


def fetcher(*, allow: Sequence[str] = (), resolver: object = None) -> HttpxFetcher:
    guard = GuardedNetwork(allow=allow, **({"resolver": resolver} if resolver else {}))  # type: ignore[arg-type]
    return HttpxFetcher(
        open_pools=lambda: open_transports(guard, count=1, connections=8), user_agent="t", host_interval=0
    )


REFUSALS = {FetchProblem.REFUSED_ADDRESS, FetchProblem.BAD_URL, FetchProblem.DNS}


def test_there_are_enough_forms():
    """The promise is at least 60 forms."""
    assert len(FORMS) >= 60


def test_direct(sink: Sink):
    """A source's own address."""
    going = fetcher()
    answers = list(
        going.fetch_all(FetchRequest(key=form, url=f"http://{form}:{sink.port}/") for form in FORMS)
    )
    going.close()
    assert {answer.problem for answer in answers} <= REFUSALS
    assert sink.connections == 0


def test_redirect(sink: Sink):
    """A public server that sends us on into the house."""
    clock = FixedClock(NOW)
    with ScriptedServer(clock) as server:
        going = fetcher(allow=[f"127.0.0.1/32:{server.port}"], resolver=_only(server))
        for number, form in enumerate(FORMS):
            server.scripts["out.example", f"/{number}"] = lambda _f, _a, form=form: Answer(
                302, {"Location": f"http://{form}:{sink.port}/"}
            )  # type: ignore[misc]
        answers = list(
            going.fetch_all(
                FetchRequest(key=str(n), url=server.url("out.example", f"/{n}")) for n in range(len(FORMS))
            )
        )
        going.close()
    assert {answer.problem for answer in answers} <= REFUSALS
    assert sink.connections == 0


def _only(server: ScriptedServer) -> object:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if host.endswith(".example"):
            return await server.resolve(host, port)
        return ["127.0.0.1"]

    return resolve


def test_rebinding(sink: Sink):
    """A name whose answers change, or hold one bad address among good ones: no second answer is asked for."""
    bad = [str(ipaddress.ip_address(form.strip("[]"))) for form in FORMS if _is_address(form)]
    asked: dict[str, int] = {}

    async def resolve(host: str, _port: int) -> Sequence[str]:
        number = int(host.partition(".")[0].removeprefix("n"))
        asked[host] = asked.get(host, 0) + 1
        return ["93.184.215.14", bad[number]]

    going = fetcher(resolver=resolve)
    answers = list(
        going.fetch_all(
            FetchRequest(key=str(n), url=f"http://n{n}.example:{sink.port}/") for n in range(len(bad))
        )
    )
    going.close()
    assert {answer.problem for answer in answers} == {FetchProblem.REFUSED_ADDRESS}
    assert set(asked.values()) == {1}
    assert sink.connections == 0


def _is_address(form: str) -> bool:
    try:
        ipaddress.ip_address(form.strip("[]"))
    except ValueError:
        return False
    return True


def test_the_checked_address_is_dialled():
    """A second, different DNS answer changes nothing: it is never asked for."""
    clock = FixedClock(NOW)
    with ScriptedServer(clock) as server:
        server.scripts["a.example", "/"] = lambda _f, _a: Answer(200, {}, b"x")
        answers = iter([["127.0.0.1"], ["127.0.0.99"]])

        async def resolve(_host: str, _port: int) -> Sequence[str]:
            return next(answers)

        going = fetcher(allow=[f"127.0.0.1/32:{server.port}"], resolver=resolve)
        answer = going.fetch(FetchRequest(key="a", url=server.url("a.example", "/")))
        going.close()
    assert (answer.status, answer.body) == (200, b"x")


def test_discovery(sink: Sink):
    """A home page that names feeds inside the house."""
    clock = FixedClock(NOW)
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="News {n}" href="http://{form}:{sink.port}/feed.xml">'
        for n, form in enumerate(FORMS)
    )
    reader = FeedparserReader(children=1)
    with ScriptedServer(clock) as server:
        going = fetcher(allow=[f"127.0.0.1/32:{server.port}"], resolver=_only(server))
        for start in range(0, len(FORMS), 6):
            part = "".join(links.split("<link")[0:1]) + "".join(
                f"<link{link}" for link in links.split("<link")[1 + start : 7 + start]
            )
            page = f"<html><head>{part}</head><body></body></html>".encode()
            server.scripts["home.example", f"/{start}/"] = lambda _f, _a, page=page: Answer(
                200, {"Content-Type": "text/html"}, page
            )  # type: ignore[misc]
            report = explore.discover(
                server.url("home.example", f"/{start}/"), fetcher=going, reader=reader, now=NOW
            )
            assert not report.found
        going.close()
    reader.close()
    assert sink.connections == 0


def test_image(sink: Sink, tmp_path: Path):
    """The picture of an item."""
    going = fetcher()
    copier = ImageCopier(folder=tmp_path, fetcher=going)
    copies = [copier.copy(Image(url=f"http://{form}:{sink.port}/a.png")) for form in FORMS]
    going.close()
    assert not any(copy.stored_as for copy in copies)
    assert sink.connections == 0


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "1.1.1.1", "2a00:1450:4001::1"]
)
def test_public_addresses_pass(address: str):
    """What is public is let through."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("allow", "address", "port", "passes"),
    [
        ("127.0.0.1/32", "127.0.0.1", 80, True),
        ("127.0.0.1/32:8801", "127.0.0.1", 8801, True),
        ("127.0.0.1/32:8801", "127.0.0.1", 22, False),
        ("10.1.0.0/16", "10.1.2.3", 443, True),
        ("10.1.0.0/16", "10.2.2.3", 443, False),
        ("[fd00::/8]:443", "fd00::5", 443, True),
        ("127.0.0.1/32", "::ffff:127.0.0.1", 80, False),
    ],
)
def test_exceptions_are_as_narrow_as_written(allow: str, address: str, port: int, passes: bool):
    """`network.allow` opens a network, or one port of it, and nothing beside."""
    assert GuardedNetwork(allow=[allow]).permits(ipaddress.ip_address(address), port) is passes


def test_local_sockets_are_refused():
    """No feed lives behind a unix socket."""
    with pytest.raises(Exception, match="local sockets"):
        asyncio.run(GuardedNetwork().connect_unix_socket("/tmp/x"))
