"""`init`, `check`, `migrate` and `status`: a workspace and its state."""

from __future__ import annotations

from pathlib import Path

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, print_lines, print_table

BARE_SOURCES = """\
# The sources of this workspace. `newsdigest sources add URL`, `import FILE` and `discover URL` fill the store;
# what stands here is applied to it whenever this file changes.
sources: []
"""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--bare", is_flag=True, help="Without the example sources.")
def init(folder: Path, bare: bool) -> int:
    """Make a workspace in FOLDER: settings as shipped, an empty database."""
    import shutil

    from newsdigest.errors import WorkspaceError
    from newsdigest.settings.workspace import CONFIG_FILES, shipped

    config = folder / "config"
    if config.exists():
        raise WorkspaceError(f"{config} exists already; nothing was changed. Choose another folder")
    config.mkdir(parents=True)
    for name in (*CONFIG_FILES, "theme.yaml"):
        source = shipped("config") / name
        if source.is_file():
            shutil.copyfile(source, config / name)
    if bare:
        (config / "sources.yaml").write_text(BARE_SOURCES, encoding="utf-8")
    with opened(folder) as assembly:
        assembly.make_database()
    click.echo(f"{folder}: made. Next: edit {config}/newsletters.yaml, then `newsdigest -w {folder} check`")
    return 0


@click.command()
@json_option
@click.pass_obj
def check(folder: Path, as_json: bool) -> int:
    """Validate all settings and templates; every error names file, line and column."""
    from newsdigest.assembly import Assembly
    from newsdigest.settings.workspace import Workspace

    problems = Assembly(Workspace(folder).require()).problems()
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    elif problems:
        click.echo("\n".join(problems), err=True)
    else:
        click.echo("settings and templates are in order")
    return 2 if problems else 0


@click.command()
@click.pass_obj
def migrate(folder: Path) -> int:
    """Bring the database to this program's schema; a SQLite database is backed up first."""
    from newsdigest.assembly import Assembly
    from newsdigest.settings.workspace import Workspace

    revision, kept = Assembly(Workspace(folder).require()).migrate()
    if kept is not None:
        click.echo(
            f"{kept}: the backup made before; with it the old program could go on (`newsdigest restore`)"
        )
    click.echo(f"the database is at schema {revision}")
    return 0


@click.command()
@now_option
@json_option
@click.pass_obj
def status(folder: Path, now: object, as_json: bool) -> int:
    """Show what there is, what ran last and what needs attention."""
    from newsdigest.assembly import quick

    report = quick.status(folder)
    if report is None:
        with opened(folder, now) as assembly:  # type: ignore[arg-type]
            report = assembly.status()
    if as_json:
        print_json(report)
    else:
        counts = [[name, str(value)] for name, value in report["counts"].items()]
        print_lines(["what", "value"], counts)
        if report["runs"]:
            rows = [[run["job"], run["started_at"], run["outcome"], run["report"]] for run in report["runs"]]
            print_lines(["job", "last run", "outcome", "report"], rows, title="\nJobs")
        for line in report["attention"]:
            click.echo(f"! {line}")
    return 1 if report["attention"] else 0


@click.command()
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(folder: Path, target: Path) -> int:
    """Write database, settings, keys and images to FILE (.tar.gz); the others go on working."""
    with opened(folder) as assembly:
        size = assembly.backup(target)
    click.echo(f"{target}: {size / 1_000_000:.1f} MB. It holds addresses and keys; keep it safe")
    return 0


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore(folder: Path, source: Path, yes: bool) -> int:
    """Put the backup FILE in place of what is in the workspace (which is kept beside it)."""
    from newsdigest.assembly import Assembly
    from newsdigest.settings.workspace import Workspace

    if not yes:
        click.confirm(
            f"Replace the database and settings in {folder} by {source}? Stop `newsdigest run` first",
            abort=True,
        )
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Assembly(Workspace(folder)).restore(source)
    click.echo(
        f"restored the backup of {manifest['made_at']} ({len(manifest['files'])} files). "
        "Editions that were due since then wait for a decision; nothing is sent by itself"
    )
    return 0


@click.command(name="move-store")
@click.argument("url")
@json_option
@click.pass_obj
def move_store(folder: Path, url: str, as_json: bool) -> int:
    """Copy the database to URL (e.g. postgresql+psycopg://user@host/db) and compare the counts."""
    with opened(folder) as assembly:
        counts = assembly.move_store(url)
    if as_json:
        print_json(counts)
    else:
        print_table(["table", "rows"], [[name, str(count)] for name, count in counts.items()])
        click.echo("every row arrived. Set store.url in newsdigest.yaml to go on with the new database")
    return 0
