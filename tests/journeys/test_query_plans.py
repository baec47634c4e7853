"""What is asked all day is answered from an index: with a million items stored nothing reads them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from tests.newsroom_world import PASSWORD, browsing
from tests.operating_world import DUE, approved, running_assembly

from newsdigest import jobs
from newsdigest.assembly import Assembly
from newsdigest.demo.run_demo import NEWSLETTER
from newsdigest.model.users import Role
from newsdigest.web import auth

pytestmark = pytest.mark.slow

GROWING = (
    "items", "item_aliases", "stories", "story_members", "story_matches", "story_traces", "deliveries", "consent_events",
    "placements",
)  # fmt: skip
"""Tables that grow with the years. Readers, sources and a year's bounces are few, and some work is about all of them."""
PAGES = ("", "/editions", "/sources", "/subscribers", "/jobs", "/audit", "/bounces")
STATEMENTS = ("SELECT", "UPDATE", "DELETE", "WITH")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembly]:
    """A workspace with an edition that is due, and somebody who may enter the newsroom."""
    folder = tmp_path_factory.mktemp("plans") / "workspace"
    approved(folder, people=10)
    (folder / "config" / "newsdigest.yaml").write_text("mail: {outbox: outbox}\n", encoding="utf-8")
    made = running_assembly(folder, DUE)
    auth.add_user(
        store=made.store, hasher=made.password_hasher, name="administrator", password=PASSWORD,
        role=Role.ADMINISTRATOR, email="", by="test", now=made.clock.now(),
    )  # fmt: skip
    yield made
    made.close()


@contextmanager
def read_whole(assembly: Assembly) -> Iterator[list[str]]:
    """Give the statements that read a growing table from end to end, as SQLite plans them."""
    found: list[str] = []
    whole = re.compile(rf"SCAN ({'|'.join(GROWING)})(?! USING (?:COVERING )?INDEX)\b")

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
        if not statement.lstrip().upper().startswith(STATEMENTS):
            return
        one = parameters[0] if is_many and parameters else parameters
        plan = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", one).fetchall()
        found.extend(f"{row[3]}: {statement}" for row in plan if whole.match(row[3]))

    event.listen(assembly.store.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(assembly.store.engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("name", [job.name for job in jobs.JOBS])
def test_jobs_ask_by_index(assembly: Assembly, name: str):
    """Collecting, sorting, composing, sending, publishing, deleting: each asks for what it needs only."""
    with read_whole(assembly) as found:
        jobs.by_name(name).call(assembly, lambda _done, _total: None)
    assert found == []


def test_composing_asks_by_index(assembly: Assembly):
    """The window of an edition is a range of an index."""
    with read_whole(assembly) as found:
        assembly.compose(NEWSLETTER)
    assert found == []


def test_status_and_metrics_ask_by_index(assembly: Assembly):
    """Counts are counted in the smallest index there is."""
    with read_whole(assembly) as found:
        assembly.status()
        assembly.metrics()
    assert found == []


@pytest.mark.parametrize("page", PAGES)
def test_the_newsroom_asks_by_index(assembly: Assembly, page: str):
    """No screen reads all items to show some."""
    with browsing(assembly) as client:
        client.post("/newsroom/log-in", data={"name": "administrator", "password": PASSWORD})
        with read_whole(assembly) as found:
            assert client.get(f"/newsroom{page}").status_code == 200
    assert found == []


@pytest.mark.parametrize("newsletter", [NEWSLETTER, ""], ids=["of_one_newsletter", "of_all"])
def test_a_page_of_readers_is_sought_not_walked_to(assembly: Assembly, newsletter: str):
    """Each page begins where the last one ended, so that a large list costs no more a reader than a small one."""
    plans: list[str] = []

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _is_many: bool) -> None:
        if "FROM subscribers" in statement:
            plan = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in plan.fetchall())

    event.listen(assembly.store.engine, "before_cursor_execute", explain)
    try:
        with assembly.store.read() as unit:
            assert len(list(unit.subscribers.iterate(newsletter, page=4))) == 10
    finally:
        event.remove(assembly.store.engine, "before_cursor_execute", explain)
    assert len(plans) == 3
    assert [plan for plan in plans[1:] if "id>?" not in plan and "(newsletter_id,id)>(?,?)" not in plan] == []


def test_the_look_itself_sees(assembly: Assembly):
    """The test would notice: a question without an index is found."""
    with read_whole(assembly) as found, assembly.store.read() as unit:
        unit.connection.exec_driver_sql("SELECT id FROM items WHERE title = 'x'").all()
    assert found == ["SCAN items: SELECT id FROM items WHERE title = 'x'"]
