"""Sending through trouble that lasts: waits, held domains, a breaker over several runs, what a dead sender leaves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.mail import FakeMailTransport, accept, refuse
from tests.mail_world import EDITION, NOW, MailWorld, make_person

from newsdigest.mailing import steer
from newsdigest.mailing.desk import RELAY
from newsdigest.model.mailings import (
    DeliveryState,
    HandOver,
    MailingState,
    Message,
    Phase,
    Throttle,
    UncertainPolicy,
)
from newsdigest.model.subscribers import SubscriberState
from newsdigest.ports.mail import MailDesk

S = DeliveryState
SHORT = timedelta(milliseconds=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    yield made
    made.close()


class CountedTransport(FakeMailTransport):
    """Says how often it was asked to deliver, and refuses to be asked for ever."""

    rounds = 0

    def deliver(self, desk: MailDesk) -> None:
        self.rounds += 1
        assert self.rounds < 50, "the sender spins"
        super().deliver(desk)


def test_a_wait_that_is_long_over_keeps_nobody_spinning(world: MailWorld) -> None:
    """Last week's trouble with another domain is no moment to wait for; this one's is waited for once."""
    world.add_people([make_person(n, domain="slow.example") for n in range(3)])
    world.dispatch()
    until = NOW + timedelta(minutes=5)
    with world.store.write() as unit:
        unit.mailings.put_throttles(
            [
                Throttle(domain="old.example", blocked_until=NOW - timedelta(days=7), failures=1),
                Throttle(domain="limited.example", window_start=NOW - timedelta(hours=1), used=5),
                Throttle(domain="slow.example", blocked_until=until, failures=1),
            ]
        )
    relay = CountedTransport()
    assert world.send(relay, wait=SHORT).count(S.PLANNED) == 3
    assert world.send(relay).count(S.SENT) == 3
    assert until <= world.clock.now() < until + timedelta(seconds=2)
    assert relay.rounds <= 4


def test_many_who_left_in_a_row_do_not_end_a_send(world: MailWorld) -> None:
    """A whole claim of people who want no mail any more is no sign that nobody is left."""
    people = sorted((make_person(n) for n in range(60)), key=lambda person: person.id)
    world.add_people(people)
    world.dispatch()
    with world.store.read() as unit:
        first = [one.subscriber_id for one in unit.mailings.of_edition(EDITION)][:40]
    with world.store.write() as unit:
        unit.subscribers.put(
            [
                dataclasses.replace(person, state=SubscriberState.UNSUBSCRIBED)
                for person in people
                if person.id in first
            ]
        )
    found = world.send(FakeMailTransport())
    assert (found.state, found.counts) == (MailingState.SENT, ((S.SENT, 20), (S.SUPPRESSED, 40)))


@pytest.mark.parametrize("state", [S.FAILED, S.UNCERTAIN])
def test_a_relay_that_refuses_everyone_pauses_also_a_slow_mailing(world: MailWorld, state: S) -> None:
    """Few a minute, each minute another run: refusals in a row are counted over all of them (Q10: at most fifty)."""
    world.add_people([make_person(n) for n in range(200)])
    world.dispatch()
    relay = FakeMailTransport(refuse(state, 554, Phase.DOT))
    for _ in range(30):
        found = world.send(relay, wait=SHORT, per_minute=3)
        if found.state is not MailingState.SENDING:
            break
        world.clock.advance(timedelta(minutes=1))
    assert found.state is MailingState.PAUSED
    assert found.count(state) <= 20
    steer.resume(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")
    world.clock.advance(timedelta(minutes=1))
    assert world.send(relay, wait=SHORT, per_minute=3).state is MailingState.SENDING, "a person began anew"


def test_a_relay_that_wants_no_mail_for_now_is_left_in_peace(world: MailWorld) -> None:
    """4xx to MAIL is about us, not about a person: one asks again after a growing wait, the list stays planned."""
    world.add_people([make_person(n, domain=f"d{n}.example") for n in range(100)])
    world.dispatch()
    relay = FakeMailTransport(refuse(S.DEFERRED, 452, Phase.MAIL))
    found = world.send(relay, wait=timedelta(seconds=30))
    assert found.state is MailingState.SENDING
    assert len(relay.dotted) == 2, "at once, and after twenty seconds"
    assert found.count(S.PLANNED) == 98
    assert "452" in found.reason
    with world.store.read() as unit:
        assert unit.mailings.throttles()[RELAY].blocked_until
    relay.answer = accept
    found = world.send(relay, wait=timedelta(hours=2))
    assert (found.state, found.count(S.SENT), found.reason) == (MailingState.SENT, 100, "")


def test_a_domain_that_says_later_is_asked_once_not_by_all_we_hold(world: MailWorld) -> None:
    """What was claimed for it already goes back unattempted; everybody else gets theirs meanwhile."""
    world.add_people([make_person(n, domain="slow.example") for n in range(60)])
    world.add_people([make_person(n, domain="quick.example") for n in range(60)])
    world.dispatch()

    def answer(message: Message, number: int) -> HandOver:
        is_slow = message.rcpt_to.endswith("slow.example")
        return (refuse(S.DEFERRED, 450) if is_slow else accept)(message, number)

    relay = FakeMailTransport(answer)
    found = world.send(relay, wait=SHORT)
    assert found.counts == ((S.DEFERRED, 1), (S.PLANNED, 59), (S.SENT, 60))
    relay.answer = accept
    assert world.send(relay).count(S.SENT) == 120
    assert len({message.delivery_id for message in relay.sent}) == 120


def test_a_wait_noted_under_a_wrong_clock_is_not_waited_for(world: MailWorld) -> None:
    """A clock that was days ahead when a domain said later: no wait is longer than an hour."""
    world.add_people([make_person(1, domain="slow.example")])
    world.dispatch()
    with world.store.write() as unit:
        unit.mailings.put_throttles(
            [Throttle(domain="slow.example", blocked_until=NOW + timedelta(days=3), failures=1)]
        )
    assert world.send(FakeMailTransport(), wait=SHORT).count(S.SENT) == 1


def test_resend_once_also_holds_for_an_answer_that_never_came(world: MailWorld) -> None:
    """The sender lives, the connection broke behind the dot: once more by itself, and not a third time."""
    world.add_people([make_person(n) for n in range(4)])
    world.dispatch(uncertain=UncertainPolicy.RESEND_ONCE)

    def answer(message: Message, number: int) -> HandOver:
        if message.rcpt_to.startswith("reader00002"):
            return HandOver(delivery_id=message.delivery_id, state=S.UNCERTAIN, phase=Phase.DOT, reply="lost")
        return accept(message, number)

    relay = FakeMailTransport(answer)
    found = world.send(relay)
    assert (found.state, found.count(S.SENT), found.count(S.UNCERTAIN)) == (MailingState.SENT, 3, 1)
    assert sum(message.rcpt_to.startswith("reader00002") for message in relay.dotted) == 2


def test_what_a_dead_sender_of_a_cancelled_mailing_held_is_cleared_up(world: MailWorld) -> None:
    """Cancelled while it ran, killed before it obeyed: its claims are cancelled, its dots uncertain, nothing stays open."""
    world.add_people([make_person(n) for n in range(6)])
    world.dispatch()
    with world.store.write() as unit:
        unit.mailings.set_state(EDITION, MailingState.SENDING, now=NOW)
        fence = unit.mailings.take_lease(EDITION, owner="a/1/1", until=NOW + timedelta(seconds=4))
        claimed = unit.mailings.claim(EDITION, now=NOW, limit=4, fence=fence)
        unit.mailings.mark_in_data([claimed[0].id], fence=fence, now=NOW)
    steer.cancel(
        clock=world.clock, store=world.store, edition_id=EDITION, by="chief", is_alive=lambda _: True
    )
    steer.clear_up(clock=world.clock, store=world.store, is_alive=lambda _: True)
    assert world.counts() == {S.CANCELLED: 2, S.CLAIMED: 3, S.IN_DATA: 1}, "it may still obey"
    world.clock.advance(timedelta(seconds=5))
    steer.clear_up(clock=world.clock, store=world.store, is_alive=lambda _: True)
    assert world.counts() == {S.CANCELLED: 5, S.UNCERTAIN: 1}
    with world.store.read() as unit:
        mailing = unit.mailings.mailing(EDITION)
    assert mailing
    assert (mailing.state, mailing.owner) == (MailingState.CANCELLED, "")
