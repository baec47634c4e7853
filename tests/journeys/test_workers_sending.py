"""Three workers on PostgreSQL, killed (-9) in the middle of a send: nobody is lost, nobody gets two."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from tests.journeys.test_workers import started, wait_for
from tests.operating_world import DUE, approved, running_assembly
from tools.kill_test import Sink

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model.mailings import OPEN_STATES, DeliveryState

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE = 240
KILLED_AT = (50, 120)
"""So many mails have arrived when the sending worker is killed."""


@pytest.fixture
def edition(tmp_path: Path, postgres_store: SQLStore, sink: Sink) -> str:
    """A dispatched edition in a workspace that was moved to PostgreSQL."""
    folder = tmp_path / "workspace"
    edition_id = approved(folder, people=PEOPLE)
    url = postgres_store.url.render_as_string(hide_password=False)
    assembly = running_assembly(folder, DUE)
    try:
        assembly.dispatch(edition_id, by="anna")
        assembly.move_store(url)
    finally:
        assembly.close()
    (folder / "config" / "newsdigest.yaml").write_text(
        f"store: {{url: '{url}'}}\nlog: {{level: info}}\n"
        f"mail: {{relays: [{{host: 127.0.0.1, port: {sink.port}, tls: none, connections: 3}}]}}\n"
        "association: {website: 'https://digest.example/'}\n",
        encoding="utf-8",
    )
    return edition_id


@pytest.fixture
def sink():
    made = Sink(delay=0.04)
    yield made
    made.close()


def test_workers_killed_while_they_send(tmp_path: Path, edition: str, sink: Sink, postgres_store: SQLStore):
    """Two of three die with mails in their hands: what they were unsure of is held, the third sends the rest."""
    folder = tmp_path / "workspace"

    def has_arrived(number: int) -> bool:
        return sum(sink.copies.values()) >= number

    def sending() -> int:
        with postgres_store.read() as unit:
            mailing = unit.mailings.mailing(edition)
        assert mailing is not None
        return int(mailing.owner.split("/")[1]) if mailing.owner else 0

    def states() -> dict[DeliveryState, int]:
        with postgres_store.read() as unit:
            return dict(unit.mailings.counts(edition))

    with ExitStack() as stack:
        workers = [stack.enter_context(started(folder, "worker")) for _ in range(3)]
        stack.enter_context(started(folder, "scheduler"))
        for number in KILLED_AT:
            wait_for(partial(has_arrived, number), seconds=90, why=f"{number} mails arrive")
            assert sending() in {worker.pid for worker in workers}
            os.kill(sending(), signal.SIGKILL)
        wait_for(
            lambda: not any(states().get(state) for state in OPEN_STATES),
            seconds=120,
            why="the third finishes",
        )
    made = states()
    with postgres_store.read() as unit:
        deliveries = list(unit.mailings.of_edition(edition))
        people = {one.id: one.address for one in unit.subscribers.all()}
    copies = Counter({address.lower(): count for address, count in sink.copies.items()})
    sent = [people[one.subscriber_id] for one in deliveries if one.state is DeliveryState.SENT]
    held = [people[one.subscriber_id] for one in deliveries if one.state is DeliveryState.UNCERTAIN]
    assert sum(made.values()) == len(deliveries) == PEOPLE
    assert max(copies.values()) == 1
    assert [address for address in sent if copies[address] != 1] == []
    assert set(sent) | set(held) == set(people.values()), made
    assert len(held) <= len(KILLED_AT) * 3 * 2  # what two workers had in their hands, over three connections


def test_a_worker_told_to_stop_leaves_nothing_in_doubt(
    tmp_path: Path, edition: str, sink: Sink, postgres_store: SQLStore
):
    """SIGTERM in the middle of a send: the hand-overs under way end, the rest is given back, another worker goes on."""
    folder = tmp_path / "workspace"

    def states() -> dict[DeliveryState, int]:
        with postgres_store.read() as unit:
            return dict(unit.mailings.counts(edition))

    with started(folder, "scheduler"), started(folder, "worker") as first:
        wait_for(lambda: sum(sink.copies.values()) >= 50, seconds=90, why="50 mails arrive")
        first.terminate()
        assert first.wait(60) == 0
        assert set(states()) <= {DeliveryState.SENT, DeliveryState.PLANNED}
        with started(folder, "worker"):
            wait_for(lambda: states() == {DeliveryState.SENT: PEOPLE}, seconds=90, why="the other finishes")
    assert max(sink.copies.values()) == 1
