"""What is kept for how long: what is due now, what went the last time, and letting it go by hand."""

from __future__ import annotations

from starlette.responses import Response

from newsdigest.subscribing import retention
from newsdigest.web.newsroom.visits import HOME, Visit


def show(visit: Visit) -> Response:
    """Show every kind of record with its period, what is due now and what went the last time."""
    periods = visit.assembly.retention_periods
    due = visit.assembly.retention_due().counts
    last = retention.last_run(visit.assembly.store)
    rows = [
        (kind, getattr(periods, kind), due[kind], last.counts.get(kind, 0) if last else 0)
        for kind in retention.KINDS
    ]
    return visit.page("retention.html", rows=rows, woken=due["woken"], last=last, due=sum(due.values()))


def run(visit: Visit) -> Response:
    """Let go of what is due, now."""
    went = sum(visit.assembly.retain_report(by=visit.by).counts.values())
    return visit.go(f"{HOME}/retention", done=visit.t("retention.done", n=went))
