"""`demo`: the main job end to end on this machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from newsdigest.cli.common import json_option, print_json


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".demo"),
    show_default=True,
)
@click.option("--no-serve", is_flag=True, help="End after the report; do not open the newsroom.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8800, show_default=True, help="Port of the newsroom."
)
@json_option
def demo(folder: Path, no_serve: bool, port: int, as_json: bool) -> int:
    """Run the main job on sample feeds, then open the newsroom on 127.0.0.1."""
    from newsdigest import logs
    from newsdigest.cli.progress import Steps
    from newsdigest.demo.run_demo import Demo

    started = time.monotonic()
    logs.configure(level="error")
    with Demo(folder) as world:
        with Steps(is_quiet=as_json) as steps:
            report = world.run(steps.move)
        seconds = round(time.monotonic() - started, 1)
        if as_json:
            print_json(
                {
                    "workspace": report.workspace,
                    "editions": [
                        {"id": report.edition_id, "language": language, "stories": stories}
                        for language, stories in report.stories.items()
                    ],
                    "mails": report.mails,
                    "channels": report.channels,
                    "seconds": seconds,
                }
            )
        else:
            _tell(report, seconds)
        if no_serve:
            return 0
        from newsdigest.cli.run_all import serve_all

        name, password = world.open_newsroom()
        click.echo(f"\nnewsroom  http://127.0.0.1:{port}/newsroom  name {name}, password {password}")
        return serve_all(world.assembly, host="127.0.0.1", port=port)


def _tell(report: object, seconds: float) -> None:
    from newsdigest.demo.run_demo import DemoReport

    assert isinstance(report, DemoReport)
    editions = ", ".join(f"{language} {len(stories)} stories" for language, stories in report.stories.items())
    lines = [
        ("collected", f"{report.items} items in {report.looked} looks at sample feeds"),
        *(("trouble", trouble) for trouble in report.troubles),
        ("edition", f"{report.edition_id} ({editions}), approved and sent"),
        ("preview", _shortest([path for path in report.previews if path.suffix == ".html"])),
        ("mails", f"{len(report.mails)} in {_folder(report.mails)}"),
        ("feeds", f"{len(report.channels)} in {_folder(report.channels)}"),
        ("database", str(report.database)),
        ("newsroom", "opened by the same command without --no-serve (`make run`)"),
    ]
    click.echo(f"\nDone in {seconds} s. All of it stands in {report.workspace}")
    for name, value in lines:
        click.echo(f"  {name:<10} {value}")


def _folder(paths: list[Path]) -> str:
    return os.path.commonpath([path.parent for path in paths]) if paths else "-"


def _shortest(paths: list[Path]) -> str:
    return (
        ", ".join(str(path) for path in sorted(paths, key=lambda path: (len(path.name), path.name))[:2])
        or "-"
    )
