"""`subscribers`: the people who receive a newsletter."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import IO

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, print_table


@click.group()
def subscribers() -> None:
    """List, add, import, export and end subscriptions."""


@subscribers.command("list")
@click.option("--newsletter", default="", help="Only of that newsletter.")
@click.option("--state", default="", help="Only in that state (confirmed, pending, …).")
@json_option
@click.pass_obj
def list_(folder: Path, newsletter: str, state: str, as_json: bool) -> int:
    """List subscriptions."""
    with opened(folder) as assembly:
        people = [p for p in assembly.subscribers(newsletter) if not state or p.state.value == state]
    if as_json:
        print_json(
            [
                {
                    "id": p.id,
                    "address": p.address,
                    "newsletter": p.newsletter_id,
                    "name": p.name,
                    "organisation": p.organisation,
                    "language": p.language,
                    "topics": p.topics,
                    "frequency": p.frequency,
                    "state": p.state,
                    "basis": p.basis,
                    "created_at": p.created_at,
                    "confirmed_at": p.confirmed_at,
                    "ended_at": p.ended_at,
                    "paused_until": p.paused_until,
                    "receives": p.may_receive,
                }
                for p in people
            ]
        )
    else:
        rows = [
            [
                p.address,
                p.newsletter_id,
                p.language,
                " ".join(p.topics) or "all",
                p.frequency.value,
                p.state.value,
                p.basis.value,
            ]
            for p in people
        ]
        print_table(["address", "newsletter", "language", "topics", "how often", "state", "basis"], rows)
        click.echo(f"{len(people)} subscriptions, {sum(p.may_receive for p in people)} receive mail")
    return 0


@subscribers.command()
@click.argument("address")
@click.option("--newsletter", default="", help="Which newsletter (default: the first).")
@click.option("--name", default="")
@click.option("--organisation", default="")
@click.option("--language", default="de", show_default=True)
@click.option("--topics", default="", help="Topic ids, divided by commas; none means all.")
@click.option("--frequency", type=click.Choice(["weekly", "monthly"]), default="weekly", show_default=True)
@click.option(
    "--basis",
    type=click.Choice(["member", "customer", "consent", "none"]),
    default="member",
    show_default=True,
    help="Why we may write to this address; with `none` it receives nothing until confirmed.",
)
@click.option("--evidence", default="", help="Where the proof of the basis is kept.")
@now_option
@json_option
@click.pass_obj
def add(
    folder: Path,
    address: str,
    newsletter: str,
    name: str,
    organisation: str,
    language: str,
    topics: str,
    frequency: str,
    basis: str,
    evidence: str,
    now: datetime | None,
    as_json: bool,
) -> int:
    """Add ADDRESS."""
    with opened(folder, now) as assembly:
        person, result = assembly.add_subscriber(
            address=address,
            newsletter_id=newsletter,
            name=name,
            organisation=organisation,
            language=language,
            topics=[t for t in topics.replace(",", " ").split() if t],
            frequency=frequency,
            basis=basis,
            evidence=evidence,
        )
    if as_json:
        print_json(
            {"id": person.id, "outcome": result.outcome, "detail": result.detail, "state": person.state}
        )
    else:
        click.echo(f"{person.id}: {result.outcome}" + (f" ({result.detail})" if result.detail else ""))
    return 0


@subscribers.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--newsletter", default="", help="For rows that name none (default: the first).")
@click.option(
    "--basis",
    type=click.Choice(["member", "customer", "consent", "none"]),
    default="none",
    show_default=True,
    help="For rows that name none.",
)
@now_option
@json_option
@click.pass_obj
def import_(
    folder: Path, file: IO[bytes], newsletter: str, basis: str, now: datetime | None, as_json: bool
) -> int:
    """
    Take a CSV table in.

    Columns: address (or email), name, organisation, newsletter, language, topics, frequency, basis, evidence.
    People known already are left as they are; who left or bounced is not brought back.
    """
    with opened(folder, now) as assembly:
        report = assembly.import_subscribers(file.read(), newsletter_id=newsletter, basis=basis)
    if as_json:
        print_json(
            {
                "rows": [{"line": r.line, "outcome": r.outcome, "detail": r.detail} for r in report.rows],
                "added": report.count("added"),
                "refused": report.count("refused"),
            }
        )
    else:
        for row in report.rows:
            if row.outcome != "added" or row.detail:
                click.echo(f"line {row.line}: {row.outcome}" + (f": {row.detail}" if row.detail else ""))
        click.echo(report.line)
    return 1 if report.count("refused") else 0


@subscribers.command()
@click.option("--newsletter", default="", help="Only of that newsletter.")
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@click.pass_obj
def export(folder: Path, newsletter: str, output: IO[str]) -> int:
    """Write the CSV table; cells that a spreadsheet would run are defused."""
    with opened(folder) as assembly:
        output.write(assembly.export_subscribers(newsletter))
    return 0


@subscribers.command()
@click.argument("address")
@click.option("--newsletter", default="", help="Only that newsletter.")
@now_option
@click.pass_obj
def unsubscribe(folder: Path, address: str, newsletter: str, now: datetime | None) -> int:
    """End the subscriptions of ADDRESS; also a running send passes it over."""
    with opened(folder, now) as assembly:
        ended = assembly.unsubscribe(address, newsletter_id=newsletter)
    click.echo(f"{ended} subscriptions ended; no import brings them back")
    return 0


@subscribers.command()
@click.argument("address")
@click.option("--newsletter", default="", help="Which newsletter (default: the first).")
@click.option(
    "--evidence", required=True, help="Where the proof of the consent is, e.g. 'form of 2 March, folder 7'."
)
@now_option
@click.pass_obj
def confirm(folder: Path, address: str, newsletter: str, evidence: str, now: datetime | None) -> int:
    """Confirm the pending subscription of ADDRESS, because consent was given elsewhere."""
    with opened(folder, now) as assembly:
        person = assembly.confirm_by_hand(address, newsletter_id=newsletter, evidence=evidence)
    click.echo(f"{person.id}: {person.state.value}")
    return 0


@subscribers.command()
@click.argument("address")
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@click.pass_obj
def evidence(folder: Path, address: str, output: IO[str]) -> int:
    """Write everything kept about ADDRESS as one JSON document: data, history, wording agreed to."""
    import json

    with opened(folder) as assembly:
        output.write(json.dumps(assembly.evidence(address), ensure_ascii=False, indent=2) + "\n")
    return 0


@subscribers.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def forget(folder: Path, address: str, yes: bool, as_json: bool) -> int:
    """Delete everything about ADDRESS: rows, quotes in answers of relays, dry-run mails, free pages."""
    if not yes:
        click.confirm("This cannot be undone. Delete everything about this address?", abort=True)
    with opened(folder) as assembly:
        report = assembly.forget(address)
    if as_json:
        print_json(
            {
                "subscriptions": report.subscriptions,
                "texts": report.texts,
                "files": report.files,
                "left_over": report.left_over,
            }
        )
    else:
        click.echo(report.line)
    return 0
