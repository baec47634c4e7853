"""
When a person is written to no more because mail comes back.

A bad address at once, a complaint at once; anything else counts one point a delivery, and half
of it is forgotten after 30 days: five weekly editions in a row that bounce reach the limit,
one bad week in a quarter does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from newsdigest.model.mailings import Bounce, BounceKind
from newsdigest.model.subscribers import SuppressionReason

HALF_LIFE = timedelta(days=30)
LIMIT = 3.5
"""Five weekly soft bounces in a row give 3.66; four give 3.12."""


def score(bounces: Iterable[Bounce], now: datetime) -> float:
    """Return the points of soft bounces, one a delivery at most, aged."""
    newest: dict[str, datetime] = {}
    for bounce in bounces:
        if bounce.kind is BounceKind.SOFT:
            newest[bounce.delivery_id] = max(bounce.at, newest.get(bounce.delivery_id, bounce.at))
    return float(sum(0.5 ** (max(timedelta(), now - at) / HALF_LIFE) for at in newest.values()))


def verdict(bounces: Iterable[Bounce], now: datetime, *, limit: float = LIMIT) -> SuppressionReason | None:
    """Return why the address must be suppressed, None while it need not."""
    known = list(bounces)
    if any(bounce.kind is BounceKind.COMPLAINT for bounce in known):
        return SuppressionReason.COMPLAINT
    if any(bounce.kind is BounceKind.HARD for bounce in known):
        return SuppressionReason.HARD_BOUNCE
    return SuppressionReason.HARD_BOUNCE if score(known, now) >= limit else None
