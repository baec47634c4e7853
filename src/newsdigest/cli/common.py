"""What commands share: the assembly of the chosen workspace, `--now`, `--json`, and tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsdigest.cli import InstantType

if TYPE_CHECKING:
    from newsdigest.assembly import Assembly

now_option = click.option(
    "--now", type=InstantType(), envvar="NEWSDIGEST_NOW", help="Set the clock of this command."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@contextmanager
def opened(workspace: Path, now: datetime | None = None) -> Iterator[Assembly]:
    """Give the workspace's assembly and close it afterwards."""
    from newsdigest import logs
    from newsdigest.assembly import Assembly
    from newsdigest.settings.workspace import Workspace

    assembly = Assembly(Workspace(workspace).require(), now=now)
    logs.configure(style=assembly.workspace.main.log.style, level=assembly.workspace.main.log.level)
    try:
        yield assembly
    finally:
        assembly.close()


def print_json(document: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def print_lines(columns: list[str], rows: list[list[str]], *, title: str = "") -> None:
    """Print a table in plain lines, columns under each other; rich would take longer to load than `status`."""
    widths = [max(len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]
    if title:
        click.echo(title)
    for row in (columns, *rows):
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def print_table(columns: list[str], rows: list[list[str]], *, title: str = "") -> None:
    """Print a table that fits the terminal; where there is none, a line a row, so that `grep` finds whole cells."""
    if not sys.stdout.isatty():
        print_lines(columns, [[" ".join(cell.split()) for cell in row] for row in rows], title=title)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def progress(label: str) -> Callable[[int, int], None]:
    """Return a function (done, total) that draws a bar on a terminal and nothing elsewhere."""
    from newsdigest.cli.progress import bar

    return bar(label)
