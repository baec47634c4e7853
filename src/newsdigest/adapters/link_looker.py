"""
Links, looked at through the guarded fetcher: HEAD first, GET where a server does not know HEAD.

The fetcher keeps the pause between two requests to a host and refuses addresses that are not
public; nothing but the beginning of a page is ever read. A server that turns programs away
(401, 403, 429, 451, 503 with a page for robots) says nothing about what readers see, so such a
link is "unsure" and no trouble: half of all newspapers answer so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from newsdigest.model.links import LinkLook, LinkState
from newsdigest.ports.fetching import FetchAnswer, Fetcher, FetchProblem, FetchRequest

ACCEPT = "text/html, application/xhtml+xml, */*;q=0.5"
PAGE_BYTES = 4 * 1024
"""As much of a page as is read before the connection is closed."""
REQUEST_SECONDS = 10.0
RUN_SECONDS = 90.0
"""After so long no further link is asked for in one run; the rest has its turn in the next."""
_GONE = frozenset({404, 410})
_NOT_FOR_PROGRAMS = frozenset({401, 402, 403, 406, 407, 418, 421, 423, 425, 429, 451, 503, 999})
# The server was there and answered; that the answer is large or oddly packed does not concern a reader.
_ANSWERED = frozenset({FetchProblem.TOO_LARGE, FetchProblem.BAD_ENCODING})
_OPEN = {"/", ""}


class GuardedLinkLooker:
    """See `ports.links.LinkLooker`."""

    def __init__(
        self, fetcher: Fetcher, *, seconds: float = RUN_SECONDS, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetcher = fetcher
        self._seconds = seconds
        self._elapsed = elapsed

    def look(self, urls: Iterable[str], *, at: datetime) -> Iterator[LinkLook]:
        """Yield what was seen behind each link."""
        end = self._elapsed() + self._seconds
        again = []
        for answer in self._fetcher.fetch_all(self._requests(urls, end, is_head=True)):
            look = look_of(answer, at)
            # Many a server answers HEAD with a lie; only a page in hand, or a GET that fails, is believed.
            if look.state is LinkState.ALIVE:
                yield look
            else:
                again.append(answer.key)
        for answer in self._fetcher.fetch_all(self._requests(again, end, is_head=False)):
            yield look_of(answer, at)

    def _requests(self, urls: Iterable[str], end: float, *, is_head: bool) -> Iterator[FetchRequest]:
        for url in urls:
            if self._elapsed() >= end:
                return
            yield FetchRequest(
                key=url, url=url, is_head=is_head, max_bytes=PAGE_BYTES, is_beginning_enough=True,
                accept=ACCEPT, timeout_seconds=REQUEST_SECONDS,
            )  # fmt: skip


def look_of(answer: FetchAnswer, at: datetime) -> LinkLook:
    """Return what an answer says about the link it was asked for."""
    state, detail = _state(answer)
    return LinkLook(url=answer.key, state=state, status=answer.status, detail=detail, at=at)


def _state(answer: FetchAnswer) -> tuple[LinkState, str]:
    status = answer.status
    if status in _GONE:
        return LinkState.DEAD, f"the server answered {status}"
    if status in _NOT_FOR_PROGRAMS:
        return LinkState.UNSURE, f"the server answered {status}"
    if answer.problem is None or answer.problem in _ANSWERED or 200 <= status < 300:
        if _leads_home(answer):
            return LinkState.MOVED_HOME, f"it leads to {answer.url}"
        return LinkState.ALIVE, ""
    return LinkState.UNREACHABLE, answer.detail


def _leads_home(answer: FetchAnswer) -> bool:
    """Whether a link to a page was redirected to the first page of a site, as removed articles often are."""
    if not answer.hops:
        return False
    asked, found = urlsplit(answer.key), urlsplit(answer.url)
    return asked.path not in _OPEN and found.path in _OPEN and not found.query
