"""
From what a relay said to where a delivery stands.

Waits grow from half a minute to four hours: most refusals for now are greylisting (five
minutes) or a rate limit (an hour); a whole day without success is a failure. A refusal is
never repeated before its time, and one that was dotted without an answer not at all.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from newsdigest.model.mailings import Delivery, DeliveryState, HandOver, Phase, Throttle

WAITS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 300, 900, 1800, 3600, 7200, 14400))
GIVE_UP_AFTER = 14
"""Attempts: about 28 hours."""

DOMAIN_CODES = frozenset({421, 450, 451, 452, 454})
DOMAIN_WAITS = tuple(timedelta(seconds=seconds) for seconds in (20, 60, 180, 600, 1800, 3600))
WINDOW = timedelta(minutes=1)


def after(delivery: Delivery, outcome: HandOver, now: datetime) -> Delivery:
    """
    Return the delivery as it stands after an attempt.

    A trouble that concerns every message (`is_for_all` with a deferral) is none of this
    person's attempts: the delivery is planned again without counting.
    """
    is_sent = outcome.state is DeliveryState.SENT
    reply = (
        "" if is_sent else f"{outcome.phase}: {outcome.code or ''} {outcome.reply}".replace("  ", " ").strip()
    )
    base = dataclasses.replace(
        delivery,
        attempts=delivery.attempts + 1,
        reason=reply[:300],
        code=outcome.code,
        queue_id=outcome.queue_id,
        next_try=None,
        changed_at=now,
        state=outcome.state,
    )
    if outcome.state is not DeliveryState.DEFERRED:
        return base
    if outcome.is_for_all and outcome.phase in (Phase.CONNECT, Phase.STARTTLS, Phase.AUTH):
        return dataclasses.replace(base, attempts=delivery.attempts, state=DeliveryState.PLANNED)
    if base.attempts >= GIVE_UP_AFTER:
        return dataclasses.replace(
            base,
            state=DeliveryState.FAILED,
            reason=f"gave up after {base.attempts} attempts; last {reply}"[:300],
        )
    return dataclasses.replace(base, next_try=now + wait(base.attempts))


def wait(attempts: int) -> timedelta:
    """Return how long to wait after that many attempts."""
    return WAITS[min(max(attempts, 1), len(WAITS)) - 1]


def throttled(throttle: Throttle, outcome: HandOver, now: datetime) -> Throttle | None:
    """
    Return the throttle of a domain (or of the relay) after an outcome, None where nothing changes.

    What is said to MAIL is said about us: the caller brings the relay's throttle.
    """
    if outcome.state is DeliveryState.SENT:
        if not throttle.failures and throttle.blocked_until is None:
            return None
        return dataclasses.replace(throttle, failures=0, blocked_until=None, reason="")
    is_relays = outcome.phase is Phase.MAIL and outcome.state is DeliveryState.DEFERRED
    is_domains = outcome.code in DOMAIN_CODES and outcome.phase in (Phase.RCPT, Phase.DATA, Phase.DOT)
    if not is_relays and not is_domains:
        return None
    if is_blocked(throttle, now):
        return None  # several connections heard the same "later": one wait
    pause = DOMAIN_WAITS[min(throttle.failures, len(DOMAIN_WAITS) - 1)]
    return dataclasses.replace(
        throttle,
        failures=throttle.failures + 1,
        blocked_until=now + pause,
        reason=f"{outcome.code or ''} {outcome.reply}".strip()[:200],
    )


def is_blocked(throttle: Throttle, now: datetime) -> bool:
    """Whether nothing is tried for it now; what reaches beyond the longest wait was noted under a wrong clock."""
    until = throttle.blocked_until
    return until is not None and now < until <= now + DOMAIN_WAITS[-1]


def allowance(throttle: Throttle, *, per_minute: int, now: datetime) -> tuple[int, Throttle]:
    """
    Return how many may be claimed for the domain now, and the throttle with its present window.

    Args:
        per_minute: The domain's limit; 0 for none.
    """
    if is_blocked(throttle, now):
        return 0, throttle
    if not per_minute:
        return -1, throttle
    if throttle.window_start is None or now >= throttle.window_start + WINDOW or now < throttle.window_start:
        throttle = dataclasses.replace(throttle, window_start=now, used=0)
    return max(0, per_minute - throttle.used), throttle
