"""
Compose: draft the edition that is due, from what the window holds.

The job asks the store what is due, never when it was nudged: a period is composed once, late
rather than never, and what was missed while nobody was awake is kept as skipped rows. Composing
again before anyone touched the draft gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsdigest import logs
from newsdigest.editing import acts, cadence, doubts, selection
from newsdigest.editing.cadence import Period, Plan
from newsdigest.editing.selection import Material
from newsdigest.errors import IllegalStepError
from newsdigest.model import ids
from newsdigest.model.editions import Edition, EditionState, Placement
from newsdigest.model.newsletters import Newsletter
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store, UnitOfWork

log = logs.get_logger(__name__)

BY_CLOCK = "clock"
DRAWN_AFRESH = "drawn afresh"
_UNSENT = (EditionState.COLLECTING, EditionState.DRAFT, EditionState.IN_REVIEW, EditionState.REJECTED)
_NEVER_SENT = frozenset({EditionState.SKIPPED, EditionState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeReport:
    """
    What composing did.

    Attributes:
        edition: The edition of the period, new or as it was.
        is_new: It was made by this run.
        skipped: Editions kept as skipped rows for periods nobody was awake for.
        reason: Why nothing was drafted, "" else.
    """

    edition: Edition
    is_new: bool = False
    skipped: tuple[Edition, ...] = ()
    reason: str = ""

    @property
    def line(self) -> str:
        """One line for the operator."""
        edition = self.edition
        counts = ", ".join(
            f"{language} {len(edition.placed(language))}"
            for language in dict.fromkeys(p.language for p in edition.placements)
        )
        state = edition.state.value.replace("_", " ") + (
            f" ({edition.state_reason})" if edition.state_reason else ""
        )
        return f"{edition.id}: {state}" + (f"; stories {counts}" if counts else "")


def compose(
    *, clock: Clock, store: Store, newsletter: Newsletter, is_by_hand: bool = True, by: str = BY_CLOCK
) -> ComposeReport | None:
    """
    Draft what is due and return what became of it; None where nothing is.

    By hand, an edition whose copy deadline is still to come is begun early (`collecting`), and
    one that nobody has touched is drawn afresh.
    """
    now = clock.now()
    zone = ZoneInfo(newsletter.zone)
    # Looked at first without the writer's lock: the clock asks every half minute, mostly for nothing.
    with store.read() as unit:
        _, period = _what_is_due(unit, newsletter, zone, now, is_by_hand=is_by_hand)
    if period is None:
        return None
    with store.write() as unit:
        plan, period = _what_is_due(unit, newsletter, zone, now, is_by_hand=is_by_hand)
        if period is None:
            return None
        skipped = tuple(_keep_missed(unit, newsletter, missed, now) for missed in plan.missed)
        report = _draft(unit, newsletter, period, now=now, zone=zone, by=by)
    if report.is_new:
        log.info(
            "edition_composed",
            edition=report.edition.id,
            stories=len(report.edition.placements),
            missed=len(skipped),
        )
    return replace(report, skipped=skipped)


def _what_is_due(
    unit: UnitOfWork, newsletter: Newsletter, zone: ZoneInfo, now: datetime, *, is_by_hand: bool
) -> tuple[Plan, Period | None]:
    known = [edition for edition in unit.editions.all(newsletter.id) if not edition.follows]
    # What was begun before its deadline is due once more when the deadline has passed.
    drafted = [edition.day for edition in known if edition.state is not EditionState.COLLECTING]
    plan = cadence.plan(
        newsletter.cadence, zone, now=now, last_day=max(drafted, default=None),
        grace=timedelta(minutes=newsletter.grace_minutes),
    )  # fmt: skip
    if plan.due is not None or not is_by_hand:
        return plan, plan.due
    return plan, _current(known, newsletter, zone, now) or plan.upcoming


def _current(
    known: Sequence[Edition], newsletter: Newsletter, zone: ZoneInfo, now: datetime
) -> Period | None:
    """Return the period of an unsent edition that is still to go out, for composing it again by hand."""
    for edition in known:
        if edition.send_at > now and edition.state in (*_UNSENT, EditionState.SKIPPED):
            return cadence.period_of(newsletter.cadence, zone, edition.day)
    return None


def _draft(
    unit: UnitOfWork, newsletter: Newsletter, period: Period, *, now: datetime, zone: ZoneInfo, by: str
) -> ComposeReport:
    id_ = ids.edition_id(newsletter.id, period.day)
    if period.cut_off <= now:
        _close_older(unit, newsletter, period, now)
    known = unit.editions.all(newsletter.id)
    before = unit.editions.get(id_)
    window = _window(newsletter, period, known, now=now, zone=zone)
    fresh = _fresh(unit, newsletter, period, known, window=window, now=now, by=by)
    if before is None:
        if not unit.editions.add(fresh):
            # Another process was quicker by a moment; its edition is the edition.
            return ComposeReport(edition=unit.editions.get(id_) or fresh)
        unit.audit.add(at=now, by=by, what="edition.compose", subject=id_, detail=_summary(fresh))
        return ComposeReport(edition=fresh, is_new=True, reason=fresh.state_reason)
    if _is_untouched(unit, before):
        drawn = replace(fresh, created_at=before.created_at, number=before.number, version=before.version)
        if _same(drawn, before):
            return ComposeReport(edition=before, reason=before.state_reason)
        saved = unit.editions.save(drawn, what=DRAWN_AFRESH)
        unit.audit.add(at=now, by=by, what="edition.compose", subject=id_, detail=_summary(saved))
        return ComposeReport(edition=saved, is_new=True, reason=saved.state_reason)
    if before.state is EditionState.COLLECTING and period.cut_off <= now:
        saved = unit.editions.save(_joined(before, fresh), what="copy deadline: late stories added")
        return ComposeReport(edition=saved, is_new=True)
    return ComposeReport(edition=before, reason="an editor has worked on it; nothing was changed")


def _fresh(
    unit: UnitOfWork, newsletter: Newsletter, period: Period, known: Sequence[Edition],
    *, window: tuple[datetime, datetime], now: datetime, by: str,
) -> Edition:  # fmt: skip
    id_ = ids.edition_id(newsletter.id, period.day)
    material = gather(unit, newsletter, since=window[0], apart_from=id_, before=known)
    chosen = selection.select(material, newsletter, window=window, day=period.day, send_at=period.send_at)
    new = doubts.new_stories(chosen.placements)
    is_thin = len(new) < newsletter.cadence.skip_below
    state = EditionState.DRAFT if period.cut_off <= now else EditionState.COLLECTING
    reason = ""
    if is_thin and state is EditionState.DRAFT:
        state, reason = (
            EditionState.SKIPPED,
            f"only {len(new)} new stories; {newsletter.cadence.skip_below} are needed",
        )
    return Edition(
        id=id_, newsletter_id=newsletter.id, day=period.day, number=_number(known, period.day), state=state,
        state_reason=reason, window=window, send_at=period.send_at, created_at=now, changed_at=now, changed_by=by,
        placements=chosen.placements, waiting=chosen.waiting, left_out=chosen.left_out,
        introductions=newsletter.introductions,
    )  # fmt: skip


def gather(
    unit: UnitOfWork,
    newsletter: Newsletter,
    *,
    since: datetime,
    apart_from: str = "",
    before: Sequence[Edition] = (),
) -> Material:
    """Return what a selection may look at: stories seen since, with all their items and sources."""
    carried = frozenset(p.story_id for edition in before[:2] for p in edition.waiting if p.held == "embargo")
    reach = since
    if any(section.repeats for section in newsletter.sections):
        reach = since - timedelta(days=newsletter.max_age_days * 2)
    stories = {story.id: story for story in unit.stories.seen_since(reach)}
    stories |= unit.stories.get(sorted(carried - set(stories)))
    wanted = {id_ for story in stories.values() for id_ in story.all_ids}
    return Material(
        stories=tuple(stories.values()),
        items=unit.items.get(sorted(wanted)),
        sources={source.id: source for source in unit.sources.all()},
        placed=frozenset(unit.editions.placed_stories(newsletter.id, apart_from=apart_from)),
        dropped=frozenset(unit.editions.dropped_stories(newsletter.id)),
        carried=carried,
        taken_down=frozenset(takedown.story_id for takedown in unit.takedowns.all()),
    )


def _window(
    newsletter: Newsletter, period: Period, known: Sequence[Edition], *, now: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """
    Return the first-seen instants this edition covers.

    It begins where the window of the last edition that was not skipped ended: nothing falls
    between two editions, and the stories of a skipped one are not lost.
    """
    earlier = [edition for edition in known if edition.day < period.day and not edition.follows]
    sent = [edition.window[1] for edition in earlier if edition.state not in _NEVER_SENT]
    unsent = [edition.window[0] for edition in earlier if edition.state in _NEVER_SENT]
    if sent or unsent:
        start = max(sent) if sent else min(unsent)
    else:
        before = cadence.previous(newsletter.cadence, zone, period)
        start = before.cut_off if before else period.cut_off - timedelta(days=7)
    return start, max(start, min(period.cut_off, now.astimezone(UTC)))


def _number(known: Sequence[Edition], day: date) -> int:
    return 1 + max((e.number for e in known if e.day < day and e.state not in _NEVER_SENT), default=0)


def _is_untouched(unit: UnitOfWork, edition: Edition) -> bool:
    """Whether no person has changed anything since it was composed."""
    if edition.state not in (*_UNSENT[:2], EditionState.SKIPPED):
        return False
    return all(step.what in ("composed", DRAWN_AFRESH) for step in unit.editions.history(edition.id))


def _same(drawn: Edition, before: Edition) -> bool:
    return replace(drawn, changed_at=None, changed_by="") == replace(before, changed_at=None, changed_by="")


def _joined(before: Edition, fresh: Edition) -> Edition:
    """Return an edition begun early, with what came since: the editor's work stays as it is."""
    known = {p.id for p in (*before.placements, *before.waiting)}
    late = [p for p in fresh.placements if p.id not in known]
    waiting = tuple(p for p in fresh.waiting if p.id not in known)
    grown = acts.place(before, late)
    return replace(
        grown,
        state=EditionState.DRAFT,
        window=fresh.window,
        waiting=(*grown.waiting, *waiting),
        left_out=fresh.left_out,
    )


