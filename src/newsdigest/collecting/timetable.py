"""
When a source is looked at again: every timing rule of the feeds spec (P9 to P12, P17 to P20) as arithmetic.

Pure: the state before, what the server said, and `now` go in; the state after comes out.
Jitter derives from the source's id and the instant, so that a run is spread (P14) and a
rebuilt state is equal; it only ever adds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from newsdigest.model import ids
from newsdigest.model.entries import FeedHints
from newsdigest.model.sources import SourceState

FLOOR = timedelta(minutes=60)
WITHOUT_VALIDATORS = timedelta(hours=24)
LONGEST = timedelta(days=7)
JITTER_SHARE = 0.05
GARBAGE_PAUSE = timedelta(minutes=15)
UNAVAILABLE_CAP = timedelta(hours=24)
BACK_OFF_CAP = timedelta(hours=24)
LIAR_AFTER = timedelta(days=8)
GONE_CONFIRMED_AFTER = timedelta(hours=24)
MOVED_LOOKS = 3
MOVED_SPAN = timedelta(days=7)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The next look of a source that is gone for good (P18): none until somebody edits its address."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def jitter(source_id: str, now: datetime, span: timedelta) -> timedelta:
    """Return 0 to 5 % of a span, different for every source and look, the same when computed again."""
    share = int(ids.derive("jitter", source_id, now.isoformat())[:8], 16) / 0xFFFFFFFF
    return span * JITTER_SHARE * share


def next_look(
    source_id: str,
    *,
    interval: timedelta,
    headers: Mapping[str, bytes],
    hints: FeedHints,
    now: datetime,
    is_stale_without_validators: bool = False,
) -> datetime:
    """
    Return the UTC instant at which the source is due again after a good answer (P9 to P11).

    The longest of the source's interval, the server's freshness, and the feed's own wishes,
    at most seven days; then past hours and days to be skipped.

    Args:
        is_stale_without_validators: The server gives no validators and the body did not change.
    """
    wait = max(
        interval, FLOOR, freshness(headers), hints.ttl or timedelta(), hints.update_interval or timedelta()
    )
    if is_stale_without_validators:
        wait = max(wait, WITHOUT_VALIDATORS)
    wait = min(wait, LONGEST)
    at = now + wait + jitter(source_id, now, wait)
    return _past_skips(at, hints)


def freshness(headers: Mapping[str, bytes]) -> timedelta:
    """
    Return how long the answer says it stays fresh; zero for "ask again" (P10).

    Source: RFC 9111, section 4.2: max-age minus Age before Expires minus Date;
    `no-cache` and `no-store` void both.
    """
    control = headers.get("cache-control", b"").decode("latin-1").lower()
    if re.search(r"\bno-(?:cache|store)\b", control):
        return timedelta()
    if match := re.search(r"\bmax-age\s*=\s*\"?(\d{1,10})", control):
        age = headers.get("age", b"").strip()
        spent = int(age) if age.isdigit() and len(age) < 11 else 0
        return timedelta(seconds=min(max(int(match[1]) - spent, 0), LONGEST.total_seconds()))
    expires, served = _http_date(headers.get("expires")), _http_date(headers.get("date"))
    if expires is None or served is None:
        return timedelta()
    return min(max(expires - served, timedelta()), LONGEST)


def is_to_be_skipped(hints: FeedHints, now: datetime) -> bool:
    """Tell whether the feed wants no visit at this hour or on this day (P11); a late run asks once more."""
    return _past_skips(now, hints) > now


def _past_skips(at: datetime, hints: FeedHints) -> datetime:
    """Move an instant out of hours and days to be skipped (GMT), unless that would take seven days (P11)."""
    days = {day.lower() for day in hints.skip_days}
    if not hints.skip_hours and not days:
        return at
    moved = at
    for _ in range(24 * 7):
        utc = moved.astimezone(UTC)
        if utc.hour not in hints.skip_hours and _WEEKDAYS[utc.weekday()] not in days:
            return moved
        # To the beginning of the next hour, keeping the minute: not everybody at :00 (P14).
        following = utc.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        moved = following + timedelta(minutes=at.minute, seconds=at.second)
    return at


def retry_after(headers: Mapping[str, bytes], *, now: datetime, cap: timedelta) -> timedelta | None:
    """
    Return how long the server asks to be left alone, None where it does not say (P12).

    Seconds, or a date relative to the answer's own Date (its clock may be wrong); garbage means 15 minutes.

    Source: RFC 9110, section 10.2.3.
    """
    raw = headers.get("retry-after")
    if raw is None:
        return None
    text = raw.decode("latin-1").strip()
    if text.isdigit():
        return min(timedelta(seconds=min(int(text[:12]), 10**9)), cap)
    until = _http_date(raw)
    if until is None:
        return GARBAGE_PAUSE
    wait = until - (_http_date(headers.get("date")) or now)
    return min(max(wait, timedelta()), cap) if wait > timedelta() else GARBAGE_PAUSE


def after_busy(state: SourceState, *, status: int, headers: Mapping[str, bytes], now: datetime) -> timedelta:
    """Return the pause after 429 or 503: what was asked for, else one hour, doubling (P12)."""
    cap = LONGEST if status == 429 else UNAVAILABLE_CAP
    asked = retry_after(headers, now=now, cap=cap)
    if asked is not None:
        return max(asked, timedelta(seconds=1))
    return min(timedelta(hours=1) * int(2 ** min(state.failures, 8)), cap)


def after_failure(state: SourceState, *, interval: timedelta, now: datetime) -> timedelta:
    """
    Return the wait after another failed look (P19).

    The delay doubles with each failure in a row, up to a day, and is a day once the
    source has failed for 14 days; it never ends for good.
    """
    begun = state.failing_since or now
    if now - begun >= timedelta(days=14):
        return BACK_OFF_CAP
    wait = min(max(interval, FLOOR) * int(2 ** min(state.failures, 6)), BACK_OFF_CAP)
    return max(wait, FLOOR)


def after_blocked() -> timedelta:
    """Return the wait after 401 or 403: one request a day (P20)."""
    return timedelta(hours=24)


def is_gone_for_good(state: SourceState, now: datetime) -> bool:
    """Tell whether a second 410 stands at least a day after the first (P18)."""
    first = _instant(state.evidence.get("first_410"))
    return first is not None and now - first >= GONE_CONFIRMED_AFTER


def earliest(state: SourceState, url: str) -> datetime | None:
    """
    Return the instant before which that address is not asked again, whoever wants it (P9, P12).

    "Fetch now" in the newsroom and `collect --source` come here too: the publisher's
    server does not know who was impatient.
    """
    if state.url != url or state.last_look is None:
        return None
    held = _instant(state.evidence.get("not_before"))
    floor = state.last_look + FLOOR
    return max(floor, held) if held else floor


def is_liar(state: SourceState, now: datetime) -> bool:
    """Tell whether nothing but 304 has come for eight days, so that one look goes without validators (P5)."""
    since = _instant(state.evidence.get("only_304_since"))
    return since is not None and now - since >= LIAR_AFTER


def note_move(
    state: SourceState, hops: tuple[tuple[int, str, str], ...], *, now: datetime
) -> tuple[SourceState, str | None]:
    """
    Return the state with what redirects taught, and the new address once it is certain (P17).

    Certain is: every hop 301 or 308, the same target on at least three looks over at
    least seven days, and never from https to http.
    """
    evidence = dict(state.evidence)
    target = hops[-1][2] if hops else ""
    is_lasting = bool(hops) and all(status in (301, 308) for status, _, _ in hops)
    is_safe = not any(a.startswith("https:") and not b.startswith("https:") for _, a, b in hops)
    if not (is_lasting and is_safe):
        evidence.pop("moving", None)
        return replace(state, evidence=evidence), None
    before = evidence.get("moving")
    moving = before if isinstance(before, dict) and before.get("to") == target else None
    looks = int(str(moving["looks"])) + 1 if moving else 1
    since = str(moving["since"]) if moving else now.isoformat()
    evidence["moving"] = {"to": target, "looks": looks, "since": since}
    if looks >= MOVED_LOOKS and now - datetime.fromisoformat(since) >= MOVED_SPAN:
        evidence.pop("moving")
        return replace(state, evidence=evidence), target
    return replace(state, evidence=evidence), None


def _instant(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _http_date(raw: bytes | None) -> datetime | None:
    if raw is None:
        return None
    try:
        found = parsedate_to_datetime(raw.decode("latin-1").strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
