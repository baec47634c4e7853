"""SMTP over real sockets: every phase and answer in its right state (Q10), fail-over, stopping."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.fault_relay import Fault, FaultRelay
from tests.mail_world import MailWorld, make_person

from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
from newsdigest.model.mailings import DeliveryState, MailingState

S = DeliveryState
PHASES = ("connect", "starttls", "auth", "mail", "rcpt", "data", "dot")
FAULTS: tuple[Fault, ...] = (421, 450, 451, 452, 535, 550, 552, 554, "disconnect", "garbage", "hang")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    yield made
    made.close()


def transport(
    *relays: FaultRelay, connections: int = 1, tls: str = "none", user: str = "", ca_file: str = ""
) -> SMTPTransport:
    return SMTPTransport(
        [
            Relay(
                host="127.0.0.1",
                port=relay.port,
                tls=tls,
                connections=connections,
                user=user,
                password="secret" if user else "",
                ca_file=ca_file,
            )
            for relay in relays
        ],
        helo="test.example.org",
        timeout_to_dot=0.6,
        timeout_after_dot=0.6,
    )


def expected(phase: str, fault: Fault) -> tuple[MailingState, DeliveryState]:
    """The rule of the ledger, section 4.5 of the spec, for one message on one relay."""
    if phase in ("connect", "starttls", "auth"):
        is_lasting = isinstance(fault, int) and fault >= 500
        # Nothing was said about any person: all stay planned, the mailing pauses or waits.
        return (MailingState.PAUSED if is_lasting else MailingState.SENDING), S.PLANNED
    if isinstance(fault, int):
        state = S.FAILED if fault >= 500 else S.DEFERRED
    else:
        state = S.UNCERTAIN if phase == "dot" else S.DEFERRED
    return (MailingState.SENDING if state is S.DEFERRED else MailingState.SENT), state


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step_by_step"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("phase", PHASES)
def test_every_answer_in_every_phase_gives_the_right_state(
    world: MailWorld, relay_certificate, phase: str, fault: Fault, pipelining: bool
) -> None:
    """77 cases in two dialects: before the dot repeatable, after it only the answer counts; never a fall-back from TLS."""
    world.add_people([make_person(1)])
    world.dispatch()
    needs_tls = phase == "starttls"
    context, ca_file = relay_certificate
    relay = FaultRelay(
        answer=lambda where, _: fault if where == phase else None,
        pipelining=pipelining,
        tls=context if needs_tls else None,
        offers_tls=needs_tls,
        offers_auth=phase == "auth",
    )
    with relay:
        sending = transport(
            relay,
            tls="required" if needs_tls else "none",
            user="u" if phase == "auth" else "",
            ca_file=ca_file,
        )
        # Temporary trouble at the door is retried in the background; the test stays for three seconds at most.
        report = world.send(
            sending, wait=timedelta(seconds=0.9 if phase in PHASES[:3] and not _is_lasting(fault) else 5)
        )
    mailing, state = expected(phase, fault)
    assert report.state is mailing, report
    assert report.count(state) == report.planned == 1, report
    assert len(relay.accepted) == 0
    if needs_tls:
        assert not any(command.startswith("MAIL") for command in relay.commands)


def _is_lasting(fault: Fault) -> bool:
    return isinstance(fault, int) and fault >= 500
