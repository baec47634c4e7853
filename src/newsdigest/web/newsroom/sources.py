"""The sources: how each is, and adding one by pasting a home page."""

from __future__ import annotations

from starlette.responses import Response

from newsdigest.collecting import health
from newsdigest.errors import NotFoundError
from newsdigest.model.sources import Source, SourceType, Trust
from newsdigest.web.newsroom.visits import HOME, Visit

TYPES = [kind.value for kind in SourceType]
TRUSTS = [trust.value for trust in Trust]
SHOWN = 300
"""Rows on the screen, those that need attention first; the others are found by searching."""


def show(visit: Visit) -> Response:
    """Show every source, those that need attention first."""
    return _page(visit)


def discover(visit: Visit) -> Response:
    """Look at a home page and show what can be read there, three items each; nothing is stored."""
    url = visit.say("url")
    return _page(visit, asked=url, found=visit.assembly.discover(url))


def add(visit: Visit) -> Response:
    """Store a source and look at it at once."""
    source = visit.assembly.add_source(
        url=visit.say("url"), name=visit.say("name"), type=visit.say("type"), trust=visit.say("trust"),
        language=visit.say("language"), kind=visit.say("kind", "feed"), by=visit.by,
    )  # fmt: skip
    return visit.go(f"{HOME}/sources/{source.id}", done=visit.t("sources.added", name=source.name))


def one(visit: Visit) -> Response:
    """Show one source: health, facts, its latest items."""
    source = _source(visit)
    with visit.assembly.store.read() as unit:
        state, items = unit.sources.state(source.id), unit.items.of_source(source.id, limit=25)
    return visit.page(
        "source.html", source=source, state=state, health=health.report(source, state, visit.now), items=items
    )


def pause(visit: Visit) -> Response:
    """Look no more until told."""
    visit.assembly.pause_source(visit.path("id"), by=visit.by)
    return visit.go(f"{HOME}/sources/{visit.path('id')}", done=visit.t("sources.paused"))


def resume(visit: Visit) -> Response:
    """Look again."""
    visit.assembly.resume_source(visit.path("id"), by=visit.by)
    return visit.go(f"{HOME}/sources/{visit.path('id')}", done=visit.t("sources.resumed"))


def look(visit: Visit) -> Response:
    """Look at one source now."""
    report = visit.assembly.collect(only=[_source(visit).id])
    return visit.go(f"{HOME}/sources/{visit.path('id')}", done=report.line)


def _source(visit: Visit) -> Source:
    with visit.assembly.store.read() as unit:
        found = unit.sources.get(visit.path("id"))
    if found is None:
        raise NotFoundError("source", visit.path("id"))
    return found


def _page(visit: Visit, *, asked: str = "", found: object = None) -> Response:
    with visit.assembly.store.read() as unit:
        sources, states = unit.sources.all(), unit.sources.states()
        unknown = {source.id: unit.sources.state(source.id) for source in sources if source.id not in states}
    states |= unknown
    wanted = visit.ask("q")[:200].strip().casefold()
    fitting = [one for one in sources if wanted in f"{one.id} {one.name} {one.url}".casefold()]
    rows = [(source, health.report(source, states[source.id], visit.now)) for source in fitting]
    rows.sort(key=lambda row: (not row[1].needs_attention, row[0].name.casefold()))
    return visit.page(
        "sources.html", rows=rows[:SHOWN], all=len(rows), shown=SHOWN, q=wanted, asked=asked, found=found, types=TYPES,
        trusts=TRUSTS,
    )  # fmt: skip
