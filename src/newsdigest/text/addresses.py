"""
Mail addresses: checked, written one way, and found again in whatever spelling.

Only what every relay takes is accepted: an ASCII local part without quotes, and a host
name of at least two labels (international ones as punycode). That an address exists shows
only when a mail to it is answered, so nothing is looked up here.
"""

from __future__ import annotations

import base64
import re
import urllib.parse

MAX_LENGTH = 254  # RFC 5321, section 4.5.3.1.3 minus the angle brackets
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def normal(address: str) -> str | None:
    """
    Return the address as we keep it (host in lower case, punycode), None where it is none.

    The local part stays as written: some relays tell `A@` from `a@`; ids and hashes do not.
    """
    local, at, host = address.strip().rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    made = f"{local}@{host}"
    return made if len(made) <= MAX_LENGTH else None


def written_forms(address: str) -> tuple[str, ...]:
    """Return how an address may stand in a file: plain, folded, base64 (any offset), URL-encoded, quoted."""
    forms: dict[str, None] = {}
    for plain in (address, address.lower(), address.casefold()):
        raw = plain.encode()
        forms[plain] = None
        forms[urllib.parse.quote(plain, safe="")] = None
        forms[urllib.parse.quote_plus(plain, safe="@")] = None
        forms[plain.replace("@", "&#64;")] = None
        forms[plain.replace("@", "=40")] = None
        forms[raw.hex()] = None
        for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
            for shift in range(3):
                # The same bytes read differently at each offset; the ends depend on the neighbours.
                inner = alphabet(b"\0" * shift + raw).decode().rstrip("=")
                start = (0, 2, 3)[shift]
                stop = len(inner) - (1 if (shift + len(raw)) % 3 else 0)
                forms[inner[start:stop]] = None
    return tuple(form for form in forms if len(form) >= 6)
