"""The editor's acts from the command line, on a workspace with a real database: JSON shapes and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.editing_store import fill, make_item

from newsdigest.adapters.sql_store import SQLStore, schema
from newsdigest.cli import group
from newsdigest.settings.workspace import shipped

ID = "weekly-2026-03-12"
NOW = "2026-03-11T12:30+01:00"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The shipped settings and five sorted stories."""
    shutil.copytree(shipped("config"), tmp_path / "config")
    with (tmp_path / "config" / "newsdigest.yaml").open("a", encoding="utf-8") as settings:
        settings.write("\nweb:\n  public_url: https://news.example.org\n")
    (tmp_path / "var").mkdir()
    store = SQLStore(f"sqlite:///{tmp_path / 'var' / 'newsdigest.db'}")
    schema.migrate(store)
    fill(store, *((make_item(n, f"quelle{n}"),) for n in range(1, 6)))
    store.close()
    return tmp_path


def run(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        group, ["-w", str(workspace), *arguments], standalone_mode=False, catch_exceptions=False
    )


def document(workspace: Path, *arguments: str) -> Any:
    return json.loads(run(workspace, *arguments, "--json").stdout)


def test_the_editor_s_week(workspace: Path, tmp_path: Path):
    """Compose, look, preview, approve: one JSON document each."""
    made = document(workspace, "compose", "weekly", "--now", NOW)
    assert (made["id"], made["state"], len(made["stories"]["de"])) == (ID, "draft", 5)
    assert [edition["id"] for edition in document(workspace, "editions")] == [ID]
    shown = document(workspace, "edition", "show", ID)
    assert {p["section"] for p in shown["placements"] if p["language"] == "de"} == {"members"}
    assert {check["code"] for check in shown["checks"]} >= {"size", "imprint", "unsubscribe", "sender_domain"}
    run(workspace, "preview", ID, "-o", str(tmp_path / "out"))
    index = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))
    assert [variant["id"] for variant in index["variants"]] == ["de", "en"]
    for variant in index["variants"]:
        for kind in ("html", "text", "eml"):
            assert (tmp_path / "out" / variant[kind]).stat().st_size > 1000
    assert (tmp_path / "out" / "de.eml").read_bytes().startswith(b"From: ")
    approved = document(workspace, "approve", ID, "--by", "mia", "--now", NOW)
    assert (approved["state"], approved["approval"]["by"]) == ("approved", "mia")


def test_reject_and_skip(workspace: Path):
    """Each with its words."""
    document(workspace, "compose", "weekly", "--now", NOW)
    assert document(workspace, "reject", ID, "--note", "Titel prüfen")["reason"] == "Titel prüfen"
    assert document(workspace, "skip", ID, "--reason", "Messewoche")["state"] == "skipped"


def test_a_preview_is_the_same_before_and_after_approval(workspace: Path, tmp_path: Path):
    """What was shown is what is frozen, byte for byte."""
    document(workspace, "compose", "weekly", "--now", NOW)
    run(workspace, "preview", ID, "-o", str(tmp_path / "before"))
    document(workspace, "approve", ID, "--now", NOW)
    run(workspace, "preview", ID, "-o", str(tmp_path / "after"))
    for name in ("de.html", "de.txt", "de.eml", "en.html", "en.txt", "en.eml"):
        assert (tmp_path / "before" / name).read_bytes() == (tmp_path / "after" / name).read_bytes()


def test_too_little_news_exits_with_attention(workspace: Path):
    """A skipped edition is no success to be passed over."""
    text = (
        (workspace / "config" / "newsletters.yaml")
        .read_text(encoding="utf-8")
        .replace("skip_below: 3", "skip_below: 9")
    )
    (workspace / "config" / "newsletters.yaml").write_text(text, encoding="utf-8")
    result = run(workspace, "compose", "weekly", "--now", NOW)
    assert result.return_value == 1
    assert "only 5 new stories; 9 are needed" in result.stdout
