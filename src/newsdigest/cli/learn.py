"""`learn` and `correct`: editors' words about items, and what is learned from them."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, print_table


@click.command()
@click.option("--rollback", is_flag=True, help="Put the version before to work again.")
@click.option("--to", type=int, help="With --rollback: that version (0: keywords alone).")
@click.option("--list", "show_list", is_flag=True, help="List the versions there are.")
@json_option
@now_option
@click.pass_obj
def learn(
    folder: Path, rollback: bool, to: int | None, show_list: bool, as_json: bool, now: datetime | None
) -> int:
    """
    Refit topics from the editors' corrections.

    A mistake corrected in three stories is not made again; word weights learned from more corrections
    work from now on only if they are better on stories they have not seen. Exit 1:
    there are corrections, but the new version was no better.
    """
    with opened(folder, now) as assembly:
        if show_list or rollback:
            shelf = assembly.roll_back(to) if rollback else assembly.learned()
            if as_json:
                print_json(asdict(shelf))
                return 0
            rows = [
                [str(one.number), one.at, str(one.corrections), f"{one.before:.1f}", f"{one.after:.1f}",
                 "at work" if one.number == shelf.active else one.note]
                for one in shelf.versions
            ]  # fmt: skip
            print_table(["version", "made", "items", "F1 before", "F1 after", ""], rows)
            if not shelf.active:
                click.echo("keywords alone are at work")
            return 0
        report = assembly.learn()
    if as_json:
        print_json({**asdict(report), "by_kind": dict(report.by_kind), "line": report.line})
    else:
        click.echo(report.line)
        for line in (*report.lessons, *report.advice):
            click.echo(line)
    return (
        1
        if (report.topics or report.lessons) and not report.is_activated and report.note.startswith("not")
        else 0
    )


@click.command()
@click.argument("item")
@click.option("--language", help="de, en, cs, pl, fr, other or mixed.")
@click.option("--topics", help="Ids, comma-separated, best first; empty: none of ours.")
@click.option(
    "--kind", help="news, event, call, job, new_member, people, press_review, statement, correction."
)
@click.option("--by", default="", help="Who says so (default: the user's name).")
@json_option
@now_option
@click.pass_obj
def correct(
    folder: Path, item: str, language: str | None, topics: str | None, kind: str | None, by: str,
    as_json: bool, now: datetime | None,
) -> int:  # fmt: skip
    """Correct an item's language, topics or kind; the judge never overrules it."""
    wanted = None if topics is None else [one.strip() for one in topics.split(",") if one.strip()]
    with opened(folder, now) as assembly:
        made = assembly.correct(item, by=by or getpass.getuser(), language=language, topics=wanted, kind=kind)
    if as_json:
        print_json(
            {"item": item, "language": made.language.language, "topics": [one.id for one in made.topics],
             "kind": made.kind.value, "by_editor": list(made.by_editor)}
        )  # fmt: skip
    else:
        names = ", ".join(one.id for one in made.topics) or "no topic"
        click.echo(f"{item}: {made.language.language}, {made.kind.value}, {names}")
    return 0
