"""While and after sending: the states of all deliveries, pause and cancel, uncertain ones, bounces."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

from starlette.responses import Response

from newsdigest.errors import UsageError
from newsdigest.model.mailings import DeliveryState, Mailing, MailingReport, MailingState
from newsdigest.web.newsroom import desk
from newsdigest.web.newsroom.visits import HOME, Visit

ORDER = (
    DeliveryState.SENT, DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.IN_DATA, DeliveryState.DEFERRED,
    DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED,
)  # fmt: skip


def show(visit: Visit) -> Response:
    """Show where the sending stands; the page asks again by itself while mail is open."""
    edition, newsletter = desk.edition_of(visit)
    with visit.assembly.store.read() as unit:
        mailing = unit.mailings.mailing(edition.id)
        approvals = unit.editions.approvals(edition.id)
    report = visit.assembly.mailing_report(edition.id) if mailing else None
    return visit.page(
        "sending.html", edition=edition, newsletter=newsletter, mailing=mailing, report=report, order=ORDER,
        here=desk.here(edition), tz=desk.zone_of(newsletter), approvals=approvals,
        ready_at=_ready_at(mailing, report, visit.now), recipients=desk.recipients(visit.assembly, newsletter),
        is_live=bool(report and mailing and mailing.state in (MailingState.WAITING, MailingState.SENDING)),
    )  # fmt: skip


def send(visit: Visit) -> Response:
    """Plan the deliveries; the first mail leaves after the undo window, by the scheduler's hand."""
    mailing = visit.assembly.dispatch(visit.path("id"), by=visit.by)
    return visit.go(_here(visit), done=visit.t("sending.planned", n=mailing.planned))


def pause(visit: Visit) -> Response:
    """Stop within seconds; what is begun ends cleanly."""
    visit.assembly.pause(visit.path("id"), by=visit.by)
    return visit.go(_here(visit), done=visit.t("sending.paused"))


def resume(visit: Visit) -> Response:
    """Go on."""
    visit.assembly.resume(visit.path("id"), by=visit.by)
    return visit.go(_here(visit), done=visit.t("sending.resumed"))


def cancel(visit: Visit) -> Response:
    """Send nothing more of this edition, for good."""
    visit.assembly.cancel(visit.path("id"), by=visit.by)
    return visit.go(_here(visit), done=visit.t("sending.cancelled"))


def take_back(visit: Visit) -> Response:
    """Undo the sending before its first mail; the edition is approved as before."""
    visit.assembly.take_back(visit.path("id"), by=visit.by)
    return visit.go(f"{HOME}/editions/{visit.path('id')}", done=visit.t("sending.taken_back"))


def settle_uncertain(visit: Visit) -> Response:
    """Count messages without an answer as sent (usual), or send them once more."""
    act = visit.say("act")
    if act not in ("accept", "resend"):
        raise UsageError("choose what to do with the uncertain ones")
    number = visit.assembly.resume(
        visit.path("id"), uncertain="again" if act == "resend" else "sent", by=visit.by
    )
    return visit.go(_here(visit), done=visit.t(f"sending.uncertain_{act}", n=number))


def retry_failed(visit: Visit) -> Response:
    """Plan the failed ones again."""
    number = visit.assembly.resume(visit.path("id"), retries_failed=True, by=visit.by)
    return visit.go(_here(visit), done=visit.t("sending.retried", n=number))


def export(visit: Visit) -> Response:
    """Return every delivery as CSV: state, reason, code, times; people by id, not by address."""
    edition, _ = desk.edition_of(visit)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(
        ["delivery", "subscriber", "variant", "state", "attempts", "code", "reason", "queue_id", "changed"]
    )
    for one in visit.assembly.deliveries(edition.id):
        changed = one.changed_at.isoformat() if one.changed_at else ""
        row = [one.id, one.subscriber_id, one.variant_id, one.state, one.attempts, one.code or "", one.reason]
        table.writerow([_defused(str(cell)) for cell in (*row, one.queue_id, changed)])
    headers = {"Content-Disposition": f'attachment; filename="{edition.id}.csv"', "Cache-Control": "no-store"}
    return Response(text.getvalue().encode("utf-8"), media_type="text/csv; charset=utf-8", headers=headers)


def bounces(visit: Visit) -> Response:
    """Show the newest reports about our mail."""
    with visit.assembly.store.read() as unit:
        found = unit.mailings.bounces(visit.ask("edition"), limit=300)
    return visit.page("bounces.html", bounces=found, edition_id=visit.ask("edition"))


def _ready_at(mailing: Mailing | None, report: MailingReport | None, now: datetime) -> datetime | None:
    """When all will be sent if it goes on as it went so far; None where that cannot be said."""
    if (
        mailing is None
        or report is None
        or mailing.started_at is None
        or mailing.state is not MailingState.SENDING
    ):
        return None
    sent, open_ = report.count(DeliveryState.SENT), report.open
    spent = (now - mailing.started_at).total_seconds()
    if not sent or spent <= 0:
        return None
    return now + timedelta(seconds=open_ * spent / sent)


def _defused(cell: str) -> str:
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell


def _here(visit: Visit) -> str:
    return f"{HOME}/editions/{visit.path('id')}/sending"
