"""A workspace with an edition that was sent, and the web application over it, for tests of the public side."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.model.editions import Approval, Edition, EditionState
from newsdigest.settings.workspace import CONFIG_FILES, Workspace, shipped
from newsdigest.web.app import create_app
from tests.edition_world import sample_edition

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
BASE = "https://news.example"
SETTINGS = """\
association:
  name: "Biosphäre Sachsen e. V."
  name_en: Biosphere Saxony
  website: https://www.biosphaere-sachsen.example/
mail:
  outbox: var/outbox
web:
  public_url: {base}
subscribing:
  form_origins: ["https://www.biosphaere-sachsen.example"]
  network_hour: 1000
"""


def make_assembly(
    folder: Path, database: Path | None = None, *, base: str = BASE, now: datetime = NOW
) -> Assembly:
    """A workspace with the shipped settings, mail into a folder, and a clock that stands still."""
    (folder / "config").mkdir(parents=True)
    for name in (*CONFIG_FILES, "theme.yaml"):
        if (shipped("config") / name).is_file():
            shutil.copyfile(shipped("config") / name, folder / "config" / name)
    (folder / "config" / "newsdigest.yaml").write_text(SETTINGS.format(base=base), encoding="utf-8")
    if database is not None:
        (folder / "var").mkdir()
        shutil.copyfile(database, folder / "var" / "newsdigest.db")
    return Assembly(Workspace(folder), clock=FixedClock(now))


def sent_edition(**changes: Any) -> Edition:
    """The sample edition, approved and sent."""
    at = datetime(2026, 3, 12, 9, tzinfo=UTC)
    made = sample_edition(state=EditionState.SENT, started_at=at, finished_at=at)
    return replace(made, approval=Approval(content_hash="0" * 64, by="chief", at=at), **changes)


def keep(assembly: Assembly, *editions: Edition) -> None:
    """Store editions as they are."""
    with assembly.store.write() as unit:
        for edition in editions:
            assert unit.editions.add(edition)


@contextmanager
def browsing(assembly: Assembly, **options: Any) -> Iterator[TestClient]:
    """A client of the application, https as behind the proxy."""
    app = create_app(assembly, has_newsroom=False)
    with TestClient(app, base_url=assembly.public_url, follow_redirects=False, **options) as client:
        yield client


def letters(assembly: Assembly) -> list[EmailMessage]:
    """What was written to people so far, by file name."""
    found = sorted((assembly.workspace.var / "outbox").rglob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]


def link_in(letter: EmailMessage) -> str:
    """The path of the one link of ours in a letter's text."""
    part = letter.get_body(("plain",))
    assert part is not None
    found = re.search(rf"{re.escape(BASE)}(/\S+/\S+)", part.get_content())
    assert found, part.get_content()
    return found[1]


def every_row(assembly: Assembly) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table: what must be the same before and after a GET."""
    from sqlalchemy import MetaData, select

    found = MetaData()
    found.reflect(assembly.store.engine)
    with assembly.store.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in found.sorted_tables
        }
