"""Which language a page is in when its path does not say: the browser's first choice among ours."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request


def preferred(request: Request, languages: Sequence[str]) -> str:
    """Return the language of the path, else of `Accept-Language`, else the first of ours."""
    parts = request.url.path.strip("/").split("/")
    for part in parts[:2]:
        if part in languages:
            return part
    best, found = 0.0, languages[0]
    for part in request.headers.get("accept-language", "").lower().split(",")[:20]:
        tag, _, rest = part.partition(";")
        code = tag.strip().split("-")[0]
        try:
            quality = float(rest.strip().removeprefix("q=")) if rest.strip() else 1.0
        except ValueError:
            continue
        if code in languages and quality > best:
            best, found = quality, code
    return found
