"""
What one look at a source taught: from the state before and the answer to the state after.

Pure. The states of P1 to P7 (validators), P12, P18 to P20 and P22 are decided here, the
instants in `timetable`. Validators enter the state only together with the items of
their body (P6): `after_reading` returns one record, written in one transaction.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from newsdigest.collecting import timetable
from newsdigest.model.entries import Document, FeedHints
from newsdigest.model.sources import FetchResult, Source, SourceState
from newsdigest.ports.fetching import FetchAnswer, FetchProblem, FetchRequest
from newsdigest.ports.reading import ReadResult
from newsdigest.text import urls

PARSER_VERSION = "1"
"""Raised when entries would be read differently: each source is then fetched once without validators (P5)."""
NETWORK = frozenset({FetchProblem.DNS, FetchProblem.CONNECT, FetchProblem.TLS, FetchProblem.TIMEOUT})
"""No answer at all: when most hosts are like this, the fault is ours (P19)."""

_LASTING = ("moves", "gaps", "policy_log", "boilerplate", "drift")
"""Evidence that holds for the source under any address."""
_REFUSALS = frozenset({401, 403, 407, 451})
_STATUS_WORDS = {
    401: "the server wants a log-in (401)",
    403: "the server refuses us (403)",
    404: "there is nothing at this address (404)",
    407: "the server refuses us (407)",
    451: "the server may not answer for legal reasons (451)",
    500: "the server has an error (500)",
}
_BOT_WALLS = (
    ("Cloudflare", re.compile(rb"cf-mitigated|cf-chl|challenge-platform|Just a moment\.", re.I)),
    ("DDoS-Guard", re.compile(rb"ddos-guard", re.I)),
    ("Imperva", re.compile(rb"_Incapsula_Resource|imperva", re.I)),
    ("Akamai", re.compile(rb"AkamaiGHost|edgesuite\.net", re.I)),
    ("Sucuri", re.compile(rb"sucuri", re.I)),
    ("Wordfence", re.compile(rb"wordfence", re.I)),
    ("Anubis", re.compile(rb"anubis_challenge|Making sure you(?:'|&#39;)re not a bot", re.I)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """
    One look.

    Attributes:
        state: After it, as far as known; final unless `needs_reading`.
        needs_reading: A new body is there; `after_reading` decides.
        pauses: Domains that asked to be left alone, and until when.
        is_network_failure: Held back until the run knows whether the fault is ours.
        moved_to: The address that replaces the source's (P17).
        problem: One plain sentence, "" where all is well.
    """

    state: SourceState
    needs_reading: bool = False
    pauses: Mapping[str, datetime] = field(default_factory=dict)
    is_network_failure: bool = False
    moved_to: str | None = None
    problem: str = ""


def current(source: Source, state: SourceState) -> SourceState:
    """Return the state, begun anew where the address was edited (P7, P18)."""
    if state.url in ("", source.url):
        return replace(state, url=source.url)
    return begun_anew(source, state)


def begun_anew(source: Source, state: SourceState) -> SourceState:
    """Return the state of a source that is read at another place or in another way from now on: due at once."""
    kept = {key: value for key, value in state.evidence.items() if key in _LASTING}
    return SourceState(
        source_id=source.id,
        url=source.url,
        policy=state.policy,
        last_new_item=state.last_new_item,
        has_base_line=state.has_base_line,
        last_success=state.last_success,
        evidence={**kept, "new_address": True},
    )


def request(
    source: Source, state: SourceState, now: datetime, *, max_bytes: int, timeout: float
) -> FetchRequest:
    """Return the GET; unconditional only for the first look, a new parser, and a "304 liar" (P5)."""
    is_conditional = state.parser_version == PARSER_VERSION and not timetable.is_liar(state, now)
    return FetchRequest(
        key=source.id,
        url=source.url,
        etag=state.etag if is_conditional else None,
        last_modified=state.last_modified if is_conditional else None,
        validated_url=str(state.evidence.get("validated_url") or ""),
        max_bytes=max_bytes,
        timeout_seconds=timeout,
    )


def after_answer(source: Source, state: SourceState, answer: FetchAnswer, now: datetime) -> Look:
    """Return what the answer alone decides."""
    if answer.problem is FetchProblem.STATUS:
        return _after_status(source, state, answer, now)
    if answer.problem is not None:
        refused = answer.problem is FetchProblem.REFUSED_ADDRESS
        look = failed(
            source, state, answer.detail, now, result=FetchResult.BLOCKED if refused else FetchResult.FAILED
        )
        return replace(look, is_network_failure=answer.problem in NETWORK)
    if answer.status == 304:
        return _after_not_modified(source, state, answer, now)
    if not answer.body.strip():
        return failed(source, state, "the server sent an empty document", now, result=FetchResult.EMPTY)
    is_comparable = state.body_hash and state.parser_version == PARSER_VERSION
    if is_comparable and body_hash(answer.body) == state.body_hash:
        done = _good(source, state, answer, now, result=FetchResult.UNCHANGED)
        return _with_moves(source, _validated(done, answer), answer, now)
    return Look(state=state, needs_reading=True)


def after_reading(
    source: Source, state: SourceState, answer: FetchAnswer, result: ReadResult, now: datetime
) -> Look:
    """Return what came of reading the body; a failure leaves validators and items alone (P22)."""
    if result.document is None:
        what = (
            FetchResult.NOT_A_FEED
            if result.reason not in ("empty", "timeout", "unreadable")
            else FetchResult.FAILED
        )
        if result.reason == "bot_wall":
            what = FetchResult.BLOCKED
        look = failed(source, state, result.error or f"unreadable ({result.reason})", now, result=what)
        return replace(look, state=_noted(look.state, reason=result.reason))
    state = replace(state, parser_version=PARSER_VERSION)
    done = _good(source, state, answer, now, result=FetchResult.OK, document=result.document)
    done = _validated(replace(done, body_hash=body_hash(answer.body)), answer)
    return _with_moves(source, done, answer, now)


def failed(
    source: Source,
    state: SourceState,
    why: str,
    now: datetime,
    *,
    result: FetchResult = FetchResult.FAILED,
    wait: timedelta | None = None,
) -> Look:
    """Return the state after a failed look: counters move, validators and items stay."""
    pause = timetable.after_failure(state, interval=source.interval, now=now) if wait is None else wait
    after = replace(
        state,
        last_look=now,
        last_result=result,
        last_error=why,
        failures=state.failures + 1,
        failing_since=state.failing_since or now,
        next_look=now + pause + timetable.jitter(source.id, now, pause),
    )
    return Look(state=after, problem=why)


def is_to_be_skipped(state: SourceState, now: datetime) -> bool:
    """Tell whether the feed, as last read, wants no visit now (P11)."""
    return timetable.is_to_be_skipped(_hints(state.evidence.get("hints")), now)


def folder_read(source: Source, state: SourceState, problem: str, now: datetime) -> Look:
    """Return the state after a folder on disk was read; nobody's patience is asked there."""
    after = replace(
        state, last_look=now, last_success=now, last_result=FetchResult.OK, last_error=problem, failures=0,
        failing_since=None, next_look=now + min(source.interval, timedelta(hours=1)),
    )  # fmt: skip
    return Look(state=after, problem=problem)


