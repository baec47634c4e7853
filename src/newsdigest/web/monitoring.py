"""What watches over us: `/healthz` (the process lives), `/readyz` (the database answers), `/metrics`."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from newsdigest.assembly import Assembly

# Written out, as `is_private` also says yes to documentation and test networks.
NEAR = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def routes(assembly: Assembly) -> Sequence[BaseRoute]:
    """Return the three routes; all read only."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(request: Request) -> Response:
        is_ready = await run_in_threadpool(assembly.is_ready)
        return PlainTextResponse(
            "ready\n" if is_ready else "the database does not answer\n", 200 if is_ready else 503
        )

    async def metrics(request: Request) -> Response:
        if not _is_local(request):
            # As if it were not there: figures are the operator's.
            raise HTTPException(404)
        return Response(await run_in_threadpool(assembly.metrics), media_type=EXPOSITION)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _is_local(request: Request) -> bool:
    """A request from this machine or its private network; behind a proxy its word about the client counts."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(address in network for network in NEAR)
