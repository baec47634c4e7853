"""Health and figures: for the operator's monitoring, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from newsdigest.assembly import Assembly
from newsdigest.settings.workspace import Workspace
from newsdigest.web.app import create_app

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def assembly(tmp_path: Path):
    (tmp_path / "config").mkdir()
    made = Assembly(Workspace(tmp_path), now=NOW)
    yield made
    made.close()


def client(assembly: Assembly, address: str = "127.0.0.1") -> TestClient:
    return TestClient(create_app(assembly, has_newsroom=False), client=(address, 5000))


def test_a_living_process_with_its_database_is_ready(assembly: Assembly):
    """Both answers are short and public."""
    browser = client(assembly, "203.0.113.9")
    assert [browser.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_without_its_database_it_is_alive_but_not_ready(assembly: Assembly):
    """A load balancer takes it out; a supervisor leaves it running."""
    browser = client(assembly)
    path = assembly.store.path
    assert path is not None
    assembly.store.close()
    for file in path.parent.glob("newsdigest.db*"):
        file.unlink()
    path.write_bytes(b"not a database" * 1000)
    assert [browser.get(address).status_code for address in ("/healthz", "/readyz")] == [200, 503]


def test_figures_are_for_this_machine_only(assembly: Assembly):
    """A stranger is told that there is no such page."""
    assert client(assembly, "203.0.113.9").get("/metrics").status_code == 404
    text = client(assembly).get("/metrics").text
    assert "newsdigest_items 0.0" in text
    assert "newsdigest_last_digest_age_seconds +Inf" in text
