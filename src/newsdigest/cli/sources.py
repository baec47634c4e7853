"""`sources`: what we read; list, add, discover, import, export, test, pause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from newsdigest.collecting.health import Health
    from newsdigest.model.sources import Source, SourceState


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def sources(context: click.Context, as_json: bool) -> int:
    """The feeds, pages and folders that are read; without a command: list them."""
    if context.invoked_subcommand is None:
        return int(context.invoke(list_, attention=False, now=None, as_json=as_json))
    return 0


@sources.command("list")
@click.option("--attention", is_flag=True, help="Only those an editor should look at.")
@now_option
@json_option
@click.pass_obj
def list_(folder: Path, attention: bool, now: datetime | None, as_json: bool) -> int:
    """List the sources and how they are."""
    with opened(folder, now) as assembly:
        found = [row for row in assembly.sources() if row[2].needs_attention or not attention]
    if as_json:
        print_json([_plain(*row) for row in found])
    else:
        rows = [
            [
                source.id, source.kind.value, source.trust.value, health.mark.value,
                _day(state.last_success), _day(state.last_new_item), "; ".join(health.evidence),
            ]
            for source, state, health in found
        ]  # fmt: skip
        print_table(["id", "kind", "trust", "state", "last good look", "last new item", "evidence"], rows)
        click.echo(f"{len(found)} sources, {sum(row[2].needs_attention for row in found)} need attention")
    return 0


@sources.command()
@click.argument("url")
@click.option("--id", "source_id", default="", help="Short name; made from the address where not given.")
@click.option("--name", default="")
@click.option(
    "--kind",
    type=click.Choice(["feed", "page", "folder"]),
    help="What it is; recognised by a look if left out.",
)
@click.option("--type", "type_", default="", help="association, member (if left out), institute, ministry, …")
@click.option("--language", default="")
@click.option("--trust", default="", help="own, high, normal (if left out), low, headline")
@click.option("--unseen", is_flag=True, help="Store the address without looking whether it can be read.")
@now_option
@click.pass_obj
def add(
    folder: Path, url: str, source_id: str, name: str, kind: str | None, type_: str, language: str, trust: str,
    unseen: bool, now: datetime | None,
) -> int:  # fmt: skip
    """
    Look at URL (or a folder) and add it as a source; what cannot be read is refused.

    A known source keeps everything that no option names.
    """
    row = {
        "id": source_id,
        "name": name,
        "url": url,
        "kind": kind or "",
        "type": type_,
        "language": language,
        "trust": trust,
    }
    with opened(folder, now) as assembly:
        if unseen:
            if kind == "folder":
                row["url"] = str(Path(url.removeprefix("file://")).expanduser().resolve())
            lines = assembly.import_rows([row], by="command")
        else:
            lines = [assembly.look_and_add(row, by="command")]
    return _say(lines)


@sources.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def import_(folder: Path, file: Path, as_json: bool) -> int:
    """Add or change sources from FILE: OPML, or CSV with the columns id,name,url,kind,type,language,trust."""
    with opened(folder) as assembly:
        lines = assembly.import_sources(file.read_bytes(), name=file.name, by="command")
    return _say(lines, as_json=as_json)


@sources.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--csv", "as_csv", is_flag=True, help="CSV rather than OPML.")
@click.pass_obj
def export(folder: Path, file: Path | None, as_csv: bool) -> int:
    """Write all sources as OPML (or CSV) to FILE or standard output."""
    with opened(folder) as assembly:
        text = assembly.export_sources(as_csv=as_csv or bool(file and file.suffix.lower() == ".csv"))
    if file:
        file.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
    return 0


@sources.command()
@click.argument("url")
@click.option("--language", default="", help="Wanted language, de or en.")
@now_option
@json_option
@click.pass_obj
def discover(folder: Path, url: str, language: str, now: datetime | None, as_json: bool) -> int:
    """Find what can be read at URL (a home page will do), the likeliest first; nothing is stored."""
    with opened(folder, now) as assembly:
        report = assembly.discover(url, language=language or None)
    if as_json:
        found = [
            {
                "url": one.url, "title": one.title, "kind": one.kind, "language": one.language,
                "score": one.score, "reasons": one.reasons, "entries": one.count,
                "preview": [{"title": e.title, "url": e.url, "published": e.published} for e in one.entries],
            }
            for one in report.found
        ]  # fmt: skip
        print_json({"url": report.url, "found": found, "problem": report.problem})
    else:
        from newsdigest.text import dates

        for one in report.found:
            click.echo(f"{one.url}  ({one.kind.value}, {one.count} entries)  {one.title}")
            click.echo(f"    {'; '.join(one.reasons)}")
            for entry in one.entries:
                day = f"{dates.local_day(entry.published)} " if entry.published else ""
                click.echo(f"    - {day}{entry.title}")
        if report.problem:
            click.echo(f"! {report.problem}")
    return 0 if report.found else 1


@sources.command()
@click.argument("url")
@click.option("--language", type=click.Choice(["de", "en"]), default="en")
@click.option("--kind", type=click.Choice(["feed", "page"]), default="feed")
@now_option
@json_option
@click.pass_obj
def test(folder: Path, url: str, language: str, kind: str, now: datetime | None, as_json: bool) -> int:
    """Say step by step what the collector sees at URL, for the webmaster of a member; nothing is stored."""
    with opened(folder, now) as assembly:
        steps = assembly.test_source(url, language=language, kind=kind)
    if as_json:
        print_json([{"mood": step.mood, "text": step.text} for step in steps])
    else:
        marks = {"good": "ok  ", "hint": "hint", "bad": "BAD "}
        if language == "de":
            marks = {"good": "ok    ", "hint": "Tipp  ", "bad": "FEHLER"}
        for step in steps:
            click.echo(f"{marks[step.mood.value]}  {step.text}")
    return 1 if any(step.mood.value == "bad" for step in steps) else 0


@sources.command()
@click.argument("source_id", metavar="ID")
@click.pass_obj
def pause(folder: Path, source_id: str) -> int:
    """Stop looking at a source."""
    with opened(folder) as assembly:
        assembly.pause_source(source_id, by="command")
    click.echo(f"{source_id}: paused")
    return 0


@sources.command()
@click.argument("source_id", metavar="ID")
@click.pass_obj
def resume(folder: Path, source_id: str) -> int:
    """Look at a paused source again."""
    with opened(folder) as assembly:
        assembly.resume_source(source_id, by="command")
    click.echo(f"{source_id}: looked at again when it is due")
    return 0


@sources.command()
@click.argument("source_id", metavar="ID")
@click.pass_obj
def remove(folder: Path, source_id: str) -> int:
    """Forget a source; its items stay."""
    with opened(folder) as assembly:
        assembly.remove_source(source_id, by="command")
    click.echo(f"{source_id}: removed")
    return 0


def _say(lines: Any, *, as_json: bool = False) -> int:
    """Print one line a row; 1 where a row was refused."""
    if as_json:
        print_json(
            [{"row": line.row, "id": line.id, "result": line.result, "detail": line.detail} for line in lines]
        )
    else:
        for line in lines:
            click.echo(
                f"{line.row}: {line.id or '?'}: {line.result}" + (f" ({line.detail})" if line.detail else "")
            )
    return 1 if any(line.result == "refused" for line in lines) else 0


def _plain(source: Source, state: SourceState, health: Health) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "url": source.url,
        "kind": source.kind,
        "type": source.type,
        "organisation": source.speaker,
        "language": source.language,
        "trust": source.trust,
        "origin": source.origin,
        "is_paused": source.is_paused,
        "state": health.mark,
        "needs_attention": health.needs_attention,
        "evidence": health.evidence,
        "last_result": state.last_result,
        "last_look": state.last_look,
        "last_success": state.last_success,
        "last_new_item": state.last_new_item,
        "failing_since": state.failing_since,
        "failures": state.failures,
        "usual_gap_seconds": health.rhythm,
        "language_drift": state.evidence.get("drift") or None,
        "next_look": health.next_look,
    }


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else "never"
