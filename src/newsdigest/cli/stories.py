"""Commands of sorting: sort, classify, stories."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsdigest.cli import InstantType
from newsdigest.cli.common import json_option, now_option, opened, print_json, print_table

if TYPE_CHECKING:
    from newsdigest.model.stories import Story


@click.command()
@now_option
@json_option
@click.pass_obj
def sort(workspace: Path, now: datetime | None, as_json: bool) -> None:
    """Judge new items and group them into stories."""
    with opened(workspace, now) as assembly:
        report = assembly.sort()
    if as_json:
        print_json({name: getattr(report, name) for name in report.__slots__})
    else:
        click.echo(
            f"{report.judged} items judged ({report.unsure} unsure of the language), {report.grouped} grouped;"
            f" {report.stories} stories changed, {report.proposed} with proposals"
        )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.pass_obj
def classify(workspace: Path, file: Path) -> int:
    """
    Judge and group the lines of a file and store nothing.

    Reads JSON lines `{id, title?, summary?, text?, url?, published?, source?, language?}` and prints
    one line each, in the same order: `{id, language, language_confidence, topics, story, story_reasons}`.
    Needs no workspace; with one, its topics and settings are used.
    """
    from newsdigest.assembly import Assembly
    from newsdigest.errors import UsageError
    from newsdigest.settings.workspace import Workspace

    if str(file) != "-" and not file.is_file():
        raise UsageError(f"{file}: there is no such file; give a file of JSON lines, or - for standard input")
    assembly = Assembly(Workspace(workspace))
    has_errors = False
    for made in assembly.classify(_documents(_lines(file))):
        has_errors |= "error" in made
        click.echo(_as_line(made))
    return int(has_errors)


class Unreadable:
    """A line that is no JSON."""


def _lines(file: Path) -> Iterator[str]:
    if str(file) == "-":
        yield from sys.stdin
        return
    with file.open(encoding="utf-8", errors="replace") as stream:
        yield from stream


def _documents(lines: Iterable[str]) -> Iterator[Any]:
    for line in lines:
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            yield Unreadable()


def _as_line(made: dict[str, Any]) -> str:
    try:
        text = json.dumps(made, ensure_ascii=False)
        text.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates in an id
        text = json.dumps(made)
    return text


@click.group(invoke_without_command=True)
@click.option("--since", type=InstantType(), help="Only stories with an item first seen since then.")
@json_option
@click.pass_context
def stories(context: click.Context, since: datetime | None, as_json: bool) -> None:
    """List stories; explain, split and merge them."""
    if context.invoked_subcommand:
        return
    with opened(context.obj) as assembly:
        listed = assembly.stories(since=since)
    if as_json:
        print_json(listed)
        return
    rows = [
        [
            story["id"],
            " ".join(story["languages"]),
            str(len(story["items"])),
            " ".join(story["topics"]),
            story["title"],
        ]
        for story in listed
    ]
    print_table(["story", "in", "items", "topics", "title"], rows)


@stories.command()
@click.argument("story_id")
@json_option
@click.pass_obj
def explain(workspace: Path, story_id: str, as_json: bool) -> None:
    """Say in plain words why a story is one (STORY_ID, or the id of an item in it)."""
    with opened(workspace) as assembly:
        told = assembly.explain(story_id)
    if as_json:
        print_json(told)
        return
    click.echo("\n".join(told["words"]))


@stories.command()
@click.argument("story_id")
@click.argument("item_ids", nargs=-1)
@click.option("--by", default="command line", help="Who decided.")
@click.pass_obj
def split(workspace: Path, story_id: str, item_ids: tuple[str, ...], by: str) -> None:
    """Take items (none named: all that is only proposed) out of a story, never to be joined with the rest again."""
    with opened(workspace) as assembly:
        stays, leaves = assembly.split(story_id, item_ids, by=by)
    click.echo(
        f"{stays.id} keeps {_tellings(stays)}; what was taken out is {leaves.id} with {_tellings(leaves)}."
        f" They are never joined again, unless you say `stories merge {stays.id} {leaves.id}`"
    )


@stories.command()
@click.argument("story_ids", nargs=-1, required=True)
@click.option("--by", default="command line", help="Who decided.")
@click.pass_obj
def merge(workspace: Path, story_ids: tuple[str, ...], by: str) -> None:
    """Make one story of several, for ever; with one id, accept what was proposed in it."""
    with opened(workspace) as assembly:
        made = assembly.merge(story_ids, by=by)
    click.echo(f"{made.id} is one story with {_tellings(made)}, for ever")


def _tellings(story: Story) -> str:
    number = len(story.all_ids)
    return "1 telling" if number == 1 else f"{number} tellings"
