"""
Files with validators (P25): a strong ETag per encoding, Last-Modified, 304, gzip, HEAD.

A reader that asks with anything we ever gave (a list, `*`, a weak form, the `-gzip` form, or
only a date) gets 304 when the bytes are the same.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

MIN_GZIP = 500
"""Below this many bytes gzip saves nothing worth a header."""


@dataclass(frozen=True)
class Content:
    """Bytes to serve, when they last changed, and for how many seconds they may be kept."""

    body: bytes
    type: str
    changed: datetime
    max_age: int = 300
    is_shared: bool = False  # other websites may load it
    is_fixed: bool = False  # never changes under this address


def serve(request: Request, content: Content) -> Response:
    """Return 200 or 304 with all validators; a HEAD has the headers of the GET."""
    tag = hashlib.sha256(content.body).hexdigest()[:32]
    is_packed = content.type.startswith("image/")  # packed already
    is_zipped = (
        len(content.body) >= MIN_GZIP
        and not is_packed
        and _takes_gzip(request.headers.get("accept-encoding", ""))
    )
    changed = content.changed.astimezone(UTC).replace(microsecond=0)
    headers = {
        "etag": f'"{tag}-gzip"' if is_zipped else f'"{tag}"',
        "last-modified": format_datetime(changed, usegmt=True),
        "cache-control": f"public, max-age={content.max_age}" + (", immutable" if content.is_fixed else ""),
        "vary": "Accept-Encoding",
    }
    if content.is_shared:
        headers |= {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    if _is_known(request, tag, changed):
        return Response(status_code=304, headers=headers)
    body = _zipped(content.body) if is_zipped else content.body
    if is_zipped:
        headers["content-encoding"] = "gzip"
    return Response(body, media_type=content.type, headers=headers)


def _is_known(request: Request, tag: str, changed: datetime) -> bool:
    # RFC 9110, section 13.2.2: If-None-Match decides alone where it is given.
    asked = request.headers.get("if-none-match")
    if asked is not None:
        if asked.strip() == "*":
            return True
        given = {
            part.strip().removeprefix("W/").strip('"').removesuffix("-gzip") for part in asked.split(",")
        }
        return tag in given
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return changed <= parsedate_to_datetime(since).astimezone(UTC)
    except (ValueError, OverflowError):
        return False


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "x-gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


@lru_cache(maxsize=256)
def _zipped(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)  # the same bytes at every request
