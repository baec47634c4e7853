"""
The guard: no connection to an address that is not public.

A host is resolved once, refused if any of its addresses is forbidden, and the checked
address itself is dialled: a second DNS answer is never asked for (rebinding). TLS still
gets the host's name, so SNI and the certificate stay right. As the check stands in the
network backend, every path passes it: feeds, redirects, discovery, pages, images.

`ipaddress.is_global` was refused as the rule: it passes NAT64, 6to4 and multicast.

Sources: IANA special-purpose address registries (IPv4 and IPv6), RFC 6890.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore
import httpcore._synchronization
import httpx

from newsdigest.ports.fetching import AddressRefusedError

# Our loop is asyncio's. httpcore finds that out anew for every lock by trying to import a package that is
# not installed: four searches of the whole path a request, a quarter of its time.
httpcore._synchronization.current_async_library = lambda: "asyncio"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_FORBIDDEN_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_FORBIDDEN_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
# Whatever a C library's inet_aton might take for an IPv4 address: decimal, octal, hexadecimal, short forms.
_NUMBER_LIKE = re.compile(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}\.?", re.IGNORECASE)
MAX_TRIES = 3


@dataclass(frozen=True)
class Allowed:
    """One exception from the rule, for an intranet or a test: a network, and a port or any."""

    network: Network
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Allowed:
        """Return the exception written `CIDR` or `CIDR:port` (IPv6 in brackets where a port follows)."""
        if text.startswith("["):
            inside, _, port = text[1:].partition("]")
            return cls(ipaddress.ip_network(inside), int(port[1:]) if port[1:] else None)
        if text.count(":") == 1:
            text, _, port = text.partition(":")
            return cls(ipaddress.ip_network(text), int(port))
        return cls(ipaddress.ip_network(text))

    def covers(self, address: Address, port: int) -> bool:
        """Tell whether that address and port are let through."""
        return (
            (self.port in (None, port))
            and address.version == self.network.version
            and address in self.network
        )


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public internet and to nothing special in it."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _FORBIDDEN_V4)
    return address in _GLOBAL_V6 and not any(address in block for block in _FORBIDDEN_V6)


def literal(host: str) -> Address | None:
    """
    Return the address a host is written as, None for a name.

    Raises:
        AddressRefusedError: A number that is no plain dotted quad (`2130706433`, `0177.0.0.1`, `127.1`).
    """
    bare = host.strip("[]")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        if _NUMBER_LIKE.fullmatch(bare) or ":" in bare:
            raise AddressRefusedError(
                f"{host}: is no host name and no plain address; write the name"
            ) from None
        return None


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses the system's resolver gives for a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """
    Dials checked addresses only.

    Args:
        allow: Exceptions, `CIDR[:port]`.
        resolver: Given by tests of rebinding.
    """

    def __init__(self, *, allow: Iterable[str] = (), resolver: Resolve = resolve) -> None:
        self._allow = tuple(Allowed.parse(text) for text in allow)
        self._resolve = resolver
        self._inner = httpcore.AnyIOBackend()

    async def addresses(self, host: str, port: int) -> list[Address]:
        """
        Return the checked addresses of a host.

        Raises:
            AddressRefusedError: Any of them is not public; one bad address spoils the host.
            OSError: The name does not resolve.
        """
        found = literal(host)
        answers = (
            [found] if found else [ipaddress.ip_address(text) for text in await self._resolve(host, port)]
        )
        if not answers:
            raise OSError(f"{host} has no address")
        for address in answers:
            if not self.permits(address, port):
                raise AddressRefusedError(
                    f"{host} leads to {address}, which is not a public address; nothing was sent. "
                    "For an intranet, add it to network.allow"
                )
        return answers

    def permits(self, address: Address, port: int) -> bool:
        """Tell whether that address may be dialled."""
        return is_public(address) or any(allowed.covers(address, port) for allowed in self._allow)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Check, then dial the checked address."""
        try:
            answers = await self.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"no address: {host}: {error.strerror or error}") from error
        last: Exception | None = None
        for address in answers[:MAX_TRIES]:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        assert last is not None
        raise last

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never: a feed is not behind a local socket."""
        raise AddressRefusedError("local sockets are not fetched from")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks a backend to."""
        await asyncio.sleep(seconds)


def open_transports(
    network: GuardedNetwork, *, count: int, connections: int, kept: int = 4
) -> list[httpx.AsyncHTTPTransport]:
    """
    Return transports whose every connection passes the guard.

    Bare transports rather than clients: no proxy, cookie, redirect or credential of the
    environment can come in. The backend is put in by hand, as httpx has no door for it.

    Args:
        count: Pools; hosts are shared out among them.
        connections: Most of one pool at once; as many as requests run at once, so that none waits for another.
        kept: Idle ones of one pool. Few: a pool looks at all of them at every request.
    """
    context = httpx.create_ssl_context(trust_env=False)
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=kept, keepalive_expiry=10.0)
    made = []
    for _ in range(count):
        transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits, http2=False)
        pool = transport._pool
        assert isinstance(pool, httpcore.AsyncConnectionPool)
        pool._network_backend = network
        made.append(transport)
    return made
