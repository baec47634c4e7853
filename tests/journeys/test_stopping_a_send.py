"""A slow relay, a running send, and somebody who wants it to stop: real sockets, the machine's clock."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.fault_relay import FaultRelay
from tests.mail_world import EDITION, MailWorld, make_person

from newsdigest.adapters.process_watch import is_alive
from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
from newsdigest.adapters.system_clock import SystemClock
from newsdigest.errors import IllegalStepError
from newsdigest.mailing import desk, send, steer
from newsdigest.model.mailings import DeliveryState, MailingReport, MailingState
from newsdigest.model.subscribers import SubscriberState

S = DeliveryState
PROMISE_SECONDS = 5.0


def transport(relay: FaultRelay, connections: int) -> SMTPTransport:
    relays = [Relay(host="127.0.0.1", port=relay.port, tls="none", connections=connections)]
    return SMTPTransport(relays, helo="stop.example.org")


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_pause_and_cancel_act_within_five_seconds_on_a_slow_relay(tmp_path: Path, act: str) -> None:
    """From another connection to the database, as from the newsroom: five seconds later nothing is sent any more."""
    world = MailWorld(tmp_path)
    world.add_edition()
    world.add_people([make_person(n) for n in range(400)])
    world.dispatch()
    reports: list[MailingReport] = []

    def slowly(phase: str, _: int) -> None:
        if phase == "dot":
            time.sleep(0.1)

    with FaultRelay(answer=slowly) as relay:
        tools = {"clock": SystemClock(), "pause": time.sleep}
        sending = threading.Thread(
            target=lambda: reports.append(
                world.send(transport(relay, 4), wait=timedelta(seconds=30), **tools)
            )
        )
        sending.start()
        while len(relay.accepted) < 8 and sending.is_alive():
            time.sleep(0.01)
        other = MailWorld(tmp_path)
        if act == "pause":
            steer.pause(clock=SystemClock(), store=other.store, edition_id=EDITION, by="chief")
        else:
            steer.cancel(
                clock=SystemClock(), store=other.store, edition_id=EDITION, by="chief", is_alive=is_alive
            )
        sending.join(PROMISE_SECONDS)
        assert not sending.is_alive(), "still sending five seconds after it was told to stop"
        number = len(relay.accepted)
    (report,) = reports
    assert report.state is (MailingState.PAUSED if act == "pause" else MailingState.CANCELLED)
    rest = S.PLANNED if act == "pause" else S.CANCELLED
    assert report.counts == tuple(sorted([(S.SENT, number), (rest, 400 - number)]))
    other.close()
    world.close()


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step_by_step"])
def test_leaving_counts_until_the_dot_however_slow_the_relay(tmp_path: Path, pipelining: bool) -> None:
    """Somebody leaves while the relay thinks about DATA: their mail is dropped undotted, the others arrive."""
    world = MailWorld(tmp_path)
    world.add_edition()
    people = {person.address: person for person in (make_person(n) for n in range(6))}
    world.add_people(people.values())
    world.dispatch()
    left: list[str] = []
    other = MailWorld(tmp_path)

    def leave(phase: str, _: int) -> None:
        if phase == "data" and not left:
            rcpt = next(command for command in reversed(relay.commands) if command.startswith("RCPT"))
            left.append(rcpt.partition("<")[2].rpartition(">")[0])
            with other.store.write() as unit:
                gone = dataclasses.replace(people[left[0]], state=SubscriberState.UNSUBSCRIBED)
                unit.subscribers.put([gone])
            time.sleep(0.7)  # by now the look at who wants mail is old

    with FaultRelay(answer=leave, pipelining=pipelining) as relay:
        report = world.send(transport(relay, 1))
        assert left
        assert left[0] not in relay.recipients()
        assert len(set(relay.recipients())) == len(relay.recipients()) == 5
        assert left[0] not in {recipient for _, recipient, _ in relay.taken}
    assert report.counts == ((S.SENT, 5), (S.SUPPRESSED, 1))
    other.close()
    world.close()


def test_a_sender_that_waits_for_an_answer_keeps_its_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay thinks about the dot for longer than the lease lasts (Q11): nobody takes over meanwhile."""
    for module in (desk, send):
        monkeypatch.setattr(module, "LEASE", timedelta(seconds=2))
    world = MailWorld(tmp_path)
    world.add_edition()
    world.add_people([make_person(1)])
    world.dispatch()
    refused: list[str] = []

    def intrude(phase: str, _: int) -> None:
        if phase == "dot":
            time.sleep(3)
            other = MailWorld(tmp_path)
            with pytest.raises(IllegalStepError) as caught:
                other.send(SMTPTransport([]), owner="another", is_alive=lambda _: True, clock=SystemClock())
            refused.append(str(caught.value))
            other.close()

    with FaultRelay(answer=intrude) as relay:
        report = world.send(transport(relay, 1), clock=SystemClock(), pause=time.sleep)
    assert report.counts == ((S.SENT, 1),)
    assert len(refused) == 1
    assert "another process is sending it" in refused[0]
    world.close()
