"""
The command line: one file a family of commands.

Commands are found by name in a table and their modules imported only when called, so that
`--help` and `status` start at once. Exit 0 done; 1 ran, but something needs attention;
2 wrong usage or settings.
"""

from __future__ import annotations

import importlib
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from newsdigest import __version__
from newsdigest.errors import NewsdigestError, SettingsError

# name: (module, attribute, short help). The help stands here so that the list costs no import.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("setting_up", "init", "make a new workspace"),
    "check": ("setting_up", "check", "validate all settings and templates"),
    "demo": ("demo", "demo", "the main job end to end on sample feeds, then the newsroom"),
    "read": ("read", "read", "parse documents as the collector would, store nothing"),
    "sort": ("stories", "sort", "judge new items and group them into stories"),
    "classify": ("stories", "classify", "judge and group the lines of a file, store nothing"),
    "stories": ("stories", "stories", "list stories; explain, split, merge"),
    "correct": ("learn", "correct", "an editor's word about an item's language, topics or kind"),
    "learn": ("learn", "learn", "refit topics from editors' corrections; list, roll back"),
    "run": ("run_all", "run", "scheduler and web in one process"),
    "scheduler": ("run_all", "scheduler", "only the clock"),
    "worker": ("run_all", "worker", "run what the scheduler hands out (PostgreSQL)"),
    "sources": (
        "sources",
        "sources",
        "feeds, pages, folders: list, add, discover, import, export, test, pause",
    ),
    "collect": ("collect", "collect", "fetch what is due"),
    "subscribers": (
        "subscribers",
        "subscribers",
        "people: list, add, import, export, confirm, unsubscribe, forget",
    ),
    "users": ("users", "users", "who may enter the newsroom: add, list, password, role, remove"),
    "compose": ("editions", "compose", "draft the edition that is due"),
    "editions": ("editions", "editions", "list editions"),
    "edition": ("editions", "edition", "one edition with sections and placements"),
    "preview": ("editions", "preview", "the exact bytes of an edition, as files"),
    "approve": ("editions", "approve", "approve exactly what the preview shows"),
    "reject": ("editions", "reject", "send an edition back to the editor"),
    "skip": ("editions", "skip", "leave an edition out, visibly"),
    "send": ("mailing", "send", "deliver an approved edition until done; goes on where it stopped"),
    "test-mail": ("mailing", "test_mail", "an edition, marked [Test], to testers"),
    "pause": ("mailing", "pause", "stop a sending until it is resumed"),
    "resume": ("mailing", "resume", "let a sending go on; decide about uncertain deliveries"),
    "cancel": ("mailing", "cancel", "end a sending for good"),
    "deliveries": ("mailing", "deliveries", "what became of an edition's mail"),
    "serve": ("serve", "serve", "newsroom and public pages, without the clock"),
    "retention": ("serve", "retention", "delete what is past its period"),
    "bounces": ("mailing", "bounces", "reports that came back"),
    "doctor": ("doctor", "doctor", "look at database, SMTP, DNS, clock, disk, and what a mail needs"),
    "publish": ("publish", "publish", "channels and archive pages as files"),
    "status": ("setting_up", "status", "what there is, what ran, what needs attention"),
    "backup": ("setting_up", "backup", "database, settings and images into one file"),
    "restore": ("setting_up", "restore", "put a backup in place"),
    "move-store": ("setting_up", "move_store", "copy the database to PostgreSQL, counts compared"),
    "migrate": ("setting_up", "migrate", "bring the database to this program's schema"),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        found: click.Command = getattr(importlib.import_module(f"newsdigest.cli.{module}"), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    envvar="NEWSDIGEST_WORKSPACE",
    help="Folder with config/, templates/ and var/ (default: this folder).",
)
@click.version_option(__version__, prog_name="newsdigest")
@click.pass_context
def group(ctx: click.Context, workspace: Path) -> None:
    """From member feeds to one approved weekly digest, in German and English."""
    ctx.obj = workspace


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; our errors become one clear line."""
    try:
        code = group.main(args=arguments, prog_name="newsdigest", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("newsdigest: stopped", err=True)
        sys.exit(130)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except SettingsError as error:
        click.echo("\n".join(f"newsdigest: {problem}" for problem in error.problems), err=True)
        sys.exit(error.exit_code)
    except NewsdigestError as error:
        click.echo(f"newsdigest: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        # A full disk, a missing right: the operating system's own words are the clearest.
        where = f"{error.filename}: " if error.filename else ""
        click.echo(
            f"newsdigest: {where}{error.strerror or error}; check the disk and the rights, then run again",
            err=True,
        )
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


class InstantType(click.ParamType[datetime]):
    """An ISO 8601 instant; without a zone it is local time of the association (Europe/Berlin)."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from zoneinfo import ZoneInfo

        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 time; write e.g. 2026-03-12T10:00+01:00", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Europe/Berlin"))
