"""SMTP over real sockets: every phase and answer in its right state (Q10), fail-over, stopping."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.fault_relay import Fault, FaultRelay
from tests.mail_world import MailWorld, make_person

from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
from newsdigest.mailing import wire_rules
from newsdigest.model.mailings import DeliveryState, MailingState

S = DeliveryState
Certificate = tuple[ssl.SSLContext, str]
PHASES = ("connect", "starttls", "auth", "mail", "rcpt", "data", "dot")
FAULTS: tuple[Fault, ...] = (421, 450, 451, 452, 535, 550, 552, 554, "disconnect", "garbage", "hang")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    yield made
    made.close()


def transport(
    *relays: FaultRelay,
    connections: int = 1,
    tls: str = "none",
    user: str = "",
    ca_file: str = "",
    seconds: float = 20.0,
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
        timeout_to_dot=seconds,
        timeout_after_dot=seconds,
        dial_waits=(0.02, 0.05, 0.1, 1.0),
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
    world: MailWorld, relay_certificate: Certificate, phase: str, fault: Fault, pipelining: bool
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
            seconds=0.6 if fault == "hang" else 20.0,  # only what hangs is to run into its time
        )
        # Temporary trouble at the door is tried again as long as patience lasts; a lasting one pauses at the third.
        is_lasting = isinstance(fault, int) and fault >= 500
        patience = timedelta(seconds=20 if is_lasting or phase not in PHASES[:3] else 0.9)
        report = world.send(sending, wait=timedelta(seconds=5), patience=patience)
    mailing, state = expected(phase, fault)
    assert report.state is mailing, report
    assert report.count(state) == report.planned == 1, report
    assert len(relay.accepted) == 0
    if needs_tls:
        assert not any(command.startswith("MAIL") for command in relay.commands)


def test_a_relay_without_starttls_gets_nothing(world: MailWorld) -> None:
    """TLS required and not offered: paused with the reason, not one MAIL in the clear."""
    world.add_people([make_person(1)])
    world.dispatch()
    with FaultRelay() as relay:
        report = world.send(transport(relay, tls="required"))
    assert report.state is MailingState.PAUSED
    assert "STARTTLS" in report.reason
    assert not any(command.startswith(("MAIL", "AUTH")) for command in relay.commands)


def test_a_certificate_that_does_not_fit_gets_nothing(
    world: MailWorld, relay_certificate: Certificate
) -> None:
    """An untrusted certificate is no encryption."""
    world.add_people([make_person(1)])
    world.dispatch()
    with FaultRelay(tls=relay_certificate[0], offers_tls=True) as relay:
        report = world.send(transport(relay, tls="required"))
    assert (report.state, report.count(S.PLANNED)) == (MailingState.PAUSED, 1)


def test_encrypted_and_logged_in_over_several_connections(
    world: MailWorld, relay_certificate: Certificate
) -> None:
    """The ordinary way: STARTTLS, AUTH, reused connections, queue ids kept."""
    world.add_people([make_person(n) for n in range(60)])
    world.dispatch()
    context, ca_file = relay_certificate
    with FaultRelay(tls=context, offers_tls=True, offers_auth=True) as relay:
        report = world.send(transport(relay, tls="required", user="u", ca_file=ca_file, connections=3))
    assert report.count(S.SENT) == 60
    assert len(set(relay.recipients())) == len(relay.recipients()) == 60
    assert relay.connections == 3
    with world.store.read() as unit:
        assert all(one.queue_id.startswith("Q") for one in unit.mailings.of_edition("weekly-2026-03-12"))


def test_no_password_leaves_without_encryption_except_to_this_machine() -> None:
    """AUTH over a clear connection to another host is refused before it is said."""
    from newsdigest.adapters.smtp_transport.dialing import DialError, _Talk

    relay = Relay(host="relay.example", tls="none", user="u", password="p")
    talk = _Talk(relay, deadline=1e12)
    talk.socket = type("Far", (), {"getpeername": lambda self: ("192.0.2.1", 25)})()
    with pytest.raises(DialError, match="no password is sent without encryption"):
        talk.log_in({"AUTH": "PLAIN"})


@pytest.mark.parametrize("fault", ["connect", "mail", "disconnect"])
def test_another_relay_takes_over_before_data_only(world: MailWorld, fault: str) -> None:
    """Fail-over on connect, MAIL and RCPT; nobody gets two."""
    world.add_people([make_person(n) for n in range(20)])
    world.dispatch()
    faults: dict[str, tuple[str, Fault]] = {
        "connect": ("connect", 421),
        "mail": ("mail", 451),
        "disconnect": ("rcpt", "disconnect"),
    }
    where, answer = faults[fault]
    with FaultRelay(answer=lambda phase, _: answer if phase == where else None) as bad, FaultRelay() as good:
        report = world.send(transport(bad, good, connections=2))
    assert report.count(S.SENT) == 20, report
    assert sorted(good.recipients()) == sorted(set(good.recipients()))
    assert len(good.recipients()) == 20
    assert bad.taken == []


def test_after_data_no_other_relay_is_tried(world: MailWorld) -> None:
    """What was dotted is uncertain, whatever other relays there are."""
    world.add_people([make_person(n) for n in range(3)])
    world.dispatch()
    with (
        FaultRelay(answer=lambda phase, _: "disconnect" if phase == "dot" else None) as bad,
        FaultRelay() as good,
    ):
        report = world.send(transport(bad, good))
    assert report.count(S.UNCERTAIN) == 3
    assert good.accepted == []


def test_a_relay_that_answers_554_to_everything_pauses_after_at_most_fifty(world: MailWorld) -> None:
    """Over real sockets and several connections."""
    world.add_people([make_person(n) for n in range(300)])
    world.dispatch()
    with FaultRelay(answer=lambda phase, _: 554 if phase == "rcpt" else None) as relay:
        report = world.send(transport(relay, connections=4))
        tried = sum(command.startswith("RCPT") for command in relay.commands)
    assert report.state is MailingState.PAUSED
    assert (report.count(S.FAILED), report.count(S.PLANNED)) == (20, 280)
    assert tried <= 50


def test_a_relay_that_drops_every_dot_pauses_before_the_list_is_parked(world: MailWorld) -> None:
    """Five unanswered dots in a row are the relay's fault."""
    world.add_people([make_person(n) for n in range(100)])
    world.dispatch()
    with FaultRelay(answer=lambda phase, _: "disconnect" if phase == "dot" else None) as relay:
        report = world.send(transport(relay, connections=2))
    assert report.state is MailingState.PAUSED
    assert report.count(S.UNCERTAIN) <= 8


