"""Sending: the ledger's promises, with a transport that does as it is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.mail import FakeMailTransport, accept, refuse
from tests.mail_world import EDITION, KEYS, NOW, MailWorld, make_person, make_variant

from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.mailing import report, steer
from newsdigest.model.editions import Edition, EditionState, Variant
from newsdigest.model.mailings import DeliveryState, HandOver, MailingState, Message, Phase, UncertainPolicy
from newsdigest.model.subscribers import (
    Frequency,
    LegalBasis,
    SubscriberState,
    Suppression,
    SuppressionReason,
)
from newsdigest.text import tokens

S = DeliveryState


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    yield made
    made.close()


def test_everyone_confirmed_gets_one_message_in_their_language(world: MailWorld) -> None:
    """One delivery per confirmed recipient; sending twice sends once."""
    world.add_people([make_person(n, language="en" if n % 3 == 0 else "de") for n in range(30)])
    world.dispatch()
    relay = FakeMailTransport()
    first = world.send(relay)
    world.dispatch()
    second = world.send(relay)
    assert first == second
    assert (first.state, first.planned, first.count(S.SENT)) == (MailingState.SENT, 30, 30)
    assert sorted(m.rcpt_to for m in relay.sent) == sorted(f"reader{n:05d}@example.com" for n in range(30))
    assert sum(b"Content-Language: en" in m.content for m in relay.sent) == 10
    with world.store.read() as unit:
        edition = unit.editions.get(EDITION)
    assert edition
    assert edition.state is EditionState.SENT


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        pytest.param({"state": SubscriberState.PENDING}, None, id="not_confirmed"),
        pytest.param({"state": SubscriberState.UNSUBSCRIBED}, None, id="unsubscribed"),
        pytest.param({"basis": LegalBasis.NONE}, S.SUPPRESSED, id="no_legal_basis"),
        pytest.param({"topics": ("nothing",)}, S.SUPPRESSED, id="nothing_for_the_topics"),
        pytest.param({"topics": ("medtech",)}, S.SENT, id="chosen_topics"),
        pytest.param({"frequency": Frequency.MONTHLY}, S.SENT, id="monthly_first_of_month"),
        pytest.param({"language": "fr"}, S.SENT, id="a_language_we_do_not_have"),
        pytest.param({"address": "grüße@example.com"}, S.FAILED, id="an_address_beyond_smtp"),
    ],
)
def test_who_gets_what_and_why_not(world: MailWorld, changes: dict, state: DeliveryState | None) -> None:
    """Everybody confirmed stands in the ledger, with a reason where no mail went."""
    world.add_people([dataclasses.replace(make_person(1), **changes)])
    world.dispatch()
    found = world.send(FakeMailTransport())
    assert found.counts == (((state, 1),) if state else ())
    if state in (S.SUPPRESSED, S.FAILED):
        assert found.reasons[0][1]


def test_who_chooses_anew_while_the_edition_is_dispatched_gets_that(world: MailWorld) -> None:
    """Rendering takes a while: a choice made meanwhile is rendered, too, and nobody gets nothing for it."""
    first, second = make_person(1, topics=("medtech",)), make_person(2)
    world.add_people([first, second])
    rendered: list[tuple[str, ...]] = []

    def render(edition: Edition, language: str, topics: tuple[str, ...]) -> Variant:
        if not rendered:
            world.add_people([dataclasses.replace(second, topics=("biotech",))])
        rendered.append(topics)
        return MailWorld.render(world, edition, language, topics)

    world.render = render  # type: ignore[method-assign]
    assert world.dispatch().planned == 2
    assert rendered == [("medtech",), ("biotech",)]
    assert world.send(FakeMailTransport()).counts == ((S.SENT, 2),)
    with world.store.read() as unit:
        assert len({one.variant_id for one in unit.mailings.of_edition(EDITION)}) == 2


def test_an_edition_nobody_handed_over_says_so(world: MailWorld) -> None:
    """Its state, rather than that some record is missing."""
    with pytest.raises(IllegalStepError, match=r"no mail of it has been planned or sent yet"):
        world.send(FakeMailTransport())


def test_a_suppressed_address_is_never_mailed_also_when_suppressed_while_sending(world: MailWorld) -> None:
    """Suppression is checked when planning and again when claiming."""
    people = [make_person(n) for n in range(40)]
    world.add_people(people)

    def suppress(number: int) -> None:
        address_hash = tokens.address_hash(KEYS, people[number].address)
        with world.store.write() as unit:
            unit.subscribers.suppress(
                Suppression(
                    address_hash=address_hash, newsletter_id="", reason=SuppressionReason.COMPLAINT, at=NOW
                )
            )

    suppress(7)
    world.dispatch()
    relay = FakeMailTransport()

    def leave() -> None:
        if len(relay.sent) == 3:
            sent = {m.rcpt_to for m in relay.sent}
            numbers = [n for n in range(40) if people[n].address not in sent and n != 7]
            with world.store.write() as unit:
                unit.subscribers.put(
                    [dataclasses.replace(people[numbers[-1]], state=SubscriberState.UNSUBSCRIBED)]
                )

    relay.before = leave
    found = world.send(relay)
    assert found.count(S.SUPPRESSED) >= 1
    assert people[7].address not in {m.rcpt_to for m in relay.sent}
    assert sum(number for _, number in found.counts) == found.planned == 40


def test_another_content_than_the_approved_one_is_refused(world: MailWorld, tmp_path: Path) -> None:
    """Approval is for these bytes."""
    (tmp_path / "other").mkdir()
    other = MailWorld(tmp_path / "other")
    other.add_edition([make_variant("de", content_hash="d" * 64)])
    with pytest.raises(IllegalStepError, match="approve it again"):
        other.dispatch()
    other.close()


@pytest.mark.parametrize(
    "state", [s for s in EditionState if s.value not in ("approved", "scheduled", "needs_decision")]
)
def test_only_an_approved_edition_is_dispatched(tmp_path: Path, state: EditionState) -> None:
    """Nothing goes out unapproved."""
    other = MailWorld(tmp_path)
    other.add_edition(state=state)
    other.add_people([make_person(1)])
    with pytest.raises(IllegalStepError):
        other.dispatch()
    other.close()


def test_a_temporary_refusal_is_tried_again_after_a_growing_wait(world: MailWorld) -> None:
    """4xx is never final; the waits are kept."""
    world.add_people([make_person(1)])
    world.dispatch()
    answers = [451, 451, 250]
    times = []

    def answer(message: Message, number: int) -> HandOver:
        times.append(world.clock.now())
        code = answers[number - 1]
        state = S.SENT if code == 250 else S.DEFERRED
        return HandOver(delivery_id=message.delivery_id, state=state, phase=Phase.DOT, code=code)

    relay = FakeMailTransport(answer)
    found = world.send(relay)
    assert (found.state, found.count(S.SENT)) == (MailingState.SENT, 1)
    assert times[1] - times[0] >= timedelta(seconds=30)
    assert times[2] - times[1] >= timedelta(seconds=120)
    assert len({m.content for m in relay.dotted}) == 1, "every attempt sends identical bytes"


def test_a_relay_that_refuses_everyone_pauses_the_mailing_after_at_most_fifty(world: MailWorld) -> None:
    """554 for all: the breaker trips, and who was not tried stays planned."""
    world.add_people([make_person(n) for n in range(300)])
    world.dispatch()
    found = world.send(FakeMailTransport(refuse(S.FAILED, 554), batch=7))
    assert found.state is MailingState.PAUSED
    assert "in a row were refused" in found.reason
    assert found.count(S.FAILED) == 20
    assert found.count(S.PLANNED) == 280
    steer.resume(clock=world.clock, store=world.store, edition_id=EDITION, by="chief", retries_failed=True)
    again = world.send(FakeMailTransport())
    assert (again.state, again.count(S.SENT)) == (MailingState.SENT, 300)


def test_unanswered_dots_are_held_and_a_person_decides(world: MailWorld) -> None:
    """No reply after the dot: uncertain, never resent by itself; the rest goes on."""
    world.add_people([make_person(n) for n in range(6)])
    world.dispatch()

    def answer(message: Message, number: int) -> HandOver:
        if number == 2:
            return HandOver(delivery_id=message.delivery_id, state=S.UNCERTAIN, phase=Phase.DOT, reply="lost")
        return accept(message, number)

    relay = FakeMailTransport(answer)
    found = world.send(relay)
    assert (found.state, found.count(S.SENT), found.count(S.UNCERTAIN)) == (MailingState.SENT, 5, 1)
    assert found.needs_attention
    assert world.send(relay).count(S.UNCERTAIN) == 1
    assert (
        steer.resume(clock=world.clock, store=world.store, edition_id=EDITION, by="chief", uncertain="again")
        == 1
    )
    assert world.send(relay).count(S.SENT) == 6
    assert len(relay.dotted) == 7


def test_a_dead_senders_claims_are_taken_over_and_its_dots_held(world: MailWorld) -> None:
    """Claimed ones go back to planned; those in data are uncertain (or resent once, if so set)."""
    world.add_people([make_person(n) for n in range(10)])
    world.dispatch()
    with world.store.write() as unit:
        fence = unit.mailings.take_lease(EDITION, owner="elsewhere/1/1", until=NOW - timedelta(seconds=1))
        claimed = unit.mailings.claim(EDITION, now=NOW, limit=5, fence=fence)
        unit.mailings.mark_in_data([claimed[0].id], fence=fence, now=NOW)
    relay = FakeMailTransport()
    found = world.send(relay)
    assert (found.count(S.SENT), found.count(S.UNCERTAIN)) == (9, 1)
    assert len(relay.dotted) == 9


def test_resend_once_sends_an_uncertain_message_at_most_once_more(tmp_path: Path) -> None:
    """At most two copies, however often a sender dies."""
    world = MailWorld(tmp_path)
    world.add_edition()
    world.add_people([make_person(1)])
    world.dispatch(uncertain=UncertainPolicy.RESEND_ONCE)
    copies = 0
    for _ in range(4):
        with world.store.write() as unit:
            fence = unit.mailings.take_lease(EDITION, owner="x", until=NOW)
            unit.mailings.recover(EDITION, fence=fence, now=NOW)
            unit.mailings.resend_uncertain(EDITION, now=NOW, at_most=1)
            for one in unit.mailings.claim(EDITION, now=NOW, limit=5, fence=fence):
                unit.mailings.mark_in_data([one.id], fence=fence, now=NOW)
                copies += 1
    assert copies == 2
    world.close()


def test_a_sender_that_lost_its_lease_dots_nothing_more(world: MailWorld) -> None:
    """The fence: a stalled sender that wakes up writes and sends nothing."""
    world.add_people([make_person(n) for n in range(10)])
    world.dispatch()
    relay = FakeMailTransport()

    def steal() -> None:
        if len(relay.dotted) == 4:
            with world.store.write() as unit:
                unit.mailings.take_lease(EDITION, owner="another", until=NOW + timedelta(hours=1))

    relay.before = steal
    world.send(relay)
    assert len(relay.dotted) == 4


def test_a_second_instance_is_turned_away_while_the_first_lives(world: MailWorld) -> None:
    """Two instances: 0 doubles."""
    world.add_people([make_person(n) for n in range(10)])
    world.dispatch()
    refused = []
    relay = FakeMailTransport()

    def second() -> None:
        try:
            world.send(FakeMailTransport(), owner="me/again")
        except IllegalStepError as error:
            refused.append(str(error))

    relay.before = second
    assert world.send(relay).count(S.SENT) == 10
    assert len(refused) == 10


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_pause_and_cancel_stop_a_running_sender_at_its_next_commit(world: MailWorld, act: str) -> None:
    """What is past its dot stays sent; nothing else is dotted."""
    world.add_people([make_person(n) for n in range(50)])
    world.dispatch()
    relay = FakeMailTransport()

    def stop() -> None:
        if len(relay.dotted) == 5:
            if act == "pause":
                steer.pause(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")
            else:
                steer.cancel(
                    clock=world.clock,
                    store=world.store,
                    edition_id=EDITION,
                    by="chief",
                    is_alive=lambda _: True,
                )

    relay.before = stop
    found = world.send(relay)
    rest = S.PLANNED if act == "pause" else S.CANCELLED
    assert found.counts == tuple(sorted([(S.SENT, 5), (rest, 45)]))
    if act == "pause":
        with pytest.raises(IllegalStepError, match="paused"):
            world.send(relay)
        steer.resume(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")
        relay.before = lambda: None
        assert world.send(relay).count(S.SENT) == 50


def test_the_undo_window_keeps_the_first_mail_back_and_taking_back_restores_the_approval(
    world: MailWorld,
) -> None:
    """Between "send" and the first mail there is time to change one's mind."""
    world.add_people([make_person(1)])
    world.dispatch(undo=timedelta(minutes=10))
    relay = FakeMailTransport()
    found = world.send(relay, wait=timedelta(minutes=1))
    assert (found.state, relay.dotted) == (MailingState.WAITING, [])
    steer.take_back(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")
    with world.store.read() as unit:
        edition = unit.editions.get(EDITION)
        assert unit.mailings.mailing(EDITION) is None
    assert edition
    assert edition.state is EditionState.APPROVED
    world.dispatch(undo=timedelta(minutes=10))
    assert world.send(relay, wait=timedelta(minutes=15)).count(S.SENT) == 1
    assert world.clock.now() >= NOW + timedelta(minutes=10)
    with pytest.raises(IllegalStepError):
        steer.take_back(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")


def test_a_missed_start_needs_a_decision_and_is_no_late_surprise(world: MailWorld) -> None:
    """Planned start missed by more than the grace: a person decides; deciding sends."""
    world.add_people([make_person(1)])
    world.clock.advance(timedelta(hours=3))
    with pytest.raises(IllegalStepError, match="missed by 180 minutes"):
        world.dispatch(grace=timedelta(hours=2))
    with world.store.read() as unit:
        edition = unit.editions.get(EDITION)
    assert edition
    assert edition.state is EditionState.NEEDS_DECISION
    world.dispatch()
    assert world.send(FakeMailTransport()).count(S.SENT) == 1


def test_a_broken_rule_pauses_before_the_first_mail(tmp_path: Path) -> None:
    """All rules are asserted on the final bytes of every variant before anything leaves."""
    world = MailWorld(tmp_path)
    world.add_edition([make_variant("de"), make_variant("en", html="<p>" + "x" * 100_001 + "</p>")])
    world.add_people([make_person(1)])
    world.dispatch()
    relay = FakeMailTransport()
    with pytest.raises(IllegalStepError, match="R12"):
        world.send(relay)
    assert relay.dotted == []
    assert report.read(world.store, EDITION).state is MailingState.PAUSED
    world.close()


def test_an_edition_without_mail_says_so(world: MailWorld) -> None:
    """Approved is not sent; and what does not exist is named as such."""
    with pytest.raises(IllegalStepError, match="is approved; no mail of it"):
        report.read(world.store, EDITION)
    with pytest.raises(IllegalStepError, match="no mail of it"):
        steer.pause(clock=world.clock, store=world.store, edition_id=EDITION, by="chief")
    with pytest.raises(NotFoundError, match="edition 'weekly-1999-01-01'"):
        report.read(world.store, "weekly-1999-01-01")


def test_progress_counts_the_whole_mailing(world: MailWorld) -> None:
    """From what an earlier run settled up to what was planned; never backwards."""
    world.add_people([make_person(n) for n in range(40)])
    world.dispatch()
    seen: list[tuple[int, int]] = []
    relay = FakeMailTransport()
    world.send(relay, should_stop=lambda: len(relay.sent) >= 10)
    world.send(relay, progress=lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {40}
    assert seen == sorted(seen)
    assert (seen[0][0] >= 10, seen[-1][0]) == (True, 40)


def test_a_domain_that_says_later_is_left_alone_while_the_others_go_on(world: MailWorld) -> None:
    """421, 450, 451, 452, 454 back off per domain, with what is known kept over a restart."""
    world.add_people([make_person(n, domain="slow.example") for n in range(20)])
    world.add_people([make_person(n, domain="quick.example") for n in range(20)])
    world.dispatch()

    def answer(message: Message, number: int) -> HandOver:
        if message.rcpt_to.endswith("slow.example"):
            return HandOver(
                delivery_id=message.delivery_id, state=S.DEFERRED, phase=Phase.RCPT, code=451, reply="later"
            )
        return accept(message, number)

    relay = FakeMailTransport(answer)
    found = world.send(relay, wait=timedelta(seconds=1))
    assert found.count(S.SENT) == 20
    slow = [m for m in relay.dotted if m.rcpt_to.endswith("slow.example")]
    assert len(slow) < 20, "not all of them were tried against a domain that said later"
    with world.store.read() as unit:
        assert unit.mailings.throttles()["slow.example"].blocked_until is not None


@pytest.mark.parametrize(
    "limits", [{"per_minute": 5}, {"domain_limits": (("example.com", 5),)}], ids=["in_all", "by_domain"]
)
def test_a_rate_limit_holds_in_every_minute_also_over_a_restart(world: MailWorld, limits: dict) -> None:
    """At most that many a minute; a new process does not begin a new minute."""
    world.add_people([make_person(n) for n in range(12)])
    world.dispatch()
    times = []
    relay = FakeMailTransport()
    relay.before = lambda: times.append(world.clock.now())
    world.send(relay, wait=timedelta(milliseconds=1), **limits)
    assert len(relay.sent) == 5
    world.send(relay, wait=timedelta(milliseconds=1), **limits)
    assert len(relay.sent) == 5
    assert world.send(relay, wait=timedelta(minutes=10), **limits).count(S.SENT) == 12
    assert world.clock.now() >= NOW + timedelta(minutes=2)
