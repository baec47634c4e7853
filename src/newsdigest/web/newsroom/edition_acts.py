"""
Acts on one edition, by POST only: each names the version its page showed.

A change by somebody else in between is never overwritten: the act is refused, the page comes back with
what is stored now, and the note says who changed what.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from starlette.responses import Response

from newsdigest.editing.doubts import DoubtfulError
from newsdigest.editing.review import Review
from newsdigest.errors import UsageError
from newsdigest.model.editions import Edition
from newsdigest.model.items import EventDates
from newsdigest.web.newsroom import checking, desk
from newsdigest.web.newsroom.visits import HOME, Visit


def compose(visit: Visit) -> Response:
    """Draft what is due, or begin the next edition early."""
    newsletter = visit.assembly.newsletter(visit.say("newsletter"))
    report = visit.assembly.compose(newsletter.id, by=visit.by)
    return visit.go(desk.here(report.edition), done=visit.t("act.composed"))


def place(visit: Visit) -> Response:
    """Keep, drop, move, pin or rewrite one story; the button says which and what (`drop <placement>`)."""
    act, _, placement = visit.say("act").partition(" ")
    if act not in _PLACE:
        return visit.go(_here(visit), query=_look(visit))
    edition = _PLACE[act](visit, placement)
    anchor = f"p-{placement}" if act in ("up", "down", "move", "pin", "edit") else ""
    done = visit.t(f"act.done_{act}", title=_title(edition, placement))
    return _back(visit, edition, done, anchor=anchor)


def _asked(act: Callable[..., Edition], **how: object) -> Callable[[Visit, str], Edition]:
    """Return an act of `Review` on one placement as the form asks for it: by whom, on which version."""

    def do(visit: Visit, placement: str) -> Edition:
        version = visit.number("version")
        return act(visit.assembly.review, visit.path("id"), placement, by=visit.by, version=version, **how)

    return do


def _move(visit: Visit, placement: str) -> Edition:
    to = {"section_id": visit.say("section"), "before": visit.say("before")}
    return _asked(Review.move, **to)(visit, placement)


def _edit(visit: Visit, placement: str) -> Edition:
    review, version = visit.assembly.review, visit.number("version")
    before = review.get(visit.path("id")).placement(placement)
    edition = review.edit(
        visit.path("id"), placement, headline=visit.say("headline"), teaser=" ".join(visit.say("teaser").split()),
        url=visit.say("url") if "url" in visit.form else None, by=visit.by, version=version,
    )  # fmt: skip
    section = visit.say("section")
    if before is not None and section and section != before.section_id:
        edition = review.move(
            visit.path("id"), placement, section_id=section, by=visit.by, version=edition.version
        )
    return edition


_PLACE: dict[str, Callable[[Visit, str], Edition]] = {
    "drop": _asked(Review.drop), "keep": _asked(Review.keep), "up": _asked(Review.shift, steps=-1),
    "down": _asked(Review.shift, steps=1), "pin": _asked(Review.pin), "unpin": _asked(Review.pin, is_lead=False),
    "move": _move, "edit": _edit,
}  # fmt: skip


def add_own(visit: Visit) -> Response:
    """Add an item of the editor's own."""
    edition = visit.assembly.review.add_own(
        visit.path("id"), by=visit.by, version=visit.number("version"), language=visit.say("lang"),
        section_id=visit.say("section"), headline=visit.say("headline"), url=visit.say("url"),
        teaser=" ".join(visit.say("teaser").split()), organisation=visit.say("organisation"), event=_event(visit),
        is_advertisement=visit.say("advertisement") == "1",
    )  # fmt: skip
    return _back(visit, edition, visit.t("act.done_own"))


def set_words(visit: Visit) -> Response:
    """Write introduction, subject and preheader of one language; what did not change makes no step."""
    review, id_, language, version = (
        visit.assembly.review,
        visit.path("id"),
        visit.say("lang"),
        visit.number("version"),
    )
    edition = review.get(id_)
    writers: tuple[tuple[str, tuple[tuple[str, str], ...], Callable[..., Edition]], ...] = (
        ("introduction", edition.introductions, review.introduce),
        ("subject", edition.subjects, review.set_subject),
        ("preheader", edition.preheaders, review.set_preheader),
    )
    for name, words, write in writers:
        text = visit.say(name)
        if text != dict(words).get(language, ""):
            edition = write(id_, language, text, by=visit.by, version=version)
            version = edition.version
    return _back(visit, edition, visit.t("act.done_words"))


def pull_late(visit: Visit) -> Response:
    """Add what came after the copy deadline."""
    before = visit.assembly.review.get(visit.path("id"))
    edition = visit.assembly.review.pull_in(visit.path("id"), by=visit.by, version=visit.number("version"))
    found = len({p.story_id for p in edition.placements}) - len({p.story_id for p in before.placements})
    return _back(visit, edition, visit.t("act.done_late", n=found))


