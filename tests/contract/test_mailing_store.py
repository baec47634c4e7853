"""The ledger keeps its promises on every engine."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.sql_store.store import SQLUnitOfWork
from newsdigest.model.mailings import (
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Throttle,
)

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
S = DeliveryState
E = "weekly-2026-03-12"


def make_delivery(number: int, **changes: object) -> Delivery:
    made = Delivery(
        id=f"d{number:020d}", edition_id=E, subscriber_id=f"p{number:020d}", variant_id="de",
        domain="slow.example" if number % 2 else "quick.example", changed_at=AT,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def ledger(store: SQLStore) -> SQLStore:
    mailing = Mailing(
        edition_id=E, newsletter_id="weekly", content_hash="c" * 64, date=AT, not_before=AT, created_at=AT
    )
    with store.write() as unit:
        assert unit.mailings.plan(mailing, (make_delivery(number) for number in range(10)))
        assert not unit.mailings.plan(mailing, [make_delivery(99)])
        unit.mailings.set_state(E, MailingState.SENDING, now=AT)
    return store


def test_a_mailing_is_planned_once_and_whole(ledger: SQLStore) -> None:
    """The second plan changes nothing; planned is the number of deliveries."""
    with ledger.read() as unit:
        mailing = unit.mailings.mailing(E)
        assert mailing
        assert (mailing.planned, mailing.state, mailing.started_at) == (10, MailingState.SENDING, AT)
        assert unit.mailings.counts(E) == {S.PLANNED: 10}
        assert [one.id for one in unit.mailings.of_edition(E)] == [f"d{number:020d}" for number in range(10)]
        assert unit.mailings.mailings([MailingState.SENDING]) == [mailing]
        assert unit.mailings.mailings([MailingState.PAUSED]) == []


def test_a_claim_gives_each_delivery_once_within_the_allowances(ledger: SQLStore) -> None:
    """A domain that must wait gives nothing, a limited one as many as allowed."""
    with ledger.write() as unit:
        fence = unit.mailings.take_lease(E, owner="a", until=AT)
        first = unit.mailings.claim(E, now=AT, limit=20, fence=fence, allowances={"slow.example": 2})
        assert sum(one.domain == "slow.example" for one in first) == 2
        assert len(first) == 7
        assert all(one.state is S.CLAIMED and one.fence == fence for one in first)
        rest = unit.mailings.claim(E, now=AT, limit=20, fence=fence)
        assert len({one.id for one in [*first, *rest]}) == 10
        assert unit.mailings.claim(E, now=AT, limit=20, fence=fence) == []
        unit.mailings.unclaim([one.id for one in rest], fence=fence)
        assert unit.mailings.counts(E) == {S.CLAIMED: 7, S.PLANNED: 3}


def test_marks_are_refused_under_an_older_fence(ledger: SQLStore) -> None:
    """Who lost the lease changes nothing and may dot nothing."""
    with ledger.write() as unit:
        old = unit.mailings.take_lease(E, owner="a", until=AT)
        one = unit.mailings.claim(E, now=AT, limit=1, fence=old)[0]
        new = unit.mailings.take_lease(E, owner="b", until=AT)
        assert unit.mailings.hold_lease(E, fence=old, until=AT) is None
        assert unit.mailings.hold_lease(E, fence=new, until=AT) is MailingState.SENDING
        assert unit.mailings.recover(E, fence=new, now=AT) == (1, 0)
    with ledger.write() as unit:
        assert unit.mailings.mark_in_data([one.id], fence=old, now=AT) == frozenset()
        again = unit.mailings.claim(E, now=AT, limit=1, fence=new)[0]
        assert unit.mailings.mark_in_data([again.id, "d-gone"], fence=new, now=AT) == {again.id}
        assert unit.mailings.mark_in_data([again.id], fence=new, now=AT) == frozenset()
        unit.mailings.mark([dataclasses.replace(again, state=S.SENT)], fence=old)
        assert unit.mailings.counts(E) == {S.PLANNED: 9, S.IN_DATA: 1}
        unit.mailings.release_lease(E, fence=new)


def test_many_are_marked_at_once(store: SQLStore) -> None:
    """More connections than one statement names: every one of them, and nobody else."""
    mailing = Mailing(
        edition_id=E, newsletter_id="weekly", content_hash="c" * 64, date=AT, not_before=AT, created_at=AT
    )
    with store.write() as unit:
        unit.mailings.plan(mailing, (make_delivery(number) for number in range(150)))
        fence = unit.mailings.take_lease(E, owner="a", until=AT)
        ids = [one.id for one in unit.mailings.claim(E, now=AT, limit=140, fence=fence)]
        for number in (1, 3, 130):
            part, ids = ids[:number], ids[number:]
            assert unit.mailings.mark_in_data(part, fence=fence, now=AT) == set(part)
        assert unit.mailings.counts(E) == {S.IN_DATA: 134, S.CLAIMED: 6, S.PLANNED: 10}


def test_a_lease_is_lengthened_only_by_who_holds_it(ledger: SQLStore) -> None:
    """A step of less than a second is not worth a write; every longer one is kept."""
    with ledger.write() as unit:
        fence = unit.mailings.take_lease(E, owner="a", until=AT)
        for step, kept in ((0.4, 0.0), (1.5, 1.5), (-3.0, -3.0)):
            until = AT + timedelta(seconds=step)
            assert unit.mailings.hold_lease(E, fence=fence, until=until) is MailingState.SENDING
            found = unit.mailings.mailing(E)
            assert found
            assert found.lease_until == AT + timedelta(seconds=kept)


def test_an_outcome_comes_back_whole(ledger: SQLStore) -> None:
    """Every field that an attempt changes."""
    later = AT + timedelta(minutes=5)
    with ledger.write() as unit:
        fence = unit.mailings.take_lease(E, owner="a", until=AT)
        one = unit.mailings.claim(E, now=AT, limit=1, fence=fence)[0]
        wanted = dataclasses.replace(
            one,
            state=S.DEFERRED,
            attempts=2,
            next_try=later,
            reason="rcpt: 451 später",
            code=451,
            queue_id="Q1",
            changed_at=later,
        )
        unit.mailings.mark([wanted], fence=fence)
        assert unit.mailings.get(one.id) == wanted
        assert unit.mailings.next_due(E) == later
        assert unit.mailings.next_due(E, after=AT) == later
        assert unit.mailings.next_due(E, after=later) is None
        assert list(unit.mailings.reasons(E)) == [(S.DEFERRED, "rcpt: 451 später", 1)]
        assert unit.mailings.claim(E, now=AT, limit=1, fence=fence)[0].id != one.id
        assert one.id in {found.id for found in unit.mailings.claim(E, now=later, limit=20, fence=fence)}


def test_uncertain_ones_wait_for_a_decision(ledger: SQLStore) -> None:
    """Resent as often as allowed, or counted as sent; failed ones can be planned again; open ones cancelled."""
    with ledger.write() as unit:
        fence = unit.mailings.take_lease(E, owner="a", until=AT)
        claimed = unit.mailings.claim(E, now=AT, limit=4, fence=fence)
        unit.mailings.mark_in_data([one.id for one in claimed[:3]], fence=fence, now=AT)
        unit.mailings.mark([dataclasses.replace(claimed[3], state=S.FAILED, code=550)], fence=fence)
        fence = unit.mailings.take_lease(E, owner="b", until=AT)
        assert unit.mailings.recover(E, fence=fence, now=AT) == (0, 3)
        assert unit.mailings.resend_uncertain(E, now=AT, at_most=1) == 3
        again = unit.mailings.claim(E, now=AT, limit=20, fence=fence)
        unit.mailings.mark_in_data([one.id for one in again if one.resends], fence=fence, now=AT)
        fence = unit.mailings.take_lease(E, owner="c", until=AT)
        unit.mailings.recover(E, fence=fence, now=AT)
        assert unit.mailings.resend_uncertain(E, now=AT, at_most=1) == 0
        assert unit.mailings.accept_uncertain(E, now=AT, by="chief") == 3
        assert unit.mailings.retry_failed(E, now=AT) == 1
        assert unit.mailings.cancel_open(E, now=AT) == 7
        assert unit.mailings.counts(E) == {S.SENT: 3, S.CANCELLED: 7}
        assert not unit.mailings.remove(E)


def test_a_mailing_of_which_nothing_was_begun_can_be_taken_back(ledger: SQLStore) -> None:
    """The undo window."""
    with ledger.write() as unit:
        assert unit.mailings.remove(E)
        assert unit.mailings.mailing(E) is None
        assert unit.mailings.counts(E) == {}


def test_throttles_and_bounces_survive(ledger: SQLStore) -> None:
    """A restart begins no new minute; a report is kept once."""
    throttle = Throttle(
        domain="slow.example", blocked_until=AT, failures=2, window_start=AT, used=5, reason="451"
    )
    bounce = Bounce(
        id="b1", delivery_id=f"d{3:020d}", kind=BounceKind.HARD, status="5.1.1", at=AT, diagnostic="unbekannt"
    )
    with ledger.write() as unit:
        unit.mailings.put_throttles([Throttle(domain="slow.example"), throttle])
        assert unit.mailings.throttles() == {"slow.example": throttle}
        assert unit.mailings.add_bounce(bounce)
        assert not unit.mailings.add_bounce(bounce)
        assert list(unit.mailings.bounces(E)) == [bounce] == list(unit.mailings.bounces_of(f"p{3:020d}"))
        assert unit.mailings.bounce_counts(E) == {BounceKind.HARD: 1}
        assert unit.mailings.bounces("other") == []


def test_outcomes_stay_whatever_becomes_of_the_marks_behind_them(ledger: SQLStore) -> None:
    """Two commits in one go: the first does not wait for the disk, the second and all after it do."""
    with ledger.write() as unit:
        fence = unit.mailings.take_lease(E, owner="a", until=AT)
        sent, next_one = unit.mailings.claim(E, now=AT, limit=2, fence=fence)

    def write_two() -> None:
        with ledger.write(is_lasting=False) as unit:
            assert _waits_for_the_disk(ledger, unit) is False
            unit.mailings.mark([dataclasses.replace(sent, state=S.SENT)], fence=fence)
            unit.go_on()
            assert _waits_for_the_disk(ledger, unit) is True
            assert unit.mailings.mark_in_data([next_one.id], fence=fence, now=AT) == {next_one.id}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_two()
    with ledger.write() as unit:
        assert _waits_for_the_disk(ledger, unit) is True
        assert unit.mailings.counts(E) == {S.SENT: 1, S.CLAIMED: 1, S.PLANNED: 8}
    with ledger.write(is_lasting=False) as unit:
        unit.mailings.unclaim([next_one.id], fence=fence)
    with ledger.write() as unit:
        assert _waits_for_the_disk(ledger, unit) is True
        assert unit.mailings.counts(E) == {S.SENT: 1, S.PLANNED: 9}


def _waits_for_the_disk(store: SQLStore, unit: SQLUnitOfWork) -> bool:
    asked = "PRAGMA synchronous" if store.is_sqlite else "SHOW synchronous_commit"
    return unit.connection.exec_driver_sql(asked).scalar() in (2, "on")
