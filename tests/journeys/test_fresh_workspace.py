"""A workspace as `init` makes it, before the office has told it where its pages stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from newsdigest.assembly import Assembly
from newsdigest.cli import group
from newsdigest.mailing.preflight import Weight
from newsdigest.settings.workspace import Workspace


def run(*arguments: str) -> str:
    done = CliRunner().invoke(group, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_nothing_is_sent_before_the_pages_have_an_address(tmp_path: Path) -> None:
    """A mail whose unsubscribe link leads to the sender's own machine must not leave."""
    run("init", str(tmp_path / "w"))
    assembly = Assembly(Workspace(tmp_path / "w"))
    found = {one.name: one for one in assembly.doctor(with_network=False)}
    assembly.close()
    assert found["unsubscribe"].weight is Weight.BLOCKS
    assert "web.public_url" in found["unsubscribe"].do


def test_a_backup_comes_back_into_a_folder_named_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cd workspace && newsdigest restore FILE`, as the guide has it."""
    run("init", str(tmp_path / "w"))
    monkeypatch.chdir(tmp_path / "w")
    run("backup", str(tmp_path / "b.tar.gz"))
    run("restore", "--yes", str(tmp_path / "b.tar.gz"))
    assert "sources" in run("status")


def test_a_pressed_document_in_a_folder_has_no_path_as_its_link(tmp_path: Path) -> None:
    """Nobody can open a path of the office's disk: such news stand without a link."""
    run("init", "--bare", str(tmp_path / "w"))
    drop = tmp_path / "w" / "presse"
    drop.mkdir()
    (drop / "2026-03-10 Neue Anlage.txt").write_text(
        "Neue Anlage in Dresden eröffnet\n\nDie Muster GmbH hat am Montag ihre neue Anlage in Betrieb genommen.\n",
        encoding="utf-8",
    )
    run(
        "-w", str(tmp_path / "w"), "sources", "add", str(drop), "--kind", "folder", "--name", "Pressepostfach"
    )
    run("-w", str(tmp_path / "w"), "collect")
    assembly = Assembly(Workspace(tmp_path / "w"))
    with assembly.store.read() as unit:
        links = [one.url for one in unit.items.unjudged(limit=10)]
    assembly.close()
    assert links == [""]


def test_a_file_in_a_sub_folder_speaks_for_the_organisation_it_is_named_after(tmp_path: Path) -> None:
    """The letter box itself is no organisation."""
    run("init", "--bare", str(tmp_path / "w"))
    drop = tmp_path / "w" / "presse"
    for place in ("Radiolux GmbH/a.txt", "b.txt"):
        (drop / place).parent.mkdir(parents=True, exist_ok=True)
        text = f"Neue Anlage in Dresden eröffnet ({place[-5]})\n\nDie Anlage {place[-5]} ging am Montag in Betrieb.\n"
        (drop / place).write_text(text, encoding="utf-8")
    run("-w", str(tmp_path / "w"), "sources", "add", str(drop), "--name", "Pressepostfach")
    run("-w", str(tmp_path / "w"), "collect")
    assembly = Assembly(Workspace(tmp_path / "w"))
    with assembly.store.read() as unit:
        said = {one.guid: one.organisation for one in unit.items.unjudged(limit=10)}
    assembly.close()
    assert said == {"Radiolux GmbH/a.txt": "Radiolux GmbH", "b.txt": ""}


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds every reader's address."""
    run("init", str(tmp_path / "w"))
    database = tmp_path / "w" / "var" / "newsdigest.db"
    assert database.stat().st_mode & 0o077 == 0
    database.chmod(0o644)
    assembly = Assembly(Workspace(tmp_path / "w"))
    found = {one.name: one for one in assembly.doctor(with_network=False)}
    assembly.close()
    assert found["database"].weight is Weight.WARNING
    assert "chmod 600" in found["database"].do


def test_a_listing_in_a_pipe_keeps_a_row_on_its_line(tmp_path: Path) -> None:
    """`newsdigest sources | grep ADDRESS` finds it, however narrow a terminal would be."""
    run("init", "--bare", str(tmp_path / "w"))
    address = "saechsische-gesellschaft-fuer-biotechnologie"
    run(
        "-w",
        str(tmp_path / "w"),
        "sources",
        "add",
        "https://member.example/feed/",
        "--unseen",
        "--id",
        address,
    )
    rows = run("-w", str(tmp_path / "w"), "sources").splitlines()
    assert [line.split()[-1] for line in rows if address in line] == ["yet"]
