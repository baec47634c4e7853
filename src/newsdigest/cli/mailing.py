"""Commands of mailing: `send`, `pause`, `resume`, `cancel`, `deliveries`, `test-mail`, `bounces`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, print_table, progress

if TYPE_CHECKING:
    from newsdigest.model.mailings import MailingReport


@click.command()
@click.argument("edition_id", metavar="ID")
@click.option("--by", default="office", show_default=True, help="Who sends; stands in the audit log.")
@click.option(
    "--wait",
    "minutes",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Minutes to stay for messages that the relay wants later.",
)
@json_option
@now_option
@click.pass_obj
def send(
    workspace: Path, edition_id: str, by: str, minutes: float, as_json: bool, now: datetime | None
) -> int:
    """Deliver the approved edition ID to everyone confirmed, once; goes on where an earlier run ended."""
    with opened(workspace, now) as assembly:
        report = assembly.send(
            edition_id, by=by, wait=timedelta(minutes=minutes), progress=progress("sending")
        )
    return _show(report, as_json=as_json)


@click.command()
@click.argument("edition_id", metavar="ID")
@click.option("--by", default="office", show_default=True)
@click.option("--reason", default="", help="Shown in the newsroom and in `deliveries`.")
@click.pass_obj
def pause(workspace: Path, edition_id: str, by: str, reason: str) -> None:
    """Stop the sending of edition ID until `resume`; acts within five seconds, also in another process."""
    with opened(workspace) as assembly:
        assembly.pause(edition_id, by=by, reason=reason)
    click.echo(f"{edition_id}: paused; go on with `newsdigest resume {edition_id}`")


@click.command()
@click.argument("edition_id", metavar="ID")
@click.option("--by", default="office", show_default=True)
@click.option(
    "--uncertain",
    type=click.Choice(["hold", "sent", "again"]),
    default="hold",
    show_default=True,
    help="What becomes of messages whose outcome is unclear: leave, count as sent, or send again.",
)
@click.option("--retry-failed", is_flag=True, help="Also try refused deliveries again.")
@click.option("--no-send", is_flag=True, help="Only decide; the running scheduler delivers.")
@json_option
@now_option
@click.pass_obj
def resume(
    workspace: Path,
    edition_id: str,
    by: str,
    uncertain: Any,
    retry_failed: bool,
    no_send: bool,
    as_json: bool,
    now: datetime | None,
) -> int:
    """Let the sending of edition ID go on, and decide about uncertain deliveries."""
    with opened(workspace, now) as assembly:
        assembly.resume(edition_id, by=by, uncertain=uncertain, retries_failed=retry_failed)
        if no_send:
            report = assembly.mailing_report(edition_id)
        else:
            report = assembly.send(edition_id, by=by, progress=progress("sending"))
    return _show(report, as_json=as_json)


@click.command()
@click.argument("edition_id", metavar="ID")
@click.option("--by", default="office", show_default=True)
@click.option("--undo", is_flag=True, help="Only if no mail has left: approved as before, to be sent later.")
@click.pass_obj
def cancel(workspace: Path, edition_id: str, by: str, undo: bool) -> None:
    """End the sending of edition ID for good; what has been sent stays sent."""
    with opened(workspace) as assembly:
        if undo:
            assembly.take_back(edition_id, by=by)
            click.echo(f"{edition_id}: taken back; no mail had left")
            return
        number = assembly.cancel(edition_id, by=by)
    click.echo(f"{edition_id}: cancelled; {number} will get nothing")


@click.command("test-mail")
@click.argument("edition_id", metavar="ID")
@click.argument("addresses", nargs=-1)
@click.option("--by", default="office", show_default=True)
@click.pass_obj
def test_mail(workspace: Path, edition_id: str, addresses: tuple[str, ...], by: str) -> None:
    """Send edition ID, marked [Test], to ADDRESSES (none: the newsletter's testers)."""
    with opened(workspace) as assembly:
        taken = assembly.test_mail(edition_id, to=addresses, by=by)
    click.echo(f"{edition_id}: {len(taken)} test mails were taken by the relay")


@click.command()
@click.argument("edition_id", metavar="ID")
@click.option("--list", "as_list", is_flag=True, help="Each delivery.")
@json_option
@click.pass_obj
def deliveries(workspace: Path, edition_id: str, as_list: bool, as_json: bool) -> int:
    """Show what became of the mail of edition ID: planned, and the sums per state."""
    with opened(workspace) as assembly:
        report = assembly.mailing_report(edition_id)
        each = [_line(one) for one in assembly.deliveries(edition_id)] if as_list else []
    if as_json:
        print_json({**_document(report), **({"deliveries": each} if as_list else {})})
        return 0
    _show(report, as_json=False)
    if as_list:
        columns = ["id", "subscriber", "variant", "state", "attempts", "code", "reason"]
        print_table(
            columns, [[str(one[name] if one[name] is not None else "") for name in columns] for one in each]
        )
    return 0


@click.command()
@click.argument("edition_id", metavar="[ID]", default="")
@click.option("--read", "is_reading", is_flag=True, help="First read the mailbox of the settings.")
@json_option
@click.pass_obj
def bounces(workspace: Path, edition_id: str, is_reading: bool, as_json: bool) -> None:
    """List reports that came back (about edition ID)."""
    with opened(workspace) as assembly:
        line = assembly.absorb_bounces() if is_reading else ""
        known = assembly.bounces(edition_id)
    rows = [
        {
            "delivery": one.delivery_id,
            "kind": one.kind,
            "status": one.status,
            "at": one.at,
            "diagnostic": one.diagnostic,
        }
        for one in known
    ]
    if as_json:
        print_json(rows)
        return
    if line:
        click.echo(line)
    if not rows:
        click.echo("no reports have come back")
        return
    columns = ["delivery", "kind", "status", "at", "diagnostic"]
    print_table(columns, [[str(row[name]) for name in columns] for row in rows])


def _show(report: MailingReport, *, as_json: bool) -> int:
    if as_json:
        print_json(_document(report))
    else:
        sums = ", ".join(f"{number} {state}" for state, number in report.counts) or "nobody"
        click.echo(f"{report.edition_id}: {report.state.replace('_', ' ')}; planned {report.planned}: {sums}")
        if report.reason:
            click.echo(f"  {report.reason}")
        for state, reason, number in report.reasons[:10]:
            click.echo(f"  {number} {state}: {reason}")
        for kind, number in report.bounces:
            click.echo(f"  {number} reported back later: {kind.replace('_', ' ')}")
    return 1 if report.needs_attention else 0


def _document(report: MailingReport) -> dict[str, Any]:
    from newsdigest.model.mailings import DeliveryState

    return {
        "edition": report.edition_id,
        "state": report.state,
        "reason": report.reason,
        "planned": report.planned,
        "counts": {state.value: report.count(state) for state in DeliveryState},
        "reasons": [
            {"state": state, "reason": reason, "number": number} for state, reason, number in report.reasons
        ],
        "bounces": {kind.value: number for kind, number in report.bounces},
        "next_try": report.next_try,
    }


def _line(one: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "subscriber": one.subscriber_id,
        "variant": one.variant_id,
        "domain": one.domain,
        "state": one.state,
        "attempts": one.attempts,
        "next_try": one.next_try,
        "code": one.code,
        "reason": one.reason,
        "queue_id": one.queue_id,
        "resends": one.resends,
        "changed_at": one.changed_at,
    }
