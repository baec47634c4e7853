"""`POST /hooks/bounces`: reports about deliveries that a mail provider pushes, signed (see mailing/webhook.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from newsdigest.errors import UsageError
from newsdigest.mailing.webhook import SignatureError

if TYPE_CHECKING:
    from newsdigest.assembly import Assembly


def routes(assembly: Assembly) -> Sequence[BaseRoute]:
    """Return the one route; what is not signed changes nothing."""

    async def bounces(request: Request) -> Response:
        body = await request.body()
        try:
            line = await run_in_threadpool(
                assembly.absorb_webhook, body, request.headers.get("x-signature", "")
            )
        except SignatureError as error:
            return PlainTextResponse(f"{error}\n", 403)
        except UsageError as error:
            return PlainTextResponse(f"{error}\n", 400)
        return PlainTextResponse(f"{line}\n")

    return [Route("/hooks/bounces", bounces, methods=["POST"])]
