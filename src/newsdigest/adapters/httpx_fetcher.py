"""
The fetcher: httpx's transports over the guard, with our own limits.

httpx has no total time-out, reads a whole redirect body, and inflates without bound
(feeds spec, H1 and H2; reliability spec, section 1). So: one wall-clock deadline over
DNS, connect, hops and body; redirects by hand, their bodies never read; raw reads with
our own inflater. Several small pools rather than one big one, as httpcore's search
for a connection grows with the pool. The event loop lives in a thread of its own;
nothing else runs on it, so a slow parse or a busy database never stalls a transfer.
"""

from __future__ import annotations

import asyncio
import errno
import queue
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import httpx

from newsdigest.ports.fetching import AddressRefusedError, FetchAnswer, FetchProblem, FetchRequest
from newsdigest.text.inflating import BombError, Inflate, Inflater, PackingError

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
)
MAX_HOPS = 5
MAX_IDLE_HOSTS = 2_000
ERROR_PAGE_BYTES = 16 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TLS_WORDS = {
    "certificate has expired": "the certificate has expired",
    "certificate is not yet valid": "the certificate is not valid yet",
    "mismatch": "the certificate belongs to another name",
    "self-signed certificate in": "the certificate comes from an authority that is not known",
    "self-signed": "the certificate is signed by the server itself",
    "local issuer certificate": "an intermediate certificate is missing (browsers fetch it by themselves)",
    "WRONG_VERSION_NUMBER": "there is no TLS at this port; perhaps the address is one with http:// only",
}
"""What OpenSSL says, or a part of it, and what it means."""

Pools = Callable[[], Sequence[httpx.AsyncBaseTransport]]


class _FetchError(Exception):
    """Ends one fetch with a problem."""

    def __init__(self, problem: FetchProblem, detail: str) -> None:
        self.problem = problem
        self.detail = detail
        super().__init__(detail)


