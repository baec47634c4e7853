"""
What holds for every request and response, newsroom and public pages alike.

Outermost of all, around even the page for a defect: security headers on every response, a cap on
bodies, and no POST from a foreign page. A POST is let in when the browser says that it comes from
our own pages (Sec-Fetch-Site), else by its Origin. The newsroom refuses a POST that says neither;
public forms carry no cookie, so there is nothing to misuse, and old browsers may use them. Only the
one-click unsubscription (RFC 8058) comes from elsewhere by design.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PUBLIC_BODY = 64 * 1024  # T25
NEWSROOM_BODY = 24 * 1024 * 1024  # a table of people; behind the log-in
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ONE_CLICK = "/unsubscribe/"
NEWSROOM = "/newsroom"
LOG_IN = "/newsroom/log-in"


@dataclass(frozen=True)
class Rules:
    """
    What differs between workspaces.

    Attributes:
        public_url: Our own address; https switches HSTS on.
        form_origins: Other websites whose sign-up form may post to `subscribe` pages.
    """

    public_url: str
    form_origins: Sequence[str] = ()

    @property
    def is_https(self) -> bool:
        """Whether the public pages are served over TLS (by the proxy in front)."""
        return self.public_url.startswith("https://")


class Guard:
    """ASGI middleware; see the module."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app = app
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(18)
        scope.setdefault("state", {})["nonce"] = nonce
        headers = Headers(scope=scope)
        trouble = ""
        if scope["method"] not in SAFE:
            limit = body_limit(scope["path"])
            receive = _limited(receive, limit)
            length = headers.get("content-length", "0")
            if not length.isdigit() or int(length) > limit:
                trouble = "large"
            elif is_foreign(scope, headers, self.rules):
                trouble = "foreign"
        scope["state"]["refused"] = trouble

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(scope=message), nonce=nonce, is_https=self.rules.is_https)
            await send(message)

        has_started = False

        async def send_watched(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send_guarded(message)

        try:
            await self.app(scope, receive, send_watched)
        except Exception:
            # The page for the defect has been sent and the log written; Starlette raises it once more for
            # the server, which would print it without our masking of addresses.
            if not has_started:
                raise


class Refuser:
    """Inside the handling of defects, outside every route: gives what the guard refused a page of its own."""

    def __init__(self, app: ASGIApp, page: Callable[[Request, int], Response]) -> None:
        self.app = app
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = scope.get("state", {}).get("refused") if scope["type"] == "http" else ""
        if not refused:
            await self.app(scope, receive, send)
            return
        response = self.page(Request(scope, receive), 413 if refused == "large" else 403)
        await response(scope, receive, send)


def body_limit(path: str) -> int:
    """Return how many bytes a request to that path may have."""
    is_inside = path.startswith(NEWSROOM + "/") and path != LOG_IN
    return NEWSROOM_BODY if is_inside else PUBLIC_BODY


def is_foreign(scope: Scope, headers: Headers, rules: Rules) -> bool:
    """Whether a changing request comes from a page that is not ours (T19)."""
    path = scope["path"]
    if path.startswith(ONE_CLICK):
        return False
    origin = headers.get("origin")
    is_form = path.endswith("/subscribe") and origin is not None and origin in rules.form_origins
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none") and not is_form
    if origin is None:
        return bool(path.startswith(NEWSROOM))
    own = {_origin(rules.public_url), f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"}
    return origin not in own and not is_form


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413)
        return message

    return limited


def policy(nonce: str) -> str:
    """Return the Content-Security-Policy of a page: nothing but our own."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def protect(headers: MutableHeaders, *, nonce: str, is_https: bool) -> None:
    """Put every security header that is not there yet."""
    headers.setdefault("content-security-policy", policy(nonce))
    headers.setdefault("x-content-type-options", "nosniff")
    # "no-referrer" would make browsers send `Origin: null` with our own forms.
    headers.setdefault("referrer-policy", "same-origin")
    headers.setdefault("cross-origin-opener-policy", "same-origin")
    headers.setdefault("cross-origin-resource-policy", "same-origin")
    headers.setdefault("permissions-policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
    headers.setdefault("cache-control", "no-store")
    if is_https:
        headers.setdefault("strict-transport-security", "max-age=31536000; includeSubDomains")
