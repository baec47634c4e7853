"""
Links fit for publishing: absolute http or https, nothing hidden in them (T3).

No user part (it disguises the host), no control or bidirectional characters, host names in
punycode wherever they are not plain ASCII, everything else percent-encoded.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\\<>\"`{}|^]")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_SAFE = "/?:@!$&'()*+,;=~-._%"


def public_url(url: str) -> str | None:
    """Return the link as an ASCII URI, None where it is no absolute http(s) address we would publish."""
    url = url.strip()
    if not url or len(url) > 4000 or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or not host:
        return None
    if ":" in host:
        host = f"[{host}]"
    elif not all(_LABEL.fullmatch(label) for label in host.rstrip(".").split(".")):
        return None
    netloc = host if port is None else f"{host}:{port}"
    path = _bare_percent(quote(parts.path, safe=_SAFE)) or "/"
    return urlunsplit(
        (
            parts.scheme.lower(),
            netloc,
            path,
            _bare_percent(quote(parts.query, safe=_SAFE)),
            _bare_percent(quote(parts.fragment, safe=_SAFE)),
        )
    )


def _bare_percent(text: str) -> str:
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