def _keep_missed(unit: UnitOfWork, newsletter: Newsletter, period: Period, now: datetime) -> Edition:
    """Store a row for a period nobody was awake for, so that the gap is seen."""
    edition = Edition(
        id=ids.edition_id(newsletter.id, period.day), newsletter_id=newsletter.id, day=period.day, number=0,
        state=EditionState.SKIPPED, state_reason="newsdigest was not running when it was due",
        window=(period.cut_off, period.cut_off), send_at=period.send_at, created_at=now,
        changed_at=now, changed_by=BY_CLOCK,
    )  # fmt: skip
    unit.editions.add(edition)
    return edition


def _close_older(unit: UnitOfWork, newsletter: Newsletter, period: Period, now: datetime) -> None:
    """Skip drafts nobody approved before the next edition was due; their stories go into it."""
    for edition in unit.editions.all(newsletter.id):
        held = edition.state is EditionState.NEEDS_DECISION and edition.approval is None
        if edition.day < period.day and (edition.state in _UNSENT or held) and not edition.follows:
            reason = f"not approved before the edition of {period.day} was due"
            closed = replace(
                edition, state=EditionState.SKIPPED, state_reason=reason, changed_by=BY_CLOCK, changed_at=now
            )
            unit.editions.save(closed, what="skipped: not approved in time")
            unit.audit.add(at=now, by=BY_CLOCK, what="edition.skip", subject=edition.id, detail=reason)


def pull_in(*, clock: Clock, store: Store, newsletter: Newsletter, edition_id: str) -> tuple[Placement, ...]:
    """Return what came after the edition's window, as it would stand in it; nothing is stored."""
    now = clock.now()
    with store.read() as unit:
        edition = unit.editions.get(edition_id)
        if edition is None:
            raise IllegalStepError(edition_id, "does not exist")
        material = gather(unit, newsletter, since=edition.window[1], apart_from="")
        material = replace(material, stories=unit.stories.seen_since(edition.window[1]))
    window = (edition.window[1], max(now, edition.window[1]))
    chosen = selection.select(material, newsletter, window=window, day=edition.day, send_at=edition.send_at)
    return (*chosen.placements, *chosen.waiting)


def _summary(edition: Edition) -> str:
    return f"{edition.state.value}; {len(edition.placements)} placements, {len(edition.waiting)} waiting"