@dataclass
class _Host:
    """The turn at one host: one connection, and a pause between two requests."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    waiting: int = 0


@dataclass
class _Job:
    request: FetchRequest
    answers: queue.SimpleQueue[FetchAnswer]


class HttpxFetcher:
    """
    Fetches documents; see `ports.fetching.Fetcher`.

    Args:
        open_pools: Makes the guarded transports, on the loop's thread; sources are sharded over them by host.
        user_agent: Who asks (P15).
        host_interval: Seconds between the starts of two requests to one host.
        concurrency: Hosts worked on at once.
        book_turn: Books the next turn at a host where several machines share it; returns the seconds until then.
    """

    def __init__(
        self,
        *,
        open_pools: Pools,
        user_agent: str,
        host_interval: float = 1.0,
        concurrency: int = 16,
        book_turn: Callable[[str], float] | None = None,
    ) -> None:
        self._open_pools = open_pools
        self._user_agent = user_agent.encode("latin-1", "replace")
        self._host_interval = host_interval
        self._concurrency = concurrency
        self._book_turn = book_turn
        self._window = max(2 * concurrency, 32)
        self._hosts: dict[str, _Host] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pools: Sequence[httpx.AsyncBaseTransport] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots: asyncio.Semaphore | None = None

    def fetch(self, request: FetchRequest) -> FetchAnswer:
        """Return the answer to one request."""
        answers: queue.SimpleQueue[FetchAnswer] = queue.SimpleQueue()
        self._submit(_Job(request, answers))
        return answers.get()

    def fetch_all(self, requests: Iterable[FetchRequest]) -> Iterator[FetchAnswer]:
        """
        Yield answers as they come.

        Requests are drawn on the caller's thread, never more than a window ahead, so that
        ten thousand sources need no more memory than a hundred.
        """
        answers: queue.SimpleQueue[FetchAnswer] = queue.SimpleQueue()
        under_way = 0
        drawn = iter(requests)
        is_drained = False
        while True:
            # Half a window at once: every hand-over wakes the loop.
            if not is_drained and under_way * 2 <= self._window:
                jobs = [_Job(request, answers) for request in islice(drawn, self._window - under_way)]
                is_drained = len(jobs) < self._window - under_way
                if jobs:
                    self._submit(*jobs)
                under_way += len(jobs)
            if not under_way:
                return
            answer = answers.get()
            under_way -= 1
            yield answer

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop = self._thread = None

    # On the loop's thread.

    def _submit(self, *jobs: _Job) -> None:
        if self._loop is None:
            self._start()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._begin, jobs)

    def _start(self) -> None:
        started = threading.Event()
        loop = asyncio.new_event_loop()

        def work() -> None:
            asyncio.set_event_loop(loop)
            self._pools = self._open_pools()
            self._slots = asyncio.Semaphore(self._concurrency)
            loop.call_soon(started.set)
            loop.run_forever()
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

        self._loop = loop
        self._thread = threading.Thread(target=work, name="fetcher", daemon=True)
        self._thread.start()
        started.wait()

    async def _shut(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pool in self._pools:
            await pool.aclose()

    def _begin(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            task = asyncio.get_running_loop().create_task(self._work(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, job: _Job) -> None:
        answer = FetchAnswer(
            key=job.request.key,
            url=job.request.url,
            problem=FetchProblem.PROTOCOL,
            detail="the fetch was stopped",
        )
        try:
            answer = await self._answer(job.request)
        finally:
            job.answers.put(answer)

    async def _answer(self, request: FetchRequest) -> FetchAnswer:
        """Follow the hops of one request; every failure becomes a problem with a plain sentence."""
        url, hops = request.url, list[tuple[int, str, str]]()
        spent = 0.0
        try:
            while True:
                parsed = _parse(url)
                async with _turn(self, parsed.host) as begun:
                    remaining = request.timeout_seconds - spent
                    try:
                        async with asyncio.timeout(max(remaining, 0.001)):
                            step = await self._one(request, parsed)
                    finally:
                        spent += asyncio.get_running_loop().time() - begun
                if isinstance(step, FetchAnswer):
                    return _with(step, key=request.key, url=url, hops=tuple(hops), seconds=spent)
                status, target = step
                target = str(parsed.join(target).copy_with(fragment=None))
                hops.append((status, url, target))
                _check_hops(hops)
                url = target
        except Exception as error:
            problem, detail = _explain(error, request)
            return FetchAnswer(
                key=request.key, url=url, hops=tuple(hops), problem=problem, detail=detail, seconds=spent
            )

    async def _one(self, request: FetchRequest, url: httpx.URL) -> FetchAnswer | tuple[int, str]:
        """Return the answer of one hop, or (status, location) of a redirect."""
        method = "HEAD" if request.is_head else "GET"
        # Taking an address apart once more is dear, and hardly any names a user.
        bare = url.copy_with(userinfo=b"") if url.userinfo else url
        asked = httpx.Request(method, bare, headers=self._headers(request, url))
        asked.extensions = {
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), request.timeout_seconds)
        }
        pool = self._pools[hash(url.host) % len(self._pools)]
        response = await pool.handle_async_request(asked)
        try:
            status = response.status_code
            headers = {name.decode("latin-1").lower(): value for name, value in response.headers.raw}
            if status in REDIRECTS and "location" in headers:
                # Closed unread: its body may be endless.
                return status, _text(headers["location"])
            if status == 304:
                return await _not_modified(response, headers)
            if status == 200 and request.is_head:
                return FetchAnswer(key="", url="", status=status, headers=headers)
            if status == 200:
                body = await _body(response, headers, request)
                return FetchAnswer(key="", url="", status=status, headers=headers, body=body)
            page = await _beginning(response, headers)
            return FetchAnswer(
                key="", url="", status=status, headers=headers, body=page,
                problem=FetchProblem.STATUS, detail=f"the server answered {status}",
            )  # fmt: skip
        finally:
            await response.aclose()

    def _headers(self, request: FetchRequest, url: httpx.URL) -> list[tuple[bytes, bytes]]:
        headers = [
            (b"User-Agent", self._user_agent),
            (b"Accept", (request.accept or ACCEPT).encode("latin-1")),
            (b"Accept-Encoding", b"gzip"),
        ]
        validated = request.validated_url or request.url
        # Taking an address apart is dear; nearly always the texts are equal as they stand.
        if str(url) == validated or str(url) == str(httpx.URL(validated)):
            if request.etag is not None:
                headers.append((b"If-None-Match", request.etag))
            if request.last_modified is not None:
                headers.append((b"If-Modified-Since", request.last_modified))
        # Credentials written into the address go to its own host only (P21).
        if url.userinfo and url.host == httpx.URL(request.url).host:
            import base64

            headers.append((b"Authorization", b"Basic " + base64.b64encode(url.userinfo)))
        return headers


class _turn:  # noqa: N801 - used as a verb: `async with _turn(...)`
    """Wait for the turn at a host, keep it while inside, and leave the pause behind."""

    def __init__(self, fetcher: HttpxFetcher, host: str) -> None:
        hosts = fetcher._hosts
        if len(hosts) > MAX_IDLE_HOSTS:
            now = asyncio.get_running_loop().time()
            for name in [name for name, known in hosts.items() if not known.waiting and known.free_at < now]:
                del hosts[name]
        self._host, self._name = hosts.setdefault(host, _Host()), host
        self._fetcher = fetcher

    async def __aenter__(self) -> float:
        loop = asyncio.get_running_loop()
        self._host.waiting += 1
        await self._host.lock.acquire()
        try:
            pause = self._host.free_at - loop.time()
            if self._fetcher._book_turn:
                pause = max(pause, await asyncio.to_thread(self._fetcher._book_turn, self._name))
            if pause > 0:
                await asyncio.sleep(pause)
            assert self._fetcher._slots is not None
            await self._fetcher._slots.acquire()
        except BaseException:
            self._leave()
            raise
        return loop.time()

    async def __aexit__(self, *_: object) -> None:
        assert self._fetcher._slots is not None
        self._fetcher._slots.release()
        # Counted from the end: what the server notices is the silence between two requests.
        self._host.free_at = asyncio.get_running_loop().time() + self._fetcher._host_interval
        self._leave()

    def _leave(self) -> None:
        self._host.waiting -= 1
        self._host.lock.release()


def _check_hops(hops: Sequence[tuple[int, str, str]]) -> None:
    if len(hops) > MAX_HOPS:
        raise _FetchError(
            FetchProblem.TOO_MANY_HOPS, f"more than {MAX_HOPS} redirects, the last to {hops[-1][2]}"
        )


def _parse(url: str) -> httpx.URL:
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise _FetchError(FetchProblem.BAD_URL, f"{url[:200]}: only http and https addresses are fetched")
    return parsed


def _with(
    answer: FetchAnswer, *, key: str, url: str, hops: tuple[tuple[int, str, str], ...], seconds: float
) -> FetchAnswer:
    return FetchAnswer(
        key=key, url=url, status=answer.status, hops=hops, headers=answer.headers, body=answer.body,
        problem=answer.problem, detail=answer.detail, seconds=seconds,
    )  # fmt: skip


def _text(header: bytes) -> str:
    try:
        return header.decode("utf-8").strip()
    except UnicodeDecodeError:
        return header.decode("latin-1").strip()


async def _not_modified(response: httpx.Response, headers: dict[str, bytes]) -> FetchAnswer:
    """Return the 304; one that brings a body nevertheless is an error and its connection is dropped (P22)."""
    if headers.get("content-length", b"0").strip() == b"0" and "transfer-encoding" not in headers:
        async for _ in _raw(response):
            pass
        return FetchAnswer(key="", url="", status=304, headers=headers)
    # A length alone is allowed (RFC 9110, section 15.4.5). Whether bytes really follow is asked of the
    # connection itself, as h11 rightly reads no body here and would take them for the next answer.
    stream = response.extensions.get("network_stream")
    follows = bool(_unread(response))
    if not follows and stream is not None:
        try:
            follows = bool(await stream.read(1, timeout=0.2))
        except Exception:
            follows = False
    if follows:
        raise _FetchError(
            FetchProblem.PROTOCOL, "the server said 304 (not modified) and sent a body all the same"
        )
    return FetchAnswer(key="", url="", status=304, headers=headers)


def _unread(response: httpx.Response) -> bytes:
    """Return what h11 has received beyond the answer; empty where httpcore's insides look different."""
    part: object = response.stream
    for name in ("_httpcore_stream", "_stream", "_connection", "_h11_state", "trailing_data"):
        part = getattr(part, name, None)
    return part[0] if isinstance(part, tuple) and isinstance(part[0], bytes) else b""


