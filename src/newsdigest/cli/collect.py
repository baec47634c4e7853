"""`collect`: fetch what is due and say what came of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, progress


@click.command()
@click.option(
    "--source", "only", multiple=True, metavar="ID", help="Look at this source, due or not; may be repeated."
)
@now_option
@json_option
@click.pass_obj
def collect(folder: Path, only: tuple[str, ...], now: datetime | None, as_json: bool) -> int:
    """Fetch what is due (or the sources named) and keep what is new."""
    with opened(folder, now) as assembly:
        report = assembly.collect(only, progress=None if as_json else progress("collecting"))
    if as_json:
        print_json(
            {
                "looked": report.looked,
                "new": report.new,
                "own_outage": report.is_own_outage,
                "skipped": report.skipped,
                "problems": report.problems,
                "sources": [
                    {
                        "source": line.source, "result": line.result, "new": line.new,
                        "changed": line.changed, "stock": line.stock,
                        "quarantined": line.quarantined, "problem": line.problem,
                    }
                    for line in sorted(report.lines, key=lambda line: line.source)
                ],
            }
        )  # fmt: skip
    else:
        click.echo(report.line)
        for line in (*report.skipped, *report.problems):
            click.echo(f"! {line}")
    return 1 if report.problems or report.is_own_outage else 0
