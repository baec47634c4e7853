"""Who holds a lease, and whether they still live: real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.mail import FakeMailTransport
from tests.mail_world import EDITION, NOW, MailWorld, make_person

from newsdigest.adapters import process_watch
from newsdigest.errors import IllegalStepError
from newsdigest.model.mailings import DeliveryState

CODE = "from newsdigest.adapters import process_watch; print(process_watch.own_name(), flush=True); input()"


@pytest.fixture
def dead_name() -> str:
    """The name of a sender that was killed and not even buried by its parent."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        name = process.stdout.readline().strip()
        assert process_watch.is_alive(name)
        assert process_watch.is_alive(f"{name}/139872")
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not process_watch.is_alive(name), "a zombie sends nothing"
    return name


def test_a_killed_process_is_known_to_be_dead(dead_name: str) -> None:
    """Also when its number was given to another process since."""
    assert not process_watch.is_alive(dead_name)
    place, _, _ = process_watch.own_name().split("/")
    assert process_watch.is_alive(process_watch.own_name())
    assert not process_watch.is_alive(f"{place}/{os.getpid()}/1")
    assert process_watch.is_alive("another-machine:0badcafe/1/1"), "of another machine we cannot know"


@pytest.mark.parametrize("is_here", [True, False], ids=["on_this_machine", "on_another_machine"])
def test_a_dead_senders_lease_is_taken_at_once_where_that_can_be_known(
    tmp_path: Path, dead_name: str, is_here: bool
) -> None:
    """Here by evidence, whatever the lease says; elsewhere only when the lease has run out."""
    world = MailWorld(tmp_path)
    world.add_edition()
    world.add_people([make_person(n) for n in range(5)])
    world.dispatch()
    owner = dead_name if is_here else "another-machine:0badcafe/1/1"
    with world.store.write() as unit:
        fence = unit.mailings.take_lease(EDITION, owner=owner, until=NOW + timedelta(hours=1))
        unit.mailings.claim(EDITION, now=NOW, limit=3, fence=fence)
    if not is_here:
        with pytest.raises(IllegalStepError, match="another process is sending it"):
            world.send(FakeMailTransport())
        world.clock.advance(timedelta(hours=1, seconds=1))
    assert world.send(FakeMailTransport()).counts == ((DeliveryState.SENT, 5),)
    world.close()


def test_a_container_is_no_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is new at every start; a machine is told by its id and name."""
    (tmp_path / "machine-id").write_text("0123\n")
    monkeypatch.setattr(process_watch, "_IDS", (tmp_path / "none", tmp_path / "machine-id"))
    monkeypatch.setattr(process_watch, "_CONTAINER_MARKS", (tmp_path / "mark",))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert process_watch.machine() == f"0123@{socket.gethostname()}"
    (tmp_path / "mark").touch()
    assert process_watch.machine() == ""
