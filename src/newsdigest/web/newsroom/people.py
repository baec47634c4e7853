"""Subscribers: find, add, take in a table, end. Addresses are shown to administrators only, and never logged."""

from __future__ import annotations

from itertools import islice

from starlette.datastructures import UploadFile
from starlette.responses import Response

from newsdigest.errors import UsageError
from newsdigest.model.newsletters import Newsletter
from newsdigest.model.subscribers import LegalBasis, Subscriber
from newsdigest.web.newsroom.edition_pages import topic_names
from newsdigest.web.newsroom.visits import HOME, Visit

SHOWN = 200


def show(visit: Visit) -> Response:
    """Show the sums, and who fits the search."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """Add one person by hand."""
    _, outcome = visit.assembly.add_subscriber(
        address=visit.say("address"), newsletter_id=visit.say("newsletter"), name=visit.say("name"),
        language=visit.say("language"), topics=visit.list("topic"), basis=visit.say("basis"),
        evidence=visit.say("evidence"), organisation=visit.say("organisation"), by=visit.by,
    )  # fmt: skip
    return visit.go(f"{HOME}/subscribers", done=visit.t(f"people.outcome.{outcome.outcome}"))


def take_in(visit: Visit) -> Response:
    """Take in a CSV table and show what became of every row."""
    upload = visit.form.get("file")
    content = upload.file.read() if isinstance(upload, UploadFile) else b""
    content = content or visit.say("table").encode("utf-8")
    if not content.strip():
        raise UsageError(visit.t("people.no_table"))
    report = visit.assembly.import_subscribers(
        content, newsletter_id=visit.say("newsletter"), basis=visit.say("basis"), by=visit.by
    )
    return _page(visit, report=report)


def end(visit: Visit) -> Response:
    """End a person's subscription; the address is never written to again unless they ask."""
    visit.assembly.unsubscribe(visit.say("address"), newsletter_id=visit.say("newsletter"), by=visit.by)
    return visit.go(f"{HOME}/subscribers", done=visit.t("people.ended"))


def export(visit: Visit) -> Response:
    """Return the table of people as CSV, formulas defused (T24)."""
    text = visit.assembly.export_subscribers(visit.ask("newsletter"))
    headers = {"Content-Disposition": 'attachment; filename="subscribers.csv"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8"), media_type="text/csv; charset=utf-8", headers=headers)


def _page(visit: Visit, *, report: object = None) -> Response:
    newsletters = list(visit.assembly.workspace.newsletters.values())
    newsletter = _chosen(newsletters, visit.ask("newsletter"))
    wanted = visit.ask("q")[:254].strip().casefold()
    with visit.assembly.store.read() as unit:
        counts = unit.subscribers.counts(newsletter.id)
        fitting = (p for p in unit.subscribers.iterate(newsletter.id) if _fits(p, wanted))
        found = sorted(islice(fitting, SHOWN), key=lambda person: person.address)
    states = sorted({state for state, _ in counts})
    return visit.page(
        "subscribers.html", newsletters=newsletters, newsletter=newsletter, counts=counts, states=states, people=found,
        q=wanted, shown=SHOWN, report=report, bases=[b.value for b in LegalBasis if b is not LegalBasis.NONE],
        topic_names=topic_names(visit),
    )  # fmt: skip


def _chosen(newsletters: list[Newsletter], asked: str) -> Newsletter:
    return next((newsletter for newsletter in newsletters if newsletter.id == asked), newsletters[0])


def _fits(person: Subscriber, wanted: str) -> bool:
    return not wanted or wanted in f"{person.address} {person.name} {person.organisation}".casefold()