def after_own_outage(source: Source, look: Look, before: SourceState, now: datetime) -> Look:
    """Return the look with no counter moved: most hosts failed at once, so the fault is ours (P19)."""
    state = replace(
        before,
        url=source.url,
        last_error=look.problem,
        next_look=now + timetable.FLOOR + timetable.jitter(source.id, now, timetable.FLOOR),
    )
    return replace(look, state=state)


def body_hash(body: bytes) -> str:
    """Return what tells that a body is the stored one (P4)."""
    return hashlib.sha256(body).hexdigest()[:32]


def bot_wall(answer: FetchAnswer) -> str:
    """Return the name of the service that took us for a robot, "" where none shows."""
    evidence = (
        b"\n".join(name.encode() + b": " + value for name, value in answer.headers.items()) + answer.body
    )
    return next((name for name, pattern in _BOT_WALLS if pattern.search(evidence)), "")


def status_words(answer: FetchAnswer) -> str:
    """Return in one sentence why a server gave no document; who takes us for a robot is named."""
    status = answer.status
    why = _STATUS_WORDS.get(status, f"the server answered {status}")
    if status in _REFUSALS and (wall := bot_wall(answer)):
        why += f"; {wall} takes the collector for a robot. The webmaster can allow its user agent"
    return why


def _after_status(source: Source, state: SourceState, answer: FetchAnswer, now: datetime) -> Look:
    status = answer.status
    if status == 410:
        return _after_gone(source, state, answer, now)
    state = _noted(state, status=status)
    if status in (429, 503):
        pause = timetable.after_busy(state, status=status, headers=answer.headers, now=now)
        why = f"the server answered {status} and asks to be left alone for {_words(pause)}"
        look = failed(source, state, why, now, wait=max(pause, timetable.FLOOR))
        held = _noted(look.state, not_before=(now + pause).isoformat())
        domain = urls.registrable_domain(urls.host(answer.url))
        return replace(look, state=held, pauses={domain: now + pause} if status == 429 and domain else {})
    why = status_words(answer)
    if status in _REFUSALS:
        look = failed(source, state, why, now, result=FetchResult.BLOCKED, wait=timetable.after_blocked())
        return replace(look, state=_noted(look.state, wall=bot_wall(answer)))
    return failed(source, state, why, now)


