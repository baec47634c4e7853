"""Relays as they are: few messages a connection, odd words behind good ones, wrong settings."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.adapters.test_smtp_transport import transport
from tests.fakes.fault_relay import Fault, FaultRelay
from tests.mail_world import MailWorld, make_person

from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
from newsdigest.adapters.smtp_transport.trying import try_relay
from newsdigest.model.mailings import DeliveryState, MailingState

S = DeliveryState
SHORT = timedelta(milliseconds=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    yield made
    made.close()


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "step_by_step"])
@pytest.mark.parametrize("goodbye", [421, "disconnect"])
def test_a_relay_that_takes_few_messages_a_connection_delays_nobody(
    world: MailWorld, goodbye: Fault, pipelining: bool
) -> None:
    """Every seventh message meets a connection that is over: it goes over the next one, now, as its first attempt."""
    world.add_people([make_person(n) for n in range(30)])
    world.dispatch()

    def few(phase: str, number: int) -> Fault:
        return goodbye if phase == "mail" and number >= 7 * relay.connections else None

    with FaultRelay(answer=few, pipelining=pipelining) as relay:
        found = world.send(transport(relay), wait=SHORT)
    assert found.counts == ((S.SENT, 30),)
    assert relay.connections == 5
    with world.store.read() as unit:
        assert {one.attempts for one in unit.mailings.of_edition(found.edition_id)} == {1}


def test_a_yes_before_odd_words_is_a_yes(world: MailWorld) -> None:
    """The dot was answered with 250; what follows in the same breath is the connection's trouble only."""
    world.add_people([make_person(1)])
    world.dispatch()
    with scripted(b"250 2.0.0 Ok: queued as Q1\r\n<html>502 Bad Gateway</html>\r\n") as port:
        found = world.send(to(port), wait=SHORT)
    assert found.counts == ((S.SENT, 1),)


def test_nothing_more_is_said_where_the_dot_is_withheld(world: MailWorld) -> None:
    """Somebody leaves right before their dot: the connection ends within the text, without a line that is none of it."""
    world.add_people([person := make_person(1)])
    world.dispatch()
    heard: list[bytes] = []
    with scripted(b"", heard=heard) as port:
        found = world.send(LeavingTransport(to(port), world, person), wait=SHORT)
    assert found.counts == ((S.SUPPRESSED, 1),)
    assert b"\r\n.\r\n" not in b"".join(heard)
    assert b"QUIT" not in b"".join(heard)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"tls": "implicit", "ca_file": "/nowhere/ca.pem"}, "/nowhere/ca.pem", id="no_such_ca_file"
        ),
        pytest.param({"host": "relay..example"}, "relay..example", id="an_impossible_name"),
    ],
)
def test_wrong_settings_of_a_relay_are_said_and_pause(
    world: MailWorld, changes: dict[str, str], words: str
) -> None:
    """No traceback, neither in `send` nor in `doctor`: the reason names what to put right."""
    world.add_people([make_person(n) for n in range(3)])
    world.dispatch()
    with FaultRelay() as there:
        relay = dataclasses.replace(Relay(host="127.0.0.1", port=there.port, tls="none"), **changes)  # type: ignore[arg-type]
        found = world.send(SMTPTransport([relay], helo="t.example", dial_waits=(0.4,)), wait=SHORT)
        is_in, says = try_relay(relay, helo="t.example")
    assert (found.state, found.counts) == (MailingState.PAUSED, ((S.PLANNED, 3),))
    assert words in found.reason
    assert (is_in, words in says) == (False, True)


def test_a_name_of_ours_beyond_ascii_is_said_and_pauses(world: MailWorld) -> None:
    """mail.helo with an umlaut."""
    world.add_people([make_person(1)])
    world.dispatch()
    with FaultRelay() as there:
        relay = Relay(host="127.0.0.1", port=there.port, tls="none")
        found = world.send(SMTPTransport([relay], helo="büro.example", dial_waits=(0.4,)), wait=SHORT)
    assert found.state is MailingState.PAUSED
    assert "mail.helo" in found.reason


def test_a_log_in_refused_once_on_every_connection_is_no_three_refusals(world: MailWorld) -> None:
    """Four connections are dialled together: one hiccup of the relay's user table is one refusal, not four."""
    world.add_people([make_person(n) for n in range(20)])
    world.dispatch()
    with FaultRelay(
        answer=lambda phase, _: 535 if phase == "auth" and relay.connections <= 4 else None, offers_auth=True
    ) as relay:
        found = world.send(transport(relay, connections=4, user="u"))
    assert found.counts == ((S.SENT, 20),)


class LeavingTransport:
    """Lets somebody leave after the text is out, with an old look at who wants mail."""

    def __init__(self, inner: SMTPTransport, world: MailWorld, person: object) -> None:
        self.inner, self.world, self.person = inner, world, person

    def deliver(self, desk: object) -> None:
        settle = desk.settle  # type: ignore[attr-defined]

        def leaving(handed: object, dotting: list[str]) -> frozenset[str]:
            if dotting:
                from newsdigest.model.subscribers import SubscriberState

                with self.world.store.write() as unit:
                    gone = dataclasses.replace(self.person, state=SubscriberState.UNSUBSCRIBED)  # type: ignore[type-var]
                    unit.subscribers.put([gone])  # type: ignore[list-item]
                for held in desk._out.values():  # type: ignore[attr-defined]
                    held.looked_at = float("-inf")
            return settle(handed, dotting)  # type: ignore[no-any-return]

        desk.settle = leaving  # type: ignore[attr-defined]
        self.inner.deliver(desk)  # type: ignore[arg-type]

    def close(self) -> None:
        self.inner.close()


def to(port: int) -> SMTPTransport:
    return SMTPTransport([Relay(host="127.0.0.1", port=port, tls="none")], helo="t.example")


class scripted:  # noqa: N801 - reads as a fixture
    """A relay that takes one message and answers its dot with those bytes, then closes."""

    def __init__(self, after_dot: bytes, *, heard: list[bytes] | None = None) -> None:
        self.after_dot, self.heard = after_dot, heard if heard is not None else []

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        line, _ = self._listener.accept()
        with line:
            line.sendall(b"220 odd\r\n")
            self._until(line, lambda got: got.endswith(b"\r\n"))
            line.sendall(b"250-odd\r\n250 PIPELINING\r\n")
            self._until(line, lambda got: got.endswith(b"DATA\r\n"))
            line.sendall(b"250 ok\r\n250 ok\r\n354 go on\r\n")
            self._until(line, lambda got: b"\r\n.\r\n" in got)
            line.sendall(self.after_dot)

    def _until(self, line: socket.socket, is_enough: Callable[[bytes], bool]) -> None:
        got = b""
        while not is_enough(got):
            octets = line.recv(65536)
            if not octets:
                return
            self.heard.append(octets)
            got += octets