def test_stopping_finishes_what_is_begun_and_leaves_the_rest_planned(world: MailWorld) -> None:
    """SIGTERM: 0 uncertain, 0 doubles, the rest untouched."""
    world.add_people([make_person(n) for n in range(200)])
    world.dispatch()
    with FaultRelay() as relay:
        found = world.send(transport(relay, connections=4), should_stop=lambda: len(relay.accepted) > 50)
        assert found.count(S.UNCERTAIN) == 0
        assert found.count(S.SENT) == len(relay.accepted)
        assert found.count(S.SENT) + found.count(S.PLANNED) == 200
        assert world.send(transport(relay, connections=4)).count(S.SENT) == 200
        assert len(set(relay.recipients())) == len(relay.recipients()) == 200


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step_by_step"])
def test_bytes_arrive_as_they_were_built(world: MailWorld, pipelining: bool) -> None:
    """What the relay takes is what the rules were asserted on."""
    world.add_people([make_person(n) for n in range(12)])
    world.dispatch()
    with FaultRelay(pipelining=pipelining) as relay:
        assert world.send(transport(relay, connections=2)).count(S.SENT) == 12
    for sender, recipient, content in relay.accepted:
        assert wire_rules.broken(content) == []
        assert f"\r\nTo: {recipient}\r\n".encode() in content
        assert sender.startswith("bounce-d")


def test_refused_recipients_between_accepted_ones_keep_the_conversation_in_step(tmp_path: Path) -> None:
    """A refusal within a pipelined group: reset, go on, nobody mixed up."""
    world = MailWorld(tmp_path)
    world.add_edition()
    world.add_people([make_person(n) for n in range(90)])
    world.dispatch()
    count = [0]

    def every_third(phase: str, _: int) -> Fault:
        count[0] += phase == "rcpt"
        return 550 if phase == "rcpt" and count[0] % 3 == 0 else None

    with FaultRelay(answer=every_third) as relay:
        report = world.send(transport(relay, connections=3))
    assert (report.count(S.SENT), report.count(S.FAILED)) == (60, 30)
    assert all(f"\r\nTo: {recipient}\r\n".encode() in content for _, recipient, content in relay.accepted)
    world.close()
