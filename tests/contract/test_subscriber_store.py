"""The store of people keeps its promises on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model.channels import Takedown
from newsdigest.model.ids import derive
from newsdigest.model.subscribers import (
    ConsentEvent,
    Frequency,
    LegalBasis,
    SignUpAttempt,
    Subscriber,
    SubscriberState,
    Suppression,
    SuppressionReason,
)

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)


def make_person(name: str = "anna", **changes: object) -> Subscriber:
    made = Subscriber(
        id="p" + derive("subscriber", f"{name}@example.org"), address=f"{name}@example.org", newsletter_id="weekly", name="Änne „A“",
        topics=("medtech", "funding"), frequency=Frequency.MONTHLY, state=SubscriberState.CONFIRMED, basis=LegalBasis.MEMBER,
        created_at=AT, confirmed_at=AT, bounce_score=1.5, organisation="Mulde",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_people_come_back_whole(store: SQLStore):
    """Every field of a record survives, and putting twice replaces."""
    person = make_person(paused_until=AT, ended_at=AT)
    with store.write() as unit:
        unit.subscribers.put([make_person(), person])
    with store.read() as unit:
        assert unit.subscribers.get(person.id, "weekly") == person
        assert unit.subscribers.get(person.id, "other") is None
        assert list(unit.subscribers.all()) == [person]


def test_one_person_may_receive_two_newsletters(store: SQLStore):
    with store.write() as unit:
        unit.subscribers.put([make_person(), make_person(newsletter_id="special")])
        assert [p.newsletter_id for p in unit.subscribers.of_person(make_person().id)] == [
            "special",
            "weekly",
        ]
        assert unit.subscribers.remove(make_person().id, "special") == 1
        assert len(unit.subscribers.of_person(make_person().id)) == 1


def test_pages_hold_everybody_once(store: SQLStore):
    """Paging by key neither skips nor repeats, whatever the page's size."""
    people = [
        make_person(f"p{n}", state=SubscriberState.PENDING if n % 3 else SubscriberState.CONFIRMED)
        for n in range(50)
    ]
    with store.write() as unit:
        unit.subscribers.put(people)
    with store.read() as unit:
        for page in (1, 7, 50, 1000):
            assert {p.id for p in unit.subscribers.iterate("weekly", page=page)} == {p.id for p in people}
            assert len(list(unit.subscribers.iterate(states=[SubscriberState.CONFIRMED], page=page))) == 17
        assert unit.subscribers.counts() == {("confirmed", "de"): 17, ("pending", "de"): 33}


def test_a_suppression_of_all_newsletters_counts_for_each(store: SQLStore):
    with store.write() as unit:
        unit.subscribers.suppress(
            Suppression(address_hash="a", newsletter_id="", reason=SuppressionReason.BY_HAND, at=AT)
        )
        unit.subscribers.suppress(
            Suppression(
                address_hash="b", newsletter_id="weekly", reason=SuppressionReason.UNSUBSCRIBED, at=AT
            )
        )
        assert unit.subscribers.suppressed(["a", "b", "c"], "weekly") == {"a", "b"}
        assert unit.subscribers.suppressed(["a", "b", "c"], "special") == {"a"}
        assert unit.subscribers.suppressed([f"x{n}" for n in range(3000)], "weekly") == set()


def test_only_unsubscribed_is_lifted(store: SQLStore):
    """A bounce or complaint outlives a new sign-up; a complaint after leaving outweighs the leaving."""
    hard = Suppression(address_hash="a", newsletter_id="weekly", reason=SuppressionReason.HARD_BOUNCE, at=AT)
    left = replace(hard, reason=SuppressionReason.UNSUBSCRIBED)
    with store.write() as unit:
        unit.subscribers.suppress(left)
        unit.subscribers.suppress(hard)
        unit.subscribers.suppress(left)
        assert unit.subscribers.lift(["a"], "weekly") == 0
        unit.subscribers.suppress(replace(left, address_hash="b"))
        assert unit.subscribers.lift(["b"], "other") == 0
        assert unit.subscribers.lift(["b"], "weekly") == 1
        assert unit.subscribers.suppressed(["a", "b"], "weekly") == {"a"}


def test_events_are_kept_once_and_in_order(store: SQLStore):
    first = ConsentEvent(
        id="c1", subscriber_id="p1", newsletter_id="weekly", what="signed_up", at=AT, detail="{}"
    )
    second = replace(first, id="c0", what="confirmed", at=AT + timedelta(hours=1))
    with store.write() as unit:
        for event in (second, first, first):
            unit.subscribers.add_event(event)
        assert list(unit.subscribers.events("p1")) == [first, second]
        assert list(unit.subscribers.events("p1", "special")) == []


def test_attempts_are_counted_and_forgotten(store: SQLStore):
    with store.write() as unit:
        for n in range(4):
            unit.subscribers.add_attempt(
                SignUpAttempt(
                    address_hash=f"a{n % 2}", network_hash="n", what="mail", at=AT - timedelta(hours=n)
                )
            )
        count = unit.subscribers.attempts
        assert count() == 4
        assert count(address_hash="a0") == 2
        assert count(network_hash="n", since=AT - timedelta(hours=2)) == 2
        assert unit.subscribers.forget_attempts() == 0
        assert unit.subscribers.forget_attempts(address_hashes=["a0"]) == 2
        assert unit.subscribers.forget_attempts(before=AT - timedelta(hours=2)) == 1


def test_takedowns_are_kept_and_lifted(store: SQLStore):
    first = Takedown(story_id="s1", at=AT, by="chief", reason="wrong")
    with store.write() as unit:
        unit.takedowns.put(first)
        unit.takedowns.put(replace(first, by="other"))
        assert list(unit.takedowns.all()) == [first]
        assert unit.takedowns.remove("s1") is True
        assert unit.takedowns.remove("s1") is False