async def _raw(response: httpx.Response) -> AsyncIterator[bytes]:
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    async for chunk in stream:
        yield chunk


async def _body(response: httpx.Response, headers: dict[str, bytes], request: FetchRequest) -> bytes:
    """Return the decoded body; more than `max_bytes`, raw or decoded, is an error and never a truncation."""
    limit = request.max_bytes
    declared = headers.get("content-length", b"").strip()
    if declared.isdigit() and int(declared) > limit and not request.is_beginning_enough:
        raise _FetchError(
            FetchProblem.TOO_LARGE, f"the document has {int(declared):,} bytes, more than {limit:,}"
        )
    inflate = _inflater(headers)
    made = bytearray()
    try:
        async for chunk in _raw(response):
            for part in inflate(chunk):
                made += part
                if len(made) > limit:
                    if request.is_beginning_enough:
                        return bytes(made[:limit])
                    raise _FetchError(FetchProblem.TOO_LARGE, f"the document has more than {limit:,} bytes")
            # One turn of the loop a chunk: a fast sender must not keep the others waiting.
            await asyncio.sleep(0)
        for part in inflate(b""):
            made += part
    except BombError as error:
        raise _FetchError(FetchProblem.TOO_LARGE, str(error)) from error
    except PackingError as error:
        raise _FetchError(FetchProblem.BAD_ENCODING, str(error)) from error
    return bytes(made)


