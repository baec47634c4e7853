"""
What an editor may do to an edition: one function an act, an edition in, an edition out.

A change of words makes an approval void and brings the edition back to draft; the state says so.
Acts that a state does not allow are refused in words that say what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.model import ids
from newsdigest.model.editions import OPEN_TO_EDITORS, Approval, Edition, EditionState, Placement
from newsdigest.model.items import EventDates
from newsdigest.model.newsletters import Newsletter, Words
from newsdigest.text import urls_public

S = EditionState
OWN_LIMIT = 4000  # characters of a teaser or introduction written by hand


def changed(edition: Edition) -> Edition:
    """
    Return the edition open for a change of words: no approval, and no step further than draft.

    Raises:
        IllegalStepError: It is being sent, is sent, skipped or cancelled.
    """
    if edition.state not in OPEN_TO_EDITORS:
        raise IllegalStepError(
            edition.id,
            f"is {edition.state.value.replace('_', ' ')}; its words are fixed. Make a correction instead",
        )
    state = edition.state
    if edition.approval is not None or state in (S.APPROVED, S.SCHEDULED, S.IN_REVIEW, S.REJECTED):
        state = S.DRAFT
    reason = edition.state_reason if state is S.NEEDS_DECISION else ""
    return replace(edition, approval=None, state=state, state_reason=reason)


def drop(edition: Edition, placement_id: str) -> Edition:
    """Take a story out and remember "not this"."""
    return _alter(edition, placement_id, lambda p: replace(p, is_dropped=True, is_lead=False))


def keep(edition: Edition, placement_id: str, *, now: datetime | None = None, zone: tzinfo = UTC) -> Edition:
    """
    Put a dropped or waiting story (back) in; a waiting one goes to the end of its section.

    Args:
        now: A planned start that is over counts as now.
        zone: In which a refusal tells the time.

    Raises:
        IllegalStepError: Its embargo ends after the planned start.
    """
    found = edition.placement(placement_id)
    start = max(edition.send_at, now) if now else edition.send_at
    if found is not None and found.embargo_until is not None and found.embargo_until > start:
        raise IllegalStepError(edition.id, embargo_refusal(found.embargo_until, start, zone))
    waiting = next((p for p in edition.waiting if p.id == placement_id), None)
    if waiting is None:
        return _alter(edition, placement_id, lambda p: replace(p, is_dropped=False))
    return place(edition, (waiting,))


def embargo_refusal(until: datetime, start: datetime, zone: tzinfo) -> str:
    """Return why an embargoed story may not go in, with what to do instead."""
    ends, begins = until.astimezone(zone), start.astimezone(zone)
    return (
        f"holds this story back: its embargo ends on {ends:%Y-%m-%d}, {ends:%H:%M}, after the planned start"
        f" on {begins:%Y-%m-%d}, {begins:%H:%M}; leave it waiting, the next edition takes it by itself"
    )


def place(edition: Edition, placements: Iterable[Placement]) -> Edition:
    """Add stories at the end of their sections (kept from waiting, or pulled in late)."""
    open_ = changed(edition)
    new = [replace(p, held="") for p in placements if all(p.id != known.id for known in open_.placements)]
    gone = {p.id for p in new}
    made = replace(
        open_,
        placements=(*open_.placements, *(replace(p, position=10**6) for p in new)),
        waiting=tuple(p for p in open_.waiting if p.id not in gone),
    )
    return renumber(made)


def move(edition: Edition, placement_id: str, *, section_id: str = "", before: str = "") -> Edition:
    """
    Put a story into a section, before another placement, or at its end.

    Args:
        before: Id of the placement that shall follow; "" for the end of the section.
    """
    moving = _find(edition, placement_id)
    section = section_id or moving.section_id
    others = [p for p in edition.placed(moving.language) if p.id != placement_id]
    if before:
        _find(edition, before)
        place_ = next((i for i, p in enumerate(others) if p.id == before), len(others))
        section = section_id or (others[place_].section_id if place_ < len(others) else section)
    else:
        mine = [i for i, p in enumerate(others) if p.section_id == section]
        place_ = mine[-1] + 1 if mine else len(others)
    others.insert(place_, replace(moving, section_id=section))
    order = {p.id: position for position, p in enumerate(others, 1)}
    made = _alter(edition, placement_id, lambda p: replace(p, section_id=section))
    return _with_positions(made, order)


def shift(edition: Edition, placement_id: str, *, steps: int) -> Edition:
    """Move a story up (negative) or down within its section."""
    moving = _find(edition, placement_id)
    peers = [p.id for p in edition.placed(moving.language) if p.section_id == moving.section_id]
    if placement_id not in peers:
        raise IllegalStepError(placement_id, "is dropped; keep it first")
    here = peers.index(placement_id)
    there = min(max(here + steps, 0), len(peers) - 1)
    if there == here:
        return edition
    peers.insert(there, peers.pop(here))
    slots = sorted(p.position for p in edition.placed(moving.language) if p.section_id == moving.section_id)
    return _with_positions(changed(edition), dict(zip(peers, slots, strict=True)))


def pin(edition: Edition, placement_id: str, *, is_lead: bool = True) -> Edition:
    """Make a story the lead of its language, or an ordinary one again; there is one lead a language."""
    pinned = _find(edition, placement_id)
    open_ = _alter(edition, placement_id, lambda p: replace(p, is_lead=is_lead, is_dropped=False))
    cleared = tuple(
        replace(p, is_lead=False) if p.language == pinned.language and p.id != placement_id else p
        for p in open_.placements
    )
    return replace(open_, placements=cleared)


def edit(
    edition: Edition,
    placement_id: str,
    *,
    headline: str | None = None,
    teaser: str | None = None,
    url: str | None = None,
) -> Edition:
    """
    Rewrite headline, teaser or link ("" takes the link out).

    A headline written for a story of another language counts as translated.
    """

    def rewritten(placement: Placement) -> Placement:
        made = placement
        if headline is not None and (title := _line(headline, "headline", 200)) != placement.headline:
            made = replace(made, headline=title, text_language=made.language, has_headline_edited=True)
        if teaser is not None:
            told = _line(teaser, "teaser", OWN_LIMIT, may_be_empty=True)
            if told != placement.teaser:
                made = replace(made, teaser=told, has_teaser_edited=True)
        if url is not None and url.strip() != placement.url:
            made = replace(made, url=_link(url) if url.strip() else "", has_link_edited=True)
        return made

    return _alter(edition, placement_id, rewritten)


def introduce(edition: Edition, language: str, text: str) -> Edition:
    """Write the introduction of one language; "" takes it out."""
    return replace(changed(edition), introductions=_with(edition.introductions, language, _body(text)))


def set_subject(edition: Edition, language: str, text: str) -> Edition:
    """Write the subject line of one language; "" returns to the usual one."""
    return replace(
        changed(edition),
        subjects=_with(edition.subjects, language, _line(text, "subject", 150, may_be_empty=True)),
    )


def set_preheader(edition: Edition, language: str, text: str) -> Edition:
    """Write the preview line of one language; "" returns to the usual one."""
    words = _with(edition.preheaders, language, _line(text, "preheader", 200, may_be_empty=True))
    return replace(changed(edition), preheaders=words)


def add_own(
    edition: Edition,
    newsletter: Newsletter,
    *,
    language: str,
    section_id: str,
    headline: str,
    teaser: str = "",
    url: str,
    organisation: str = "",
    event: EventDates | None = None,
    is_advertisement: bool = False,
) -> Edition:
    """Add an item written by the editor, at the end of its section."""
    section = newsletter.section(section_id)
    if section is None or section.joins:
        raise NotFoundError("section", section_id)
    if language not in newsletter.languages:
        raise IllegalStepError(edition.id, f"has no edition in {language!r}")
    title, link = _line(headline, "headline", 200), _link(url)
    story = "o" + ids.derive("own", edition.id, title, link)
    own_name = dict(newsletter.publishers).get(language, "")
    made = Placement(
        id=f"{story}.{language}", story_id=story, item_id="", language=language, text_language=language,
        section_id=section_id, position=10**6, headline=title,
        teaser=_line(teaser, "teaser", OWN_LIMIT, may_be_empty=True), url=link,
        organisation=_line(organisation, "organisation", 120, may_be_empty=True) or own_name,
        kind="event" if event else "news", event=event, reasons=("own: written by the editor",),
        is_own=True, is_advertisement=is_advertisement, has_teaser_edited=True,
    )  # fmt: skip
    return place(edition, (made,))


def request_review(edition: Edition) -> Edition:
    """Hand the draft to whoever approves."""
    return _step(edition, S.IN_REVIEW, {S.COLLECTING, S.DRAFT, S.REJECTED, S.NEEDS_DECISION})


def approve(
    edition: Edition, *, content_hash: str, by: str, at: datetime, needs_four_eyes: bool = False
) -> Edition:
    """
    Bind the approval to the content as it is.

    Raises:
        IllegalStepError: Wrong state, nothing in it, or the last editor may not approve.
    """
    allowed = {S.COLLECTING, S.DRAFT, S.IN_REVIEW, S.REJECTED, S.NEEDS_DECISION, S.APPROVED}
    if edition.state not in allowed:
        raise IllegalStepError(edition.id, _refusal(edition, "cannot be approved"))
    if not any(not p.is_dropped for p in edition.placements):
        raise IllegalStepError(edition.id, "holds no story; add one or skip the edition")
    if needs_four_eyes and edition.changed_by == by:
        raise IllegalStepError(
            edition.id, f"was changed last by {by}; somebody else must approve it (four eyes)"
        )
    approval = Approval(content_hash=content_hash, by=by, at=at)
    return replace(edition, state=S.APPROVED, state_reason="", approval=approval)


def reject(edition: Edition, *, note: str) -> Edition:
    """Send it back to the editor with a note."""
    allowed = {S.COLLECTING, S.DRAFT, S.IN_REVIEW, S.APPROVED, S.SCHEDULED, S.NEEDS_DECISION}
    made = _step(edition, S.REJECTED, allowed)
    return replace(made, state_reason=_line(note, "note", 1000), approval=None)


def skip(edition: Edition, *, reason: str) -> Edition:
    """Leave this edition out, visibly; its stories may stand in the next."""
    allowed = {S.COLLECTING, S.DRAFT, S.IN_REVIEW, S.REJECTED, S.APPROVED, S.SCHEDULED, S.NEEDS_DECISION}
    made = _step(edition, S.SKIPPED, allowed)
    return replace(made, state_reason=_line(reason, "reason", 500), approval=None)


def send_anyway(edition: Edition) -> Edition:
    """Take a skipped edition up again; it still needs approval."""
    if not any(not p.is_dropped for p in edition.placements):
        raise IllegalStepError(edition.id, "holds no story; an empty mail is never sent")
    return replace(_step(edition, S.DRAFT, {S.SKIPPED}), state_reason="")


def schedule(edition: Edition, *, at: datetime | None = None) -> Edition:
    """Plan the start of an approved edition."""
    made = _step(edition, S.SCHEDULED, {S.APPROVED, S.SCHEDULED})
    return replace(made, send_at=at or edition.send_at)


def hold(edition: Edition, *, reason: str) -> Edition:
    """Stop before sending until a person decides."""
    allowed = {S.COLLECTING, S.DRAFT, S.IN_REVIEW, S.REJECTED, S.APPROVED, S.SCHEDULED}
    return replace(_step(edition, S.NEEDS_DECISION, allowed), state_reason=reason)


def renumber(edition: Edition) -> Edition:
    """Give positions 1, 2, 3 … a language, dropped ones keeping their place."""
    order: dict[str, int] = {}
    for language in dict.fromkeys(p.language for p in edition.placements):
        mine = sorted((p for p in edition.placements if p.language == language), key=lambda p: p.position)
        order |= {p.id: position for position, p in enumerate(mine, 1)}
    return _with_positions(edition, order)


def _step(edition: Edition, to: EditionState, allowed: set[EditionState]) -> Edition:
    if edition.state not in allowed:
        raise IllegalStepError(edition.id, _refusal(edition, f"cannot become {to.value.replace('_', ' ')}"))
    return replace(edition, state=to)


def _refusal(edition: Edition, what: str) -> str:
    reason = f" ({edition.state_reason})" if edition.state_reason else ""
    return f"is {edition.state.value.replace('_', ' ')}{reason} and {what}"


def _find(edition: Edition, placement_id: str) -> Placement:
    found = next((p for p in edition.placements if p.id == placement_id), None)
    if found is None:
        raise NotFoundError("placement", placement_id)
    return found


def _alter(edition: Edition, placement_id: str, change: Callable[[Placement], Placement]) -> Edition:
    _find(edition, placement_id)
    open_ = changed(edition)
    altered = tuple(change(p) if p.id == placement_id else p for p in open_.placements)
    return replace(open_, placements=altered)


def _with_positions(edition: Edition, order: dict[str, int]) -> Edition:
    placed = tuple(replace(p, position=order.get(p.id, p.position)) for p in edition.placements)
    return replace(edition, placements=placed)


def _with(words: Words, language: str, text: str) -> Words:
    rest = [(known, old) for known, old in words if known != language]
    return tuple(sorted([*rest, (language, text)])) if text else tuple(rest)


def _line(text: str, what: str, limit: int, *, may_be_empty: bool = False) -> str:
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not flat and not may_be_empty:
        raise IllegalStepError(what, "must not be empty")
    if len(flat) > limit:
        raise IllegalStepError(what, f"is {len(flat)} characters long; at most {limit} fit")
    return flat


def _body(text: str) -> str:
    """Return several lines, controls removed, at most one empty line between two."""
    if len(text) > OWN_LIMIT:
        raise IllegalStepError("introduction", f"is {len(text)} characters long; at most {OWN_LIMIT} fit")
    lines = [
        " ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in text.splitlines()
    ]
    return "\n".join(lines).strip()


def _link(url: str) -> str:
    found = urls_public.public_url(url.strip())
    if not found:
        raise IllegalStepError("link", f"{url!r} must be an absolute address that begins with https://")
    return found
