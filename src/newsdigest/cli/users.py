"""`users`: who may enter the newsroom. There is no default account; the first one is made here."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json, print_table

ROLES = ("editor", "approver", "administrator")


@click.group()
def users() -> None:
    """List and change who may enter the newsroom."""


def _password(prompt: str) -> str:
    """Ask without echo on a terminal; else take the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
@click.option("--email", default="", help="For reminders.")
@now_option
@click.pass_obj
def add(folder: Path, name: str, role: str, email: str, now: datetime | None) -> int:
    """Add a user; the password is asked for, or read from standard input."""
    from newsdigest.model.users import Role
    from newsdigest.web import auth

    with opened(folder, now) as assembly:
        user = auth.add_user(
            store=assembly.store,
            hasher=assembly.password_hasher,
            name=name,
            password=_password("Password"),
            role=Role(role),
            email=email,
            by="command line",
            now=assembly.clock.now(),
        )
    click.echo(f"{user.name}: added as {user.role}")
    return 0


@users.command("list")
@json_option
@click.pass_obj
def list_users(folder: Path, as_json: bool) -> int:
    """List the users."""
    with opened(folder) as assembly, assembly.store.read() as unit:
        found = unit.users.all()
    if as_json:
        print_json(
            [
                {
                    "name": u.name,
                    "role": u.role,
                    "email": u.email,
                    "second_factor": bool(u.totp_secret),
                    "created": u.created_at,
                }
                for u in found
            ]
        )
    elif not found:
        click.echo("no users yet; `newsdigest users add NAME --role administrator` makes the first one")
    else:
        rows = [
            [u.name, u.role, "yes" if u.totp_secret else "no", u.created_at.date().isoformat()] for u in found
        ]
        print_table(["name", "role", "second factor", "since"], rows)
    return 0


@users.command("password")
@click.argument("name")
@click.option("--without-second-factor", is_flag=True, help="Take the second factor away too (lost phone).")
@click.pass_obj
def password(folder: Path, name: str, without_second_factor: bool) -> int:
    """Set a new password and end the user's sessions."""
    from newsdigest.web import auth

    with opened(folder) as assembly:
        now = assembly.clock.now()
        auth.set_password(
            store=assembly.store,
            hasher=assembly.password_hasher,
            name=name,
            password=_password("New password"),
            by="command line",
            now=now,
        )
        if without_second_factor:
            auth.change_user(store=assembly.store, name=name, totp_secret="", by="command line", now=now)
    click.echo(f"{name}: new password set")
    return 0


@users.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
def role_of(folder: Path, name: str, role: str) -> int:
    """Give a user another role."""
    from newsdigest.model.users import Role
    from newsdigest.web import auth

    with opened(folder) as assembly:
        auth.change_user(
            store=assembly.store, name=name, role=Role(role), by="command line", now=assembly.clock.now()
        )
    click.echo(f"{name}: now {role}")
    return 0


@users.command("remove")
@click.argument("name")
@click.pass_obj
def remove(folder: Path, name: str) -> int:
    """Remove a user; what they did stays in the audit log."""
    from newsdigest.web import auth

    with opened(folder) as assembly:
        auth.remove_user(store=assembly.store, name=name, by="command line", now=assembly.clock.now())
    click.echo(f"{name}: removed")
    return 0
