"""The first page: what is due, when, how the sources are, what became of the last edition."""

from __future__ import annotations

from starlette.responses import Response

from newsdigest import jobs
from newsdigest.collecting import health
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import MailingReport
from newsdigest.web.newsroom import desk
from newsdigest.web.newsroom.visits import Visit

S = EditionState
IN_WORK = (
    S.COLLECTING, S.DRAFT, S.IN_REVIEW, S.REJECTED, S.APPROVED, S.SCHEDULED, S.SENDING, S.PAUSED, S.NEEDS_DECISION,
)  # fmt: skip

EDITORIAL = ("edition.", "stor", "item", "source.")
"""Acts worth telling on the first page; who logged in stands in the audit log."""
RECENT = 60


def show(visit: Visit) -> Response:
    """Show the dashboard."""
    assembly = visit.assembly
    with assembly.store.read() as unit:
        editions = unit.editions.all()
        sources, states = unit.sources.all(), unit.sources.states()
        unknown = {source.id: unit.sources.state(source.id) for source in sources if source.id not in states}
        acts = [act for act in unit.audit.recent(limit=RECENT) if act.what.startswith(EDITORIAL)]
        items = unit.items.count()
        last = next((edition for edition in editions if edition.state is S.SENT), None)
        has_mailing = last is not None and unit.mailings.mailing(last.id) is not None
    newsletters = assembly.workspace.newsletters
    due = sorted(
        (e for e in editions if e.state in IN_WORK and e.newsletter_id in newsletters),
        key=lambda e: e.send_at,
    )
    reports = [health.report(source, (states | unknown)[source.id], visit.now) for source in sources]
    report: MailingReport | None = assembly.mailing_report(last.id) if last and has_mailing else None
    return visit.page(
        "dashboard.html", due=due, newsletters=newsletters, last=last, report=report,
        ill=[one for one in reports if one.needs_attention], sources=len(sources), items=items, acts=acts,
        failing=[state for state in jobs.states(assembly) if state.failures],
        idle=[n for n in newsletters.values() if not any(e.newsletter_id == n.id for e in due)],
        changes=assembly.changed_since_sent(),
        recipients={n.id: desk.recipients(assembly, n) for n in newsletters.values()},
    )  # fmt: skip
