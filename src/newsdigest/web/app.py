"""
The one web application: public pages and newsroom, behind one guard, with one kind of error page.

An error page says what happened in the reader's language and carries a number for questions; the
log has the same number. Paths are not logged, as they hold tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from newsdigest import logs
from newsdigest.errors import NewsdigestError
from newsdigest.web import hooks, monitoring, public
from newsdigest.web.language import preferred
from newsdigest.web.security import Guard, Refuser, Rules

if TYPE_CHECKING:
    from newsdigest.assembly import Assembly

log = logs.get_logger(__name__)

WORDS = {400: "bad", 403: "foreign", 404: "missing", 405: "method", 413: "large", 429: "many", 503: "busy"}


class Application(Starlette):
    """Starlette with our guard around everything, the page for a defect included."""

    rules: Rules

    def build_middleware_stack(self) -> ASGIApp:
        """Return Starlette's own stack inside the guard."""
        return Guard(super().build_middleware_stack(), self.rules)


def create_app(assembly: Assembly, *, has_newsroom: bool = True) -> Application:
    """
    Return the application of a workspace.

    Args:
        has_newsroom: False for a host that the public reaches while the newsroom stays inside.
    """
    inside: Sequence[BaseRoute] = ()
    if has_newsroom:
        from newsdigest.web import newsroom

        inside = newsroom.routes(assembly)
    app = Application(
        routes=[*monitoring.routes(assembly), *hooks.routes(assembly), *inside, *public.routes(assembly)],
        # Within Starlette's error handling, so that a refusal gets a page of its own.
        middleware=[Middleware(Refuser, page=error_page)],
        exception_handlers={
            HTTPException: _http_error,
            NewsdigestError: _our_error,
            Exception: _defect,
        },
    )
    app.rules = Rules(
        public_url=assembly.public_url, form_origins=assembly.workspace.main.subscribing.form_origins
    )
    app.state.assembly = assembly
    return app


def error_page(request: Request, status: int, *, number: str = "") -> Response:
    """Return the page of a status in the reader's language."""
    assembly = request.app.state.assembly
    language = preferred(request, assembly.workspace.main.association.languages)
    word = WORDS.get(status, "error" if status >= 500 else "bad")
    pages = assembly.pages
    text = pages.page(
        "web/message.html.j2",
        language,
        here="",
        title=pages.word(f"problem.{word}_title", language),
        text=pages.word(f"problem.{word}_text", language),
        hint="",
        acts=[public.link(f"/{language}/", pages.word("problem.back", language))],
        number=number,
    )
    return HTMLResponse(text, status_code=status)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code, headers=error.headers)
    response = error_page(request, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _our_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, NewsdigestError)
    number = secrets.token_hex(4)
    log.warning("request_refused", number=number, route=_route(request), reason=str(error))
    return error_page(request, 503 if error.is_retryable else 500, number=number)


async def _defect(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.error("request_broke", number=number, route=_route(request), exc_info=error)
    try:
        return error_page(request, 500, number=number)
    except Exception:  # the page itself is what broke
        log.exception("error_page_broke", number=number)
        return HTMLResponse(f"<!doctype html><title>Error</title><h1>Error {number}</h1>", status_code=500)


def _route(request: Request) -> str:
    route: Any = request.scope.get("route")
    return f"{request.method} {getattr(route, 'path', '')}"