def _after_gone(source: Source, state: SourceState, answer: FetchAnswer, now: datetime) -> Look:
    """410: once more a day later, then never again until somebody edits the address (P18)."""
    if timetable.is_gone_for_good(state, now):
        why = "the feed is gone for good (410, twice); find its new address and edit it, or remove the source"
        look = failed(source, state, why, now, result=FetchResult.GONE)
        return replace(look, state=replace(look.state, next_look=timetable.NEVER))
    why = "the server says the feed is gone (410); it is asked once more tomorrow"
    look = failed(source, state, why, now, result=FetchResult.GONE, wait=timedelta(hours=24, minutes=5))
    first = state.evidence.get("first_410") or now.isoformat()
    return replace(look, state=_noted(look.state, status=410, first_410=first))


def _after_not_modified(source: Source, state: SourceState, answer: FetchAnswer, now: datetime) -> Look:
    if state.etag is None and state.last_modified is None:
        return failed(
            source, state, "the server said 304 (not modified), although nothing was asked for", now
        )
    # A 304 without validators keeps the pair; one with new ones replaces it (P3).
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    done = _good(source, state, answer, now, result=FetchResult.NOT_MODIFIED)
    if etag is not None or modified is not None:
        done = replace(done, etag=etag or state.etag, last_modified=modified or state.last_modified)
    done = _noted(done, only_304_since=state.evidence.get("only_304_since") or now.isoformat())
    return _with_moves(source, done, answer, now)


def _good(
    source: Source,
    state: SourceState,
    answer: FetchAnswer,
    now: datetime,
    *,
    result: FetchResult,
    document: Document | None = None,
) -> SourceState:
    """Return the state after a good answer; counters are back at nought."""
    evidence = {
        key: value
        for key, value in state.evidence.items()
        if key not in ("first_410", "not_before", "status", "wall", "reason", "only_304_since")
    }
    if document is not None:
        evidence["hints"] = _plain_hints(document.hints)
    names = ("cache-control", "expires", "date", "age")
    freshness: dict[str, bytes] = {name: answer.headers[name] for name in names if name in answer.headers}
    if "cache-control" in freshness or "expires" in freshness:
        evidence["fresh_for"] = int(timetable.freshness(freshness).total_seconds())
    elif result is not FetchResult.NOT_MODIFIED:
        evidence.pop("fresh_for", None)
    # A 304 that says nothing of freshness leaves what the 200 said (RFC 9111, section 4.3.4).
    kept = evidence.get("fresh_for")
    headers = {"cache-control": f"max-age={kept}".encode()} if isinstance(kept, int) else {}
    has_validators = "etag" in answer.headers or "last-modified" in answer.headers
    at = timetable.next_look(
        source.id,
        interval=source.interval,
        headers=headers,
        hints=_hints(evidence.get("hints")),
        now=now,
        is_stale_without_validators=result is FetchResult.UNCHANGED and not has_validators,
    )
    return replace(
        state,
        last_look=now,
        last_success=now,
        last_result=result,
        last_error="",
        failures=0,
        failing_since=None,
        next_look=at,
        evidence=evidence,
    )


def _validated(state: SourceState, answer: FetchAnswer) -> SourceState:
    """Return the state with the pair as received; a 200 without one drops that one (P1, P3)."""
    headers = answer.headers
    return replace(state, etag=headers.get("etag"), last_modified=headers.get("last-modified"))


def _with_moves(source: Source, state: SourceState, answer: FetchAnswer, now: datetime) -> Look:
    state = _noted(state, validated_url=answer.url)
    state, target = timetable.note_move(state, answer.hops, now=now)
    if target is None:
        return Look(state=state)
    moves = state.evidence.get("moves")
    history = [
        *(moves if isinstance(moves, list) else []),
        {"at": now.isoformat(), "from": source.url, "to": target},
    ]
    # Validators belong to the old address as asked; the new one starts without (P7).
    state = _noted(
        replace(state, url=target, etag=None, last_modified=None), moves=history[-10:], validated_url=""
    )
    return Look(state=state, moved_to=target)


def _noted(state: SourceState, **facts: object) -> SourceState:
    return replace(state, evidence={**state.evidence, **facts})


def _plain_hints(hints: FeedHints) -> dict[str, object]:
    plain: dict[str, object] = {}
    if hints.ttl:
        plain["ttl"] = hints.ttl.total_seconds()
    if hints.update_interval:
        plain["update"] = hints.update_interval.total_seconds()
    if hints.skip_hours:
        plain["hours"] = sorted(hints.skip_hours)
    if hints.skip_days:
        plain["days"] = sorted(hints.skip_days)
    return plain


def _hints(plain: object) -> FeedHints:
    if not isinstance(plain, dict):
        return FeedHints()
    return FeedHints(
        ttl=timedelta(seconds=plain["ttl"]) if "ttl" in plain else None,
        update_interval=timedelta(seconds=plain["update"]) if "update" in plain else None,
        skip_hours=frozenset(plain.get("hours", ())),
        skip_days=frozenset(plain.get("days", ())),
    )


def _words(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
