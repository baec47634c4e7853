"""An editor corrects on the command line, and the program learns: the whole way, on a real workspace."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsdigest.assembly import Assembly
from newsdigest.cli import group
from newsdigest.model.items import Item
from newsdigest.model.sources import Source
from newsdigest.settings.workspace import Workspace

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
TEXTS = [
    (f"Phagen gegen Keime, Folge {n}", "Bakterien fressende Viren der Firma helfen gegen Keime im Stall.")
    for n in range(9)
]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with nine sorted items that the keywords get wrong."""
    assert CliRunner().invoke(group, ["init", "--bare", str(tmp_path / "w")]).exit_code == 0
    assembly = Assembly(Workspace(tmp_path / "w"), now=NOW)
    with assembly.store.write() as unit:
        unit.sources.put([Source(id="s", name="S", url="https://s.example/feed")])
        unit.items.put(
            Item(
                id=f"i{number}", source_id="s", guid=None, url=f"https://s.example/{number}", title=title, text=text,
                first_seen=NOW, last_seen=NOW, published=NOW, fingerprint=f"f{number}",
            )
            for number, (title, text) in enumerate(TEXTS)
        )  # fmt: skip
    assembly.sort()
    assembly.close()
    return tmp_path / "w"


def call(workspace: Path, *words: str) -> tuple[int, str]:
    """Run a command as the terminal would; our errors are raised."""
    done = CliRunner().invoke(
        group, ["--workspace", str(workspace), *words, "--now", NOW.isoformat()], standalone_mode=False
    )
    if done.exception:
        raise done.exception
    return int(done.return_value or 0), done.output


def test_corrections_are_learned_listed_and_rolled_back(workspace: Path) -> None:
    """Nine corrections teach biotech; the next phage is known; a roll-back unlearns it."""
    code, output = call(workspace, "learn", "--json")
    assert (code, json.loads(output)["topics"]) == (0, [])
    for number in range(len(TEXTS)):
        code, output = call(
            workspace, "correct", f"i{number}", "--topics", "biotech", "--by", "anna", "--json"
        )
        assert json.loads(output)["topics"] == ["biotech"]
    code, output = call(workspace, "learn", "--json")
    report = json.loads(output)
    assert (code, report["is_activated"], report["version"]) == (0, True, 1)
    assert report["after"] > report["keywords"]
    assert "biotech" in topics_of_a_new_phage(workspace)
    assert "at work" in call(workspace, "learn", "--list")[1]
    assert "keywords alone" in call(workspace, "learn", "--rollback")[1]
    assert "biotech" not in topics_of_a_new_phage(workspace)


def topics_of_a_new_phage(workspace: Path) -> list[str]:
    """Judge a text nobody has seen, in a new process's place."""
    assembly = Assembly(Workspace(workspace), now=NOW)
    made = assembly.judge.judge_text(
        title="Phagen gegen Keime", text="Viren gegen Keime im Stall.", published=NOW
    )
    assembly.close()
    return [one.id for one in made.topics]


def test_a_running_process_notices_what_another_learned(workspace: Path) -> None:
    """The scheduler judges by the model that a command activated meanwhile."""
    running = Assembly(Workspace(workspace), now=NOW)
    before = running.judge.version
    for number in range(len(TEXTS)):
        call(workspace, "correct", f"i{number}", "--topics", "biotech", "--by", "anna")
    call(workspace, "learn")
    assert before != running.judge.version
    running.close()


def test_sorting_again_keeps_the_editors_word(workspace: Path) -> None:
    """After activation recent items are judged again, without overruling anybody."""
    call(
        workspace,
        "correct",
        "i0",
        "--topics",
        "events",
        "--language",
        "en",
        "--kind",
        "statement",
        "--by",
        "anna",
    )
    for number in range(1, len(TEXTS)):
        call(workspace, "correct", f"i{number}", "--topics", "biotech", "--by", "anna")
    call(workspace, "learn")
    assembly = Assembly(Workspace(workspace), now=NOW)
    assembly.sort()
    with assembly.store.read() as unit:
        found = unit.items.get(["i0"])["i0"].judgement
    assembly.close()
    assert found is not None
    assert (
        [t.id for t in found.topics],
        found.language.language,
        found.kind.value,
    ) == (["events"], "en", "statement")
