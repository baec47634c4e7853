"""`publish`: channels, archive pages and the list of sources as files."""

from __future__ import annotations

from pathlib import Path

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json


@click.command()
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder (default: var/site)."
)
@now_option
@json_option
@click.pass_obj
def publish(folder: Path, output: Path | None, now: object, as_json: bool) -> int:
    """Write what is approved as files for the website; files that stay the same are not touched."""
    with opened(folder, now) as assembly:  # type: ignore[arg-type]
        report = assembly.publish_report(output)
        target = (output or assembly.site_folder).resolve()
    if as_json:
        print_json(
            {
                "folder": target,
                "files": [str(path) for path in report.paths],
                "changed": report.changed,
                "removed": report.removed,
                "stories": report.stories,
                "problems": report.problems,
            }
        )
    else:
        click.echo(f"{target}: {report.line or f'{len(report.paths)} files, nothing changed'}")
    return 1 if report.problems else 0
