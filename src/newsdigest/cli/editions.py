"""`compose`, `editions`, `edition`, `preview`, `approve`, `reject`, `skip`: the editor's acts."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, print_table

if TYPE_CHECKING:
    from newsdigest.model.editions import Edition, Placement

by_option = click.option("--by", help="Who acts; kept in the audit log (default: the log-in name).")


@click.command()
@click.argument("newsletter", default="")
@now_option
@by_option
@json_option
@click.pass_obj
def compose(folder: Path, newsletter: str, now: datetime | None, by: str | None, as_json: bool) -> int:
    """Draft what is due of NEWSLETTER; before the copy deadline, begin the next edition early."""
    with opened(folder, now) as assembly:
        report = assembly.compose(newsletter, by=_who(by))
    edition = report.edition
    if as_json:
        print_json(
            _short(edition)
            | {"is_new": report.is_new, "reason": report.reason, "skipped": [e.id for e in report.skipped]}
        )
    else:
        click.echo(report.line)
        for missed in report.skipped:
            click.echo(f"{missed.id}: skipped ({missed.state_reason})")
        if report.reason and report.reason != edition.state_reason:
            click.echo(report.reason)
    return 1 if edition.state.value == "skipped" or report.skipped else 0


@click.command()
@click.option("--newsletter", default="", help="Only of this newsletter.")
@now_option
@json_option
@click.pass_obj
def editions(folder: Path, newsletter: str, now: datetime | None, as_json: bool) -> int:
    """List editions, newest first."""
    with opened(folder, now) as assembly:
        found = assembly.editions(newsletter)
    if as_json:
        print_json([_short(edition) for edition in found])
    else:
        rows = [
            [e.id, str(e.number or "-"), e.state.value.replace("_", " "), _local(e.send_at), e.state_reason]
            for e in found
        ]
        print_table(["edition", "no.", "state", "planned (UTC)", "reason"], rows)
    return 0


@click.group()
def edition() -> None:
    """One edition: show, links."""


@edition.command()
@click.argument("edition_id")
@now_option
@json_option
@click.pass_obj
def show(folder: Path, edition_id: str, now: datetime | None, as_json: bool) -> int:
    """Show an edition with its sections and placements."""
    with opened(folder, now) as assembly:
        found = assembly.edition(edition_id)
        newsletter = assembly.newsletter(found.newsletter_id)
        checks = assembly.checks(edition_id)
    if as_json:
        print_json(
            _whole(found) | {"checks": [{"code": c.code, "level": c.level, "text": c.text} for c in checks]}
        )
        return 0
    click.echo(
        f"{found.id}: no. {found.number}, {found.state.value.replace('_', ' ')} {found.state_reason}".rstrip()
    )
    if found.approval:
        click.echo(f"approved by {found.approval.by}, content {found.approval.content_hash[:16]}")
    for language in newsletter.languages:
        section = ""
        click.echo(f"\n[{language}]")
        for placement in found.placed(language):
            if placement.section_id != section:
                section = placement.section_id
                click.echo(f"  {section}")
            click.echo(f"    {placement.position:>2} {placement.headline}  ({placement.organisation})")
    dropped = [p for p in found.placements if p.is_dropped]
    for title, listed in (("waiting", found.waiting), ("dropped", dropped)):
        if listed:
            click.echo(f"\n{title}")
            for placement in listed:
                click.echo(f"    {placement.language} {placement.headline}  [{placement.held or 'not this'}]")
    for check in checks:
        click.echo(f"{'!' if check.level != 'ok' else '+'} {check.text}")
    return 0


@edition.command()
@click.argument("edition_id")
@now_option
@json_option
@click.pass_obj
def links(folder: Path, edition_id: str, now: datetime | None, as_json: bool) -> int:
    """Look at every link of an edition now; the clock does so by itself before it is sent."""
    with opened(folder, now) as assembly:
        report = assembly.check_links(edition_id)
    if as_json:
        listed = [
            {"url": look.url, "state": look.state.value, "status": look.status, "detail": look.detail}
            for look in report.trouble
        ]
        print_json({"looked": report.looked, "offline": report.is_offline, "trouble": listed})
    else:
        for look in report.trouble:
            click.echo(f"! {look.url}: {look.state.value.replace('_', ' ')}; {look.detail}")
        click.echo(report.line or "it holds no link to look at")
    return 1 if report.trouble or report.is_offline else 0


@click.command()
@click.argument("edition_id")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to.",
)
@now_option
@json_option
@click.pass_obj
def preview(folder: Path, edition_id: str, output: Path, now: datetime | None, as_json: bool) -> int:
    """Write the exact bytes of EDITION_ID: index.json and, per variant, .html, .txt and .eml."""
    with opened(folder, now) as assembly:
        paths = assembly.preview(edition_id, output)
    if as_json:
        print_json({"edition": edition_id, "files": [str(path) for path in paths]})
    else:
        click.echo("\n".join(str(path) for path in paths))
    return 0


@click.command()
@click.argument("edition_id")
@click.option("--sure", is_flag=True, help="Also where it still collects or holds little that is new.")
@by_option
@now_option
@json_option
@click.pass_obj
def approve(
    folder: Path, edition_id: str, sure: bool, by: str | None, now: datetime | None, as_json: bool
) -> int:
    """Approve exactly what the preview shows; any later change makes it void."""
    with opened(folder, now) as assembly:
        found = assembly.approve(edition_id, by=_who(by), is_sure=sure)
    approval = found.approval
    return _tell(found, as_json, f"approved, content {approval.content_hash[:16] if approval else ''}")


@click.command()
@click.argument("edition_id")
@click.option("--note", required=True, help="What the editor shall change.")
@by_option
@now_option
@json_option
@click.pass_obj
def reject(
    folder: Path, edition_id: str, note: str, by: str | None, now: datetime | None, as_json: bool
) -> int:
    """Send an edition back to the editor with a note."""
    with opened(folder, now) as assembly:
        found = assembly.reject(edition_id, note=note, by=_who(by))
    return _tell(found, as_json, f"rejected: {note}")


@click.command()
@click.argument("edition_id")
@click.option("--reason", default="by hand", show_default=True, help="Why; shown in the list of editions.")
@by_option
@now_option
@json_option
@click.pass_obj
def skip(
    folder: Path, edition_id: str, reason: str, by: str | None, now: datetime | None, as_json: bool
) -> int:
    """Leave an edition out, visibly; its stories may stand in the next one."""
    with opened(folder, now) as assembly:
        found = assembly.skip(edition_id, reason=reason, by=_who(by))
    return _tell(found, as_json, f"skipped: {reason}")


def _who(by: str | None) -> str:
    return by or getpass.getuser()


def _tell(edition: Edition, as_json: bool, text: str) -> int:
    if as_json:
        print_json(_short(edition))
    else:
        click.echo(f"{edition.id}: {text}")
    return 0


def _short(edition: Edition) -> dict[str, Any]:
    languages = dict.fromkeys(p.language for p in edition.placements)
    return {
        "id": edition.id, "newsletter": edition.newsletter_id, "day": edition.day, "number": edition.number,
        "state": edition.state, "reason": edition.state_reason, "send_at": edition.send_at,
        "window": list(edition.window), "version": edition.version,
        "stories": {language: [p.story_id for p in edition.placed(language)] for language in languages},
        "approval": {
            "hash": edition.approval.content_hash, "by": edition.approval.by, "at": edition.approval.at,
        } if edition.approval else None,
    }  # fmt: skip


def _whole(edition: Edition) -> dict[str, Any]:
    return _short(edition) | {
        "introductions": dict(edition.introductions), "subjects": dict(edition.subjects),
        "placements": [_placement(p) for p in edition.placements],
        "waiting": [_placement(p) | {"held": p.held} for p in edition.waiting],
        "left_out": [{"story": story, "reason": reason} for story, reason in edition.left_out],
    }  # fmt: skip


def _placement(p: Placement) -> dict[str, Any]:
    return {
        "id": p.id, "story": p.story_id, "item": p.item_id, "language": p.language, "text_language": p.text_language,
        "section": p.section_id, "position": p.position, "headline": p.headline, "teaser": p.teaser, "url": p.url,
        "organisation": p.organisation, "kind": p.kind, "topics": list(p.topics), "published": p.published,
        "also_at": [{"organisation": name, "url": url} for name, url in p.also_at],
        "event": {"start": p.event.start, "end": p.event.end, "place": p.event.place} if p.event else None,
        "deadline": p.deadline, "notices": list(p.notices), "reasons": list(p.reasons), "warnings": list(p.warnings),
        "is_dropped": p.is_dropped, "is_lead": p.is_lead, "is_own": p.is_own,
    }  # fmt: skip


def _local(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
