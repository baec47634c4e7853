"""What is rendered once is not rendered again while its bytes cannot have changed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests import newsroom_world as world

from newsdigest.assembly import Assembly
from newsdigest.web.newsroom import desk

ID = "weekly-2026-03-12"


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


@pytest.fixture
def rendered(assembly: Assembly, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages that were really rendered, in order."""
    found: list[str] = []
    render = assembly.renderer.render

    def watched(**how: Any) -> Any:
        found.append(how["language"])
        return render(**how)

    monkeypatch.setattr(assembly.renderer, "render", watched)
    return found


def test_an_act_in_one_language_leaves_the_other_rendered(assembly: Assembly, rendered: list[str]):
    """Only the language whose words changed is made anew; approving renders nothing a preview has shown."""
    for language in ("de", "en"):
        desk.RENDERS.get(assembly, assembly.edition(ID), language)
    dropped = assembly.edition(ID).placed("de")[1]
    assembly.review.drop(ID, dropped.id, by="editor")
    before = list(rendered)
    shown = {code: desk.RENDERS.get(assembly, assembly.edition(ID), code) for code in ("de", "en")}
    assert (before, rendered[len(before) :]) == (["de", "en"], ["de"])
    assembly.approve(ID, by="approver")
    assert rendered[len(before) :] == ["de"]
    frozen = assembly.review.variants(assembly.edition(ID))
    assert {code: one.html for code, one in frozen.items()} == {code: one.html for code, one in shown.items()}


def test_preview_and_check_list_share_one_rendering(assembly: Assembly, rendered: list[str]):
    """Both are asked for at once when the page has loaded; the second waits for the first."""
    edition = assembly.edition(ID)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: desk.RENDERS.get(assembly, edition, "de"), range(4)))
    assert rendered == ["de"]
    assert len({one.digest for one in made}) == 1