async def _beginning(response: httpx.Response, headers: dict[str, bytes]) -> bytes:
    """Return the first kilobytes of an error page; they may tell a bot wall from a broken server."""
    if headers.get("content-encoding", b"identity") not in (b"identity", b""):
        return b""
    made = bytearray()
    try:
        async with asyncio.timeout(2.0):
            async for chunk in _raw(response):
                made += chunk
                if len(made) >= ERROR_PAGE_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        pass
    return bytes(made[:ERROR_PAGE_BYTES])


def _inflater(headers: dict[str, bytes]) -> Inflate:
    coding = headers.get("content-encoding", b"").strip().lower()
    if coding in (b"", b"identity"):
        return lambda chunk: iter((chunk,) if chunk else ())
    if coding not in (b"gzip", b"x-gzip", b"deflate"):
        shown = coding.decode("latin-1")[:60]
        raise _FetchError(
            FetchProblem.BAD_ENCODING, f"the answer is packed as {shown!r}, although only gzip was asked for"
        )
    return Inflater(is_gzip=b"gzip" in coding)


def _explain(error: Exception, request: FetchRequest) -> tuple[FetchProblem, str]:
    """Return the problem and one plain sentence."""
    seconds = f"{request.timeout_seconds:g} s"
    match error:
        case _FetchError():
            return error.problem, error.detail
        case AddressRefusedError():
            return FetchProblem.REFUSED_ADDRESS, str(error)
        case TimeoutError() | httpx.TimeoutException():
            return FetchProblem.TIMEOUT, f"no complete answer within {seconds}"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | UnicodeError():
            return FetchProblem.BAD_URL, f"the address cannot be used: {error}"
        case httpx.ConnectError():
            text = str(error)
            if text.startswith("no address: "):
                return FetchProblem.DNS, f"the name does not resolve ({text.removeprefix('no address: ')})"
            if _has_cause(error, ssl.SSLError):
                plain = next((words for part, words in _TLS_WORDS.items() if part in text), text)
                return FetchProblem.TLS, f"the encrypted connection failed: {plain}"
            return FetchProblem.CONNECT, f"the server cannot be reached: {_reason(error) or text}"
        case httpx.HTTPError():
            return (
                FetchProblem.PROTOCOL,
                f"the answer breaks off or is no HTTP: {str(error) or 'the connection was closed'}",
            )
        case _:
            return FetchProblem.PROTOCOL, f"unexpected: {type(error).__name__}: {error}"


def _reason(error: BaseException | None) -> str:
    """Return why the system could not connect, "" where it does not say; anyio only tells that it tried."""
    while error is not None:
        if isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        elif isinstance(error, OSError) and error.errno:
            return {
                errno.ECONNREFUSED: "it refuses the connection",
                errno.EHOSTUNREACH: "no way leads to it",
                errno.ENETUNREACH: "no way leads to it",
            }.get(error.errno, error.strerror or "")
        else:
            error = error.__cause__ or error.__context__
    return ""


def _has_cause(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
