"""Starting: `--help` and `status` load next to nothing, and the short way tells what the long one would."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from newsdigest.adapters.sql_store import revisions
from newsdigest.assembly import Assembly, quick
from newsdigest.settings.workspace import Workspace

HEAVY = ("sqlalchemy", "alembic", "pydantic", "ruamel", "structlog", "rich", "httpx", "asyncio", "jinja2")
LOOK = """
import sys
from newsdigest.cli import run
try:
    run(sys.argv[1:])
except SystemExit as end:
    code = end.code
loaded = sorted(name for name in %r if name in sys.modules)
print("loaded:", *loaded, file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that `status` has looked at once, in full."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newsdigest.yaml").write_text("web: {port: 8801}\n", encoding="utf-8")
    _whole(tmp_path)
    return tmp_path


def _whole(folder: Path) -> dict:
    assembly = Assembly(Workspace(folder))
    try:
        return assembly.status()
    finally:
        assembly.close()


@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["status", "--json"]], ids=" ".join)
def test_what_must_start_at_once_loads_nothing_heavy(folder: Path, arguments: list[str]):
    """No database toolkit, no models, no log library: that is what makes 60 ms of 600."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK % (HEAVY,), "--workspace", str(folder), *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "loaded:\n")


@pytest.mark.parametrize(
    ("arguments", "family"),
    [(["editions"], "edition"), (["sources", "list"], "source"), (["subscribers", "list"], "subscriber")],
    ids=lambda value: value if isinstance(value, str) else "_".join(value),
)
def test_a_listing_loads_its_own_records_only(folder: Path, arguments: list[str], family: str):
    """Not the stores of other families, and not the dialect of the engine that is not there."""
    store = "newsdigest.adapters.sql_store"
    families = ("edition", "item", "mailing", "source", "story", "subscriber", "web")
    heavy = (
        "sqlalchemy.dialects.postgresql",
        "newsdigest.text.boilerplate",
        *(f"{store}.{one}_store" for one in families),
    )
    done = subprocess.run(
        [sys.executable, "-c", LOOK % (heavy,), "--workspace", str(folder), *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # `sources list` applies sources.yaml first, `editions` nothing else.
    assert (done.returncode, done.stderr) == (0, f"loaded: {store}.{family}_store\n")


def test_the_short_way_tells_what_the_long_one_does(folder: Path):
    """Counts, runs and what needs a person are the same."""
    assembly = Assembly(Workspace(folder))
    with assembly.store.write() as unit:
        job = {
            "job": "send",
            "failures": 2,
            "report": "relay: no",
            "started": "2026-03-12",
            "outcome": "failed",
        }
        unit.runs.put_value("job:send", json.dumps(job))
    assembly.close()
    told = quick.status(folder)
    assert told == _whole(folder)
    assert told["attention"] == ["job send failed 2 times: relay: no"]


def _other_settings(folder: Path) -> None:
    (folder / "config" / "newsdigest.yaml").write_text("web: {port: 8802}\n", encoding="utf-8")


def _settings_gone(folder: Path) -> None:
    (folder / "config" / "newsdigest.yaml").unlink()


def _newer_schema(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "var" / "newsdigest.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _damaged(folder: Path) -> None:
    (folder / "var" / "newsdigest.db").write_bytes(b"not a database" * 1000)


def _no_database(folder: Path) -> None:
    (folder / "var" / "newsdigest.db").unlink()


@pytest.mark.parametrize(
    "change",
    [_other_settings, _settings_gone, _newer_schema, _damaged, _no_database],
    ids=lambda c: c.__name__,
)
def test_the_unusual_goes_the_long_way(folder: Path, change: Callable[[Path], None]):
    """The short way never guesses: what it was not made for is told in full by the whole assembly."""
    change(folder)
    assert quick.status(folder) is None


def test_a_setting_of_the_environment_goes_the_long_way(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Another database may be meant."""
    monkeypatch.setenv("NEWSDIGEST_STORE__URL", "sqlite:////elsewhere.db")
    assert quick.status(folder) is None


def test_our_revision_is_alembics():
    """The files' names are in step with what stands inside."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(revisions.VERSIONS.parent))
    scripts = ScriptDirectory.from_config(config)
    assert (revisions.head(), len(revisions.known())) == (
        scripts.get_current_head(),
        len(list(scripts.walk_revisions())),
    )
