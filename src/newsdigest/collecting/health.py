"""
How a source is, with evidence (feeds spec, section 6): never silently dead.

Pure. The evidence is gathered at every good look (`noted`) and worded when somebody asks (`report`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from newsdigest.collecting import repetition, timetable
from newsdigest.collecting.identity import Policy
from newsdigest.model.entries import Document
from newsdigest.model.sources import FetchResult, Source, SourceState

GAPS = 30
NEWEST = 5
LANGUAGES = 40
"""Judged items of a source that are looked at for the language it usually tells in."""
COUNTS = 12
SILENT_FACTOR = 3
SHORTEST_RHYTHM = timedelta(days=2)


class Mark(StrEnum):
    """The one word for a source."""

    NEW = "new"
    WELL = "well"
    PAUSED = "paused"
    SILENT = "silent"
    FAILING = "failing"
    BLOCKED = "blocked"
    GONE = "gone"
    MOVED = "moved"
    ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """
    How one source is.

    Attributes:
        needs_attention: An editor should look.
        evidence: One plain sentence each.
        rhythm: Median gap between new items.
    """

    source: str
    name: str
    mark: Mark
    needs_attention: bool
    evidence: tuple[str, ...]
    rhythm: timedelta | None
    last_success: datetime | None
    last_new_item: datetime | None
    failing_since: datetime | None
    next_look: datetime | None


def noted(
    state: SourceState,
    *,
    before: Policy,
    policy: Policy,
    document: Document | None,
    new: int,
    reissued: int,
    quarantined: int,
    now: datetime,
    shared: Mapping[str, str] | None = None,
    languages: Sequence[str] = (),
) -> SourceState:
    """
    Return the state with what a good look adds to the evidence.

    Args:
        shared: Paragraphs that repeat under the source's texts: key to first words.
        languages: Of the source's latest items as judged, newest first.
    """
    evidence = dict(state.evidence)
    evidence.pop("new_address", None)
    if known := repetition.merged(evidence.get("boilerplate"), shared or {}, now.date()):
        evidence["boilerplate"] = known
    drift = language_drift(languages)
    if drift:
        evidence["drift"] = drift
    elif languages:
        evidence.pop("drift", None)
    last_new = state.last_new_item
    if new:
        if last_new is not None and now - last_new >= timedelta(hours=1):
            gaps = evidence.get("gaps")
            evidence["gaps"] = [
                *(gaps if isinstance(gaps, list) else []),
                int((now - last_new).total_seconds()),
            ][-GAPS:]
        last_new = now
    if document is not None:
        counts = evidence.get("counts")
        evidence["counts"] = [*(counts if isinstance(counts, list) else []), len(document.entries)][-COUNTS:]
        evidence["format"] = document.format
        evidence["title"] = document.title[:200]
        language = (document.language or "").lower()[:2]
        if language and evidence.get("language", language) != language:
            evidence["language_before"] = evidence["language"]
            evidence["language_since"] = now.isoformat()
        if language:
            evidence["language"] = language
        evidence["repairs"] = list(document.problems[:5])
    if str(policy) != str(before):
        logged = evidence.get("policy_log")
        line = f"{now:%Y-%m-%d}: {'; '.join(policy.words())}"
        evidence["policy_log"] = [*(logged if isinstance(logged, list) else []), line][-10:]
    if reissued >= 3:
        evidence["reissued"] = f"{now:%Y-%m-%d}: {reissued} old posts came again under new addresses or dates"
    if quarantined:
        evidence["flood"] = f"{now:%Y-%m-%d}: {quarantined} items at once; they wait for an editor"
    return replace(state, has_base_line=True, policy=str(policy), last_new_item=last_new, evidence=evidence)


def language_drift(languages: Sequence[str]) -> str:
    """
    Return the words for newest items in another language than the ones before, "" where there is none.

    A source that tells in two languages by turns has no usual one; texts the judge could not tell
    ("und", "mixed") say nothing. The declared language plays no part: it is wrong for a quarter of all feeds.
    """
    told = [language for language in languages if language not in ("und", "mixed")]
    newest, before = told[:NEWEST], told[NEWEST:]
    if len(newest) < NEWEST or len(before) < 2 * NEWEST - 2:
        return ""
    (now_in, now_count), (usual, usual_count) = (Counter(part).most_common(1)[0] for part in (newest, before))
    if now_in == usual or now_count < NEWEST - 1 or usual_count * 5 < len(before) * 4:
        return ""
    told_before = f"{usual_count} of {len(before)} were in {usual}"
    return f"{now_count} of the newest {NEWEST} items are in {now_in}, before {told_before}"


def rhythm(state: SourceState) -> timedelta | None:
    """Return the usual gap between new items, None until three gaps are known."""
    gaps = state.evidence.get("gaps")
    if not isinstance(gaps, list) or len(gaps) < 3:
        return None
    return timedelta(seconds=float(median(gaps)))


def report(source: Source, state: SourceState, now: datetime) -> Health:
    """Return how a source is, the worst first."""
    mark, evidence = _worst(source, state, now)
    facts = [*evidence, *_remarks(state, now)]
    usual = rhythm(state)
    if usual and mark is Mark.WELL:
        silent_for = now - (state.last_new_item or now)
        if silent_for > max(usual, SHORTEST_RHYTHM) * SILENT_FACTOR:
            mark = Mark.SILENT
            facts.insert(0, f"nothing new for {_days(silent_for)}; usually every {_days(usual)}")
    if mark is Mark.WELL and _has_dropped(state):
        mark = Mark.ODD
        facts.insert(0, "the feed holds far fewer entries than usual")
    if mark is Mark.WELL and "drift" in state.evidence:
        mark = Mark.ODD
    if mark is Mark.WELL and any(key in state.evidence for key in ("flood", "reissued")):
        mark = Mark.ODD
    attention = mark in (Mark.SILENT, Mark.BLOCKED, Mark.GONE, Mark.ODD) or (
        mark is Mark.FAILING
        and state.failing_since is not None
        and now - state.failing_since >= timedelta(days=1)
    )
    return Health(
        source=source.id,
        name=source.name,
        mark=mark,
        needs_attention=attention,
        evidence=tuple(facts),
        rhythm=usual,
        last_success=state.last_success,
        last_new_item=state.last_new_item,
        failing_since=state.failing_since,
        next_look=None if state.next_look == timetable.NEVER else state.next_look,
    )


def _worst(source: Source, state: SourceState, now: datetime) -> tuple[Mark, list[str]]:
    if source.is_paused:
        return Mark.PAUSED, ["paused by an editor"]
    if state.last_result is FetchResult.NEVER or (state.url and state.url != source.url):
        return Mark.NEW, [state.last_error or "not looked at yet"]
    if state.last_result is FetchResult.GONE:
        return Mark.GONE, [state.last_error]
    if state.last_result is FetchResult.BLOCKED:
        return Mark.BLOCKED, [state.last_error, *_since(state, now)]
    if state.failures:
        return Mark.FAILING, [state.last_error, *_since(state, now)]
    if state.last_error:
        return Mark.ODD, [state.last_error, *_unread(state, now)]
    return Mark.WELL, []


def _unread(state: SourceState, now: datetime) -> list[str]:
    """An outage of ours moves no counter (P19); how long nothing was read is told all the same."""
    if state.last_success is None or now - state.last_success < timedelta(days=1):
        return []
    return [f"not read for {_days(now - state.last_success)}"]


def _since(state: SourceState, now: datetime) -> list[str]:
    if state.failing_since is None:
        return []
    span = (
        _days(now - state.failing_since)
        if now - state.failing_since >= timedelta(days=1)
        else "less than a day"
    )
    return [f"for {span}, {state.failures} looks in a row (since {state.failing_since:%Y-%m-%d %H:%M} UTC)"]


def _remarks(state: SourceState, now: datetime) -> list[str]:
    facts = []
    evidence = state.evidence
    if isinstance(moves := evidence.get("moves"), list) and moves:
        last = moves[-1]
        facts.append(f"moved on {str(last['at'])[:10]} from {last['from']} to {last['to']}")
    elif isinstance(moving := evidence.get("moving"), dict):
        facts.append(f"redirects to {moving['to']} since {str(moving['since'])[:10]}")
    if timetable.is_liar(state, now):
        facts.append("has answered nothing but 'not modified' for 8 days; asked once without validators")
    if "language_since" in evidence:
        facts.append(
            f"declares {evidence.get('language')} since {str(evidence['language_since'])[:10]}, "
            f"before {evidence['language_before']}"
        )
    facts += [str(evidence[key]) for key in ("drift", "flood", "reissued") if key in evidence]
    if learnt := repetition.words(evidence.get("boilerplate")):
        facts.append(learnt)
    facts += [f"keys: {words}" for words in Policy.parse(state.policy).words()]
    if isinstance(repairs := evidence.get("repairs"), list):
        facts += [f"repaired: {words}" for words in repairs[:2]]
    return facts


def _has_dropped(state: SourceState) -> bool:
    """Whether the last look held less than a third of what is usual."""
    counts = state.evidence.get("counts")
    if not isinstance(counts, list) or len(counts) < 4:
        return False
    usual = median(counts[:-1])
    return bool(usual >= 6 and counts[-1] * 3 < usual)


def _days(span: timedelta) -> str:
    days = span.total_seconds() / 86400
    return f"{round(days)} days" if days >= 2 else f"{max(round(span.total_seconds() / 3600), 1)} h"
