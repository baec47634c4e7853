"""A restored or copied server does not send by itself what may have gone out already."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.fakes.mail import FakeMailTransport
from tests.mail_world import EDITION, MailWorld, make_person

from newsdigest.adapters.machine_marker import MachineMarker
from newsdigest.errors import IllegalStepError
from newsdigest.mailing import standing
from newsdigest.mailing.standing import Standing, doubt
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import DeliveryState
from newsdigest.ports.storage import Store


@pytest.mark.parametrize(
    ("stored", "beside", "words"),
    [
        pytest.param(None, None, "", id="first_mailing_ever"),
        pytest.param(Standing(3, "m"), Standing(3, "m"), "", id="as_we_left_it"),
        pytest.param(Standing(4, "m"), Standing(3, "m"), "", id="killed_between_the_two_writes"),
        pytest.param(Standing(2, "m"), Standing(3, "m"), "restored", id="older_backup"),
        pytest.param(Standing(3, "m"), None, "another place", id="moved_without_its_file"),
        pytest.param(Standing(3, "m"), Standing(3, "other"), "copy", id="cloned_machine"),
        pytest.param(None, Standing(3, "m"), "new", id="database_begun_anew"),
    ],
)
def test_doubt_is_said_in_words(stored: Standing | None, beside: Standing | None, words: str) -> None:
    """Only what fits goes on by itself."""
    found = doubt(stored, beside, "m")
    assert (words in found) if words else found == ""


@pytest.mark.parametrize(("before", "now"), [("m", ""), ("", "m"), ("", "")])
def test_a_machine_that_cannot_be_told_is_no_other_one(before: str, now: str) -> None:
    """Containers are made anew at every upgrade: that alone stops no edition; an older backup still does."""
    assert doubt(Standing(3, before), Standing(3, before), now) == ""
    assert "restored" in doubt(Standing(2, before), Standing(3, before), now)


def test_a_backup_put_back_waits_for_a_person_and_then_sends(tmp_path: Path) -> None:
    """The edition was sent after the backup; the restored database thinks it was not."""
    world = MailWorld(tmp_path)
    world.add_edition()
    world.add_people([make_person(1)])
    marker = MachineMarker(tmp_path)

    def check(store: Store) -> str:
        return standing.check(
            clock=world.clock, store=store, machine="m", read_beside=marker.read, write_beside=marker.write
        )

    assert check(world.store) == ""
    world.store.close()
    shutil.copy(tmp_path / "newsdigest.db", tmp_path / "backup.db")
    world.dispatch()
    relay = FakeMailTransport()
    world.send(relay, standing=check)
    assert len(relay.sent) == 1
    world.store.close()
    for old in tmp_path.glob("newsdigest.db*"):
        old.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "newsdigest.db")
    world.dispatch()
    with pytest.raises(IllegalStepError, match="older than the last mailing"):
        world.send(relay, standing=check)
    assert len(relay.sent) == 1
    with world.store.read() as unit:
        edition = unit.editions.get(EDITION)
    assert edition
    assert edition.state is EditionState.NEEDS_DECISION
    from newsdigest.mailing import steer

    steer.resume(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")
    assert world.send(relay, standing=check).count(DeliveryState.SENT) == 1
    world.close()
