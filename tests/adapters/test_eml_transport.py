"""Mail as files: the dry run keeps the ledger's promises too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.mail_world import EDITION, MailWorld, make_person

from newsdigest.adapters.eml_transport import EMLTransport
from newsdigest.mailing import steer, wire_rules
from newsdigest.model.mailings import DeliveryState, HandOver, MailingState, Message

S = DeliveryState


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    yield made
    made.close()


def test_one_whole_file_a_message_named_by_its_delivery(world: MailWorld, tmp_path: Path) -> None:
    """Fit to leave as they lie there; no half-written file beside them; nothing is hidden."""
    world.add_people([make_person(n) for n in range(230)])
    world.dispatch()
    report = world.send(EMLTransport(tmp_path / "outbox" / "deep"))
    assert (report.state, report.count(S.SENT)) == (MailingState.SENT, 230)
    with world.store.read() as unit:
        each = {one.id: one for one in unit.mailings.of_edition(EDITION)}
    found = {path.name: path.read_bytes() for path in (tmp_path / "outbox" / "deep").iterdir()}
    assert set(found) == {f"{id_}.eml" for id_ in each}
    assert all(one.queue_id == f"{one.id}.eml" for one in each.values())
    assert [problem for content in found.values() for problem in wire_rules.broken(content)] == []


def test_a_dry_run_repeated_writes_the_same_files(world: MailWorld, tmp_path: Path) -> None:
    """Sending again after everything was planned anew: the same names and the same bytes."""
    world.add_people([make_person(n) for n in range(5)])
    made = []
    for _ in range(2):
        world.dispatch()
        world.send(EMLTransport(tmp_path / "outbox"))
        made.append({path.name: path.read_bytes() for path in (tmp_path / "outbox").iterdir()})
        with world.store.write() as unit:
            for one in list(unit.mailings.of_edition(EDITION)):
                unit.mailings.mark([dataclasses.replace(one, state=S.PLANNED, attempts=0)], fence=one.fence)
            unit.mailings.set_state(EDITION, MailingState.SENDING, now=world.clock.now())
    assert made[0] == made[1]
    assert len(made[0]) == 5


def test_a_pause_between_two_groups_writes_no_more(world: MailWorld, tmp_path: Path) -> None:
    """Files are written only for what the ledger granted."""
    world.add_people([make_person(n) for n in range(300)])
    world.dispatch()
    outbox = EMLTransport(tmp_path / "outbox")
    write = outbox._write

    def pausing(message: Message) -> HandOver:
        if len(list((tmp_path / "outbox").glob("*.eml"))) == 10:
            steer.pause(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")
        return write(message)

    outbox._write = pausing  # type: ignore[method-assign]
    report = world.send(outbox)
    written = len(list((tmp_path / "outbox").glob("*.eml")))
    assert report.state is MailingState.PAUSED
    assert report.counts == tuple(sorted([(S.SENT, written), (S.PLANNED, 300 - written)]))


def test_a_folder_that_cannot_be_written_defers_with_the_reason(world: MailWorld, tmp_path: Path) -> None:
    """What is not on the disk is not sent, and is tried again."""
    world.add_people([make_person(1)])
    world.dispatch()
    outbox = tmp_path / "outbox"
    with world.store.read() as unit:
        (one,) = unit.mailings.of_edition(EDITION)
    (outbox / f".{one.id}.part").mkdir(parents=True)
    report = world.send(EMLTransport(outbox), wait=timedelta(seconds=1))
    assert report.count(S.DEFERRED) == 1
    assert "directory" in report.reasons[0][1].lower()
    (outbox / f".{one.id}.part").rmdir()
    assert world.send(EMLTransport(outbox), wait=timedelta(minutes=5)).count(S.SENT) == 1
