"""The screen of sources: as many as can be read, those that need a person first; the others by searching."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import newsroom_world as world

from newsdigest.assembly import Assembly
from newsdigest.model.sources import Source
from newsdigest.web.newsroom import sources


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


def test_many_sources_are_shown_in_part_and_found_by_search(assembly: Assembly):
    """With 400 sources the screen stays a screen; a name, an id or an address narrows it."""
    many = [Source(id=f"many{n}", name=f"Haus {n}", url=f"https://h{n}.example/feed") for n in range(400)]
    with assembly.store.write() as unit:
        unit.sources.put(many)
    with world.browsing(assembly, "administrator") as client:
        whole = client.get("/newsroom/sources").text
        some = client.get("/newsroom/sources", params={"q": "H399.example"}).text
    assert whole.count('<th scope="row">') == sources.SHOWN
    assert 'name="q"' in whole
    assert some.count('<th scope="row">') == 1
    assert "Haus 399" in some
