"""
Reports that a mail provider pushes, in one neutral form that every provider's can be turned into.

    {"events": [{"type": "hard" | "soft" | "complaint", "message_id": "<…>", "mail_from": "bounce-…@…",
                 "status": "5.1.1", "diagnostic": "…"}]}

The body is signed: `X-Signature: sha256=<hex of HMAC-SHA256(secret, body)>`. Either
`message_id` or `mail_from` (the return path) names the delivery; as the sender proves itself,
both are believed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

from newsdigest.errors import UsageError
from newsdigest.mailing import links, reports
from newsdigest.mailing.reports import Report
from newsdigest.model.mailings import BounceKind

MAX_EVENTS = 1000


class SignatureError(UsageError):
    """The sender does not know our secret, or there is none."""


_KINDS = {"hard": BounceKind.HARD, "soft": BounceKind.SOFT, "complaint": BounceKind.COMPLAINT}
_MESSAGE_ID = re.compile(r"<?(d[0-9a-f]{20})@[^<>\s]+>?")


def is_signed(body: bytes, signature: str, secret: bytes) -> bool:
    """Whether the signature fits; compares in constant time."""
    wanted = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(wanted.encode(), signature.strip().encode())


def read(body: bytes, *, keys: Sequence[bytes]) -> list[tuple[Report, str]]:
    """
    Return (report, digest) of every event that can be understood.

    Raises:
        UsageError: The body is no such document.
    """
    try:
        events = json.loads(body)["events"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            'the body must be {"events": [...]}; see the documentation of the webhook'
        ) from error
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        raise UsageError(f"`events` must be a list of at most {MAX_EVENTS}")
    return [made for event in events if isinstance(event, dict) and (made := _event(event, keys))]


def _event(event: dict[str, Any], keys: Sequence[bytes]) -> tuple[Report, str] | None:
    kind = _KINDS.get(str(event.get("type", "")).lower())
    if kind is None:
        return None
    named = _MESSAGE_ID.fullmatch(str(event.get("message_id", "")).strip())
    delivery_id = links.delivery_of(keys, str(event.get("mail_from", ""))) or (named[1] if named else "")
    report = Report(
        kind=kind,
        delivery_id=delivery_id,
        is_proven=True,
        status=reports.tidy(str(event.get("status", "")))[:12],
        diagnostic=reports.tidy(str(event.get("diagnostic", ""))),
    )
    return report, hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
