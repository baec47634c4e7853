"""
Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, 30 s, six digits, as every authenticator has them.

The step before and after the present one count too (clocks of phones); a used step never counts again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

STEP_SECONDS = 30
DRIFT_STEPS = 1


def new_secret() -> str:
    """Return 160 random bits as base32, the length RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def code(secret: str, step: int) -> str:
    """Return the six digits of one time step."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"


def matching_step(secret: str, given: str, now: datetime) -> int | None:
    """Return the time step the given digits belong to, None where they fit none near now."""
    present = int(now.timestamp()) // STEP_SECONDS
    digits = "".join(given.split())
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(code(secret, step).encode(), digits.encode()):
            found = step
    return found


def provisioning_uri(secret: str, *, user: str, issuer: str) -> str:
    """Return the otpauth address that authenticator apps read."""
    return f"otpauth://totp/{quote(issuer)}:{quote(user)}?secret={secret}&issuer={quote(issuer)}"
