"""Absorbing: from reports to scores and suppressions, through a real maildir."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.mail import FakeMailTransport
from tests.mail_world import EDITION, KEYS, NOW, MailWorld, make_person

from newsdigest.adapters.bounce_inbox import MaildirInbox
from newsdigest.errors import UsageError
from newsdigest.mailing import webhook
from newsdigest.mailing.absorb import AbsorbReport, absorb, absorb_events
from newsdigest.mailing.bounce_score import score, verdict
from newsdigest.model.mailings import Bounce, BounceKind, Delivery
from newsdigest.model.subscribers import SubscriberState, SuppressionReason
from newsdigest.text import tokens

DSN = """From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: message/delivery-status

Final-Recipient: rfc822; reader@example.com
Action: failed
Status: {status}

--x--
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    made.add_people([make_person(n) for n in range(3)])
    made.dispatch()
    made.send(FakeMailTransport())
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    yield made
    made.close()


def deliveries(world: MailWorld) -> list[Delivery]:
    with world.store.read() as unit:
        return list(unit.mailings.of_edition(EDITION))


def put(world: MailWorld, name: str, delivery: Delivery, status: str) -> None:
    to = world.links().mail_from(delivery)
    (world.folder / "mail" / "new" / name).write_text(DSN.format(to=to, status=status))


def read(world: MailWorld) -> AbsorbReport:
    return absorb(clock=world.clock, store=world.store, inbox=MaildirInbox(world.folder / "mail"), keys=KEYS)


def test_a_bad_address_is_suppressed_at_once_and_a_full_one_only_counts(world: MailWorld) -> None:
    """5.1.1 suppresses; 5.2.2 and 4.x count; what was dealt with is put away, reading twice changes nothing."""
    bad, full, _ = deliveries(world)
    put(world, "1", bad, "5.1.1")
    put(world, "2", full, "5.2.2")
    (world.folder / "mail" / "new" / "3").write_bytes(b"\xff\x00 strange")
    found = read(world)
    assert (found.kinds, found.suppressed) == ({"hard": 1, "soft": 1, "unknown": 1}, 1)
    assert read(world).kinds == {}
    with world.store.read() as unit:
        first = unit.subscribers.get(bad.subscriber_id, "weekly")
        second = unit.subscribers.get(full.subscriber_id, "weekly")
        assert first
        assert second
        assert first.state is SubscriberState.BOUNCED
        assert (second.state, second.bounce_score) == (SubscriberState.CONFIRMED, 1.0)
        hashes = [tokens.address_hash(KEYS, first.address)]
        assert unit.subscribers.suppressed(hashes, "any-newsletter") == set(hashes)
        assert unit.mailings.bounce_counts(EDITION) == {BounceKind.HARD: 1, BounceKind.SOFT: 1}


def test_a_pushed_complaint_suppresses_and_a_wrong_signature_is_refused(world: MailWorld) -> None:
    """The provider-neutral webhook: signed bodies only."""
    one = deliveries(world)[0]
    body = json.dumps(
        {"events": [{"type": "complaint", "message_id": f"<{one.id}@news.example.org>"}, {"type": "open"}]}
    )
    signature = "sha256=" + hmac.new(b"secret", body.encode(), hashlib.sha256).hexdigest()
    assert webhook.is_signed(body.encode(), signature, b"secret")
    assert not webhook.is_signed(body.encode() + b" ", signature, b"secret")
    assert not webhook.is_signed(body.encode(), signature, b"")
    events = webhook.read(body.encode(), keys=KEYS)
    found = absorb_events(clock=world.clock, store=world.store, events=events, keys=KEYS)
    assert found.suppressed == 1
    with world.store.read() as unit:
        person = unit.subscribers.get(one.subscriber_id, "weekly")
    assert person
    assert person.state is SubscriberState.UNSUBSCRIBED
    with pytest.raises(UsageError):
        webhook.read(b"[]", keys=KEYS)


def test_ones_own_link_beside_anothers_message_id_takes_nobody_off(world: MailWorld) -> None:
    """Both can be had: one's own mail, and the Message-ID of another's from an answer. Together they prove nothing."""
    mine, other, _ = deliveries(world)
    link = world.links().recipient(mine, "me@example.com").unsubscribe
    forged = DSN.format(to="digest@news.example.org", status="5.1.1").replace(
        "--x--",
        f"--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{{}}@news.example.org>\nList-Unsubscribe: <{link}>\n\n--x--",
    )
    (world.folder / "mail" / "new" / "1").write_text(forged.format(other.id))
    found = read(world)
    assert (found.suppressed, found.unmapped) == (0, 1)
    (world.folder / "mail" / "new" / "2").write_text(forged.format(mine.id))
    assert read(world).suppressed == 1


def test_a_note_that_a_mail_is_late_counts_for_nothing(world: MailWorld) -> None:
    """Five weeks of a slow server that takes every mail in the end suppress nobody."""
    one = deliveries(world)[0]
    to = world.links().mail_from(one)
    late = DSN.format(to=to, status="4.4.1").replace("failed", "delayed")
    (world.folder / "mail" / "new" / "1").write_text(late)
    found = read(world)
    assert (found.kinds, found.line) == ({"delayed": 1}, "1 delayed; 0 suppressed, 0 not ours")
    with world.store.read() as unit:
        assert unit.mailings.bounces_of(one.subscriber_id) == []


@pytest.mark.parametrize(
    ("weeks", "reason"),
    [
        ([0], None),
        ([0, 1, 2, 3], None),
        ([0, 1, 2, 3, 4], SuppressionReason.HARD_BOUNCE),
        ([0, 8, 16, 24, 32], None),
    ],
    ids=["once", "four_weeks_running", "five_weeks_running", "now_and_then"],
)
def test_soft_bounces_suppress_only_when_they_persist(
    weeks: list[int], reason: SuppressionReason | None
) -> None:
    """Five weekly editions in a row; half of each is forgotten after 30 days."""
    known = [
        Bounce(
            id=f"b{week}",
            delivery_id=f"d{week}",
            kind=BounceKind.SOFT,
            status="4.2.2",
            at=NOW - timedelta(weeks=week),
        )
        for week in weeks
    ]
    assert verdict(known, NOW) is reason
    assert score(known + known, NOW) == score(known, NOW), "one point a delivery, however many reports"
    notes = [Bounce(id="a", delivery_id="d", kind=BounceKind.AUTO_REPLY, status="", at=NOW)] * 50
    assert verdict(notes, NOW) is None
