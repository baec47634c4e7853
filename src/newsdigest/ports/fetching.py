"""Fetching: a document from the network, politely and safely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from newsdigest.errors import NewsdigestError


class FetchProblem(StrEnum):
    """Why there is no body; the health report words it."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    REFUSED_ADDRESS = "refused_address"  # the SSRF guard
    BAD_URL = "bad_url"
    TOO_MANY_HOPS = "too_many_hops"
    BAD_ENCODING = "bad_encoding"
    PROTOCOL = "protocol"
    STATUS = "status"


class AddressRefusedError(NewsdigestError):
    """The guard does not let us talk to that address; nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """
    One GET, or a HEAD.

    Attributes:
        key: The caller's name for it (source id), returned with the answer.
        etag, last_modified: Sent back byte for byte; None means not sent.
        validated_url: The address that gave the validators; they go to no other (P7). Empty: `url`.
        max_bytes: Cap of the decoded body; more is an error, never a truncation, unless
        is_beginning_enough: (a home page that is only searched for its feed, T5).
        accept: What we can read.
        is_head: Ask for the headers only; the answer has no body.
    """

    key: str
    url: str
    etag: bytes | None = None
    last_modified: bytes | None = None
    validated_url: str = ""
    max_bytes: int = 10 * 1024 * 1024
    is_beginning_enough: bool = False
    accept: str = ""
    timeout_seconds: float = 20.0
    is_head: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchAnswer:
    """
    What came back.

    Attributes:
        status: Final HTTP status, 0 where there was none.
        url: Final URL after redirects.
        hops: (status, from, to) of each redirect.
        headers: Lower-case names to raw bytes, of the final answer.
        body: Decoded (gzip removed); empty on a 304; on a problem at most the beginning of an error page.
        problem: None where a body (or a 304) was received.
        detail: One plain sentence about the problem.
    """

    key: str
    url: str
    status: int = 0
    hops: tuple[tuple[int, str, str], ...] = ()
    headers: dict[str, bytes] = field(default_factory=dict)
    body: bytes = b""
    problem: FetchProblem | None = None
    detail: str = ""
    seconds: float = 0.0

    @property
    def content_type(self) -> str:
        """The Content-Type header as text, "" where there is none."""
        return self.headers.get("content-type", b"").decode("latin-1")


class Fetcher(Protocol):
    """Fetches documents; bounded in time, bytes, hops and connections."""

    def fetch(self, request: FetchRequest) -> FetchAnswer:
        """Return the answer to one request."""
        ...

    def fetch_all(self, requests: Iterable[FetchRequest]) -> Iterator[FetchAnswer]:
        """Yield answers as they come; requests are drawn lazily, memory stays flat."""
        ...

    def close(self) -> None:
        """Let go of connections and of the thread that works them."""
        ...
