"""The website: what is published, and taking one story out of everything."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from newsdigest.errors import NotFoundError, UsageError
from newsdigest.web.newsroom.visits import HOME, Visit

HERE = f"{HOME}/website"
SHOWN = 50
WORDS = "words:"


@dataclass(frozen=True)
class Found:
    """One published story as the search shows it."""

    story_id: str
    headline: str
    language: str
    organisation: str


def show(visit: Visit) -> Response:
    """Show what is published, who was taken down, and which stories fit the search."""
    asked = visit.ask("q")[:200].strip()
    with visit.assembly.store.read() as unit:
        taken = unit.takedowns.all()
    headlines = visit.assembly.published_stories(with_hidden=True)
    stories = [one for one in taken if not one.story_id.startswith(WORDS)]
    named = visit.assembly.mentions_of([one.story_id for one in stories])
    return visit.page(
        "website.html", q=asked, found=_found(visit, asked), taken=stories, named=named,
        hidden=[one for one in taken if one.story_id.startswith(WORDS)],
        headlines=dict(_by_story(headlines)), channels=visit.assembly.channel_states(),
    )  # fmt: skip


def take_down(visit: Visit) -> Response:
    """Take one story, or an edition's own words, out of everything; say where it is still named."""
    id_, reason = visit.say("story")[:200], visit.say("reason")[:300]
    if not reason:
        raise UsageError(visit.t("website.no_reason"))
    if not id_.startswith(WORDS) and id_ not in {
        one for one, *_ in visit.assembly.published_stories(with_hidden=True)
    }:
        raise NotFoundError("story", id_)
    report = visit.assembly.take_down(id_, by=visit.by, reason=reason)
    places = [one for one in visit.assembly.mentions(id_) if not one.is_hidden]
    word = "website.taken_but_named" if places else "website.taken"
    files = report.changed + report.removed
    return visit.go(HERE, done=visit.t(word, files=files, n=len(places)))


def put_back(visit: Visit) -> Response:
    """Publish it again."""
    visit.assembly.put_back(visit.say("story"), by=visit.by)
    return visit.go(HERE, done=visit.t("website.put_back"))


def _found(visit: Visit, asked: str) -> list[Found]:
    words = asked.casefold().split()[:10]
    if not words:
        return []
    fitting = (
        Found(*row)
        for row in visit.assembly.published_stories()
        if all(word in f"{row[1]} {row[3]} {row[0]}".casefold() for word in words)
    )
    return [one for one, _ in zip(fitting, range(SHOWN), strict=False)]


def _by_story(rows: list[tuple[str, str, str, str]]) -> list[tuple[str, str]]:
    return [(story_id, headline) for story_id, headline, *_ in reversed(rows)]