def undo(visit: Visit) -> Response:
    """Take back the newest change of words."""
    edition = visit.assembly.review.undo(visit.path("id"), by=visit.by, version=visit.number("version"))
    return visit.go(_here(visit), query=_look(visit), done=visit.t("act.undone"), version=edition.version)


def send_test(visit: Visit) -> Response:
    """Send every language to the newsletter's testers."""
    assert visit.user is not None
    own = (visit.user.email,) if visit.user.email else ()
    newsletter = visit.assembly.newsletter(visit.assembly.edition(visit.path("id")).newsletter_id)
    # To the newsletter's testers and to who presses the button.
    sent = visit.assembly.test_mail(
        visit.path("id"), to=tuple(dict.fromkeys((*newsletter.testers, *own))), by=visit.by
    )
    to = ", ".join(dict.fromkeys(one.partition(" ")[0] for one in sent))
    return visit.go(_here(visit), query=_look(visit), done=visit.t("act.tested", n=len(sent), to=to))


def ask_for_review(visit: Visit) -> Response:
    """Hand the draft to whoever approves."""
    visit.assembly.review.request_review(visit.path("id"), by=visit.by, version=visit.number("version"))
    return visit.go(_here(visit), query=_look(visit), done=visit.t("act.asked"))


def approve(visit: Visit) -> Response:
    """Bind the approval to the content that the page showed; asks once more where it looks too early or thin."""
    is_sure, version = visit.say("sure") == "1", visit.number("version")
    try:
        edition = visit.assembly.review.approve(
            visit.path("id"), by=visit.by, version=version, is_sure=is_sure
        )
    except DoubtfulError as error:
        return _ask_whether_sure(visit, error, version)
    newsletter = visit.assembly.newsletter(edition.newsletter_id)
    numbers = desk.recipients(visit.assembly, newsletter)
    said = ", ".join(f"{count} {code}" for code, count in numbers.items())
    return visit.go(_here(visit), query=_look(visit), done=visit.t("act.approved", numbers=said))


def _ask_whether_sure(visit: Visit, error: DoubtfulError, version: int) -> Response:
    edition, newsletter = desk.edition_of(visit)
    told, look = checking.lines(visit, edition, newsletter), _look(visit)
    return visit.page(
        "confirm.html", edition=edition, newsletter=newsletter, doubts=error.doubts, version=version,
        recipients=desk.recipients(visit.assembly, newsletter), tz=desk.zone_of(newsletter), here=_here(visit),
        # The doubts themselves stand in the list, too.
        warnings=sum(line.level == "warn" for line in told) - len(error.doubts),
        lang=look["lang"], view=look["view"],
    )  # fmt: skip


def reject(visit: Visit) -> Response:
    """Send the edition back with a note."""
    note, version = visit.say("note"), visit.number("version")
    visit.assembly.review.reject(visit.path("id"), note=note, by=visit.by, version=version)
    return visit.go(_here(visit), done=visit.t("act.rejected"))


def skip(visit: Visit) -> Response:
    """Leave this edition out."""
    reason, version = visit.say("reason"), visit.number("version")
    visit.assembly.review.skip(visit.path("id"), reason=reason, by=visit.by, version=version)
    return visit.go(_here(visit), done=visit.t("act.skipped"))


def revive(visit: Visit) -> Response:
    """Take a skipped edition up again."""
    visit.assembly.review.send_anyway(visit.path("id"), by=visit.by, version=visit.number("version"))
    return visit.go(_here(visit), done=visit.t("act.revived"))


def follow_up(visit: Visit) -> Response:
    """Make the linked edition that corrects a sent one."""
    edition = visit.assembly.review.correct(visit.path("id"), by=visit.by, story_ids=visit.list("story"))
    return visit.go(desk.here(edition), done=visit.t("act.follows"))


def _event(visit: Visit) -> EventDates | None:
    start = visit.say("start")
    if not start:
        return None
    try:
        end, at = visit.say("end"), visit.say("time")
        return EventDates(
            start=date.fromisoformat(start), end=date.fromisoformat(end) if end else None,
            start_time=time.fromisoformat(at) if at else None, place=visit.say("place")[:120],
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(visit.t("own.bad_date")) from error


def _here(visit: Visit) -> str:
    return f"{HOME}/editions/{visit.path('id')}"


def _look(visit: Visit) -> dict[str, str]:
    """The language, view and open edit panel of the page, so that the act leads back to the same look."""
    view = visit.say("view")
    return {
        "lang": visit.say("lang")[:8],
        "view": view if view in desk.VIEWS else "",
        "edit": visit.say("edit")[:80],
    }


def _back(visit: Visit, edition: Edition, done: str, *, anchor: str = "") -> Response:
    if visit.say("approved") and edition.approval is None:
        done = f"{done} {visit.t('act.void')}"
    return visit.go(
        _here(visit),
        query=_look(visit),
        done=done,
        undo=f"{_here(visit)}/undo",
        version=edition.version,
        anchor=anchor,
    )


def _title(edition: Edition, placement_id: str) -> str:
    placement = edition.placement(placement_id)
    title = placement.headline if placement else placement_id
    return title if len(title) <= 60 else title[:57] + "…"
