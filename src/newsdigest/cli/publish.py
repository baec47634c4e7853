"""`publish`: channels, archive pages and the list of sources as files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json


@click.command()
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder (default: var/site)."
)
@click.option(
    "--take-down", "taken", metavar="STORY", default="", help="First take this story out of everything."
)
@click.option("--put-back", "put", metavar="STORY", default="", help="First publish this story again.")
@click.option("--reason", default="", help="Why it is taken down; kept in the audit.")
@now_option
@json_option
@click.pass_obj
def publish(
    folder: Path, output: Path | None, taken: str, put: str, reason: str, now: datetime | None, as_json: bool
) -> int:
    """Write what is approved as files for the website; files that stay the same are not touched."""
    with opened(folder, now) as assembly:
        if taken:
            assembly.take_down(taken, by="office", reason=reason)
        if put:
            assembly.put_back(put, by="office")
        places = [one for one in assembly.mentions(taken) if not one.is_hidden] if taken else []
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
                "still_named": [
                    {
                        "edition": one.edition_id,
                        "language": one.language,
                        "place": one.place,
                        "text": one.text,
                    }
                    for one in places
                ],
            }
        )
    else:
        click.echo(f"{target}: {report.line or f'{len(report.paths)} files, nothing changed'}")
        for one in places:
            click.echo(
                f"{one.edition_id} ({one.language}): the {one.place} still names it: {one.text}", err=True
            )
    return 1 if report.problems or places else 0
