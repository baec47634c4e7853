"""`newsdigest doctor`: is everything right for sending?"""

from __future__ import annotations

from pathlib import Path

import click

from newsdigest.cli.common import json_option, opened, print_json, print_table

_MARKS = {"ok": "ok", "note": "note", "warning": "WARNING", "blocks": "BLOCKS"}


@click.command()
@click.argument("edition_id", metavar="[EDITION]", default="")
@click.option("--offline", is_flag=True, help="Do not look at relays and DNS.")
@json_option
@click.pass_obj
def doctor(workspace: Path, edition_id: str, offline: bool, as_json: bool) -> int:
    """Look at database, disk, clock, settings, relays and DNS, and at the mails of EDITION."""
    with opened(workspace) as assembly:
        found = assembly.doctor(with_network=not offline)
        if edition_id:
            found += assembly.preflight(edition_id)
    if as_json:
        print_json(
            [{"name": one.name, "weight": one.weight, "says": one.says, "do": one.do} for one in found]
        )
    else:
        rows = [
            [_MARKS[one.weight], one.name, f"{one.says}; {one.do}" if one.do else one.says] for one in found
        ]
        print_table(["", "what", "how it is"], rows)
    return 1 if any(one.weight in ("warning", "blocks") for one in found) else 0
