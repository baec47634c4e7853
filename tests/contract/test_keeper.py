"""What is past its period goes, on every engine, and counting asks the same as letting go."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.edition_world import sample_edition

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.sql_store.keeper import SQLKeeper
from newsdigest.model.audit import Run
from newsdigest.model.items import Item, ItemState
from newsdigest.model.mailings import Bounce, BounceKind, Delivery, DeliveryState, Mailing
from newsdigest.model.subscribers import SignUpAttempt
from newsdigest.model.users import LogInFailures, Role, Session, User
from newsdigest.subscribing.retention import KINDS

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SHOWN, LOST = "a" * 20 + ".jpg", "b" * 20 + ".jpg"
KEPT_KINDS = KINDS[2:]


@pytest.fixture
def keeper(store: SQLStore, tmp_path: Path) -> SQLKeeper:
    """One old record of every kind, and beside it one that must stay."""
    deliveries = [
        Delivery(
            id=f"d{state.value}", edition_id="weekly-1", subscriber_id=f"p{state.value}", variant_id="de",
            domain="b.de", state=state, changed_at=AT, reason="why", queue_id="q",
        )
        for state in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED)
    ]  # fmt: skip
    mailing = Mailing(
        edition_id="weekly-1",
        newsletter_id="weekly",
        content_hash="h",
        date=AT,
        not_before=AT,
        created_at=AT,
        planned=3,
    )
    plain: dict[str, Any] = {
        "source_id": "s",
        "url": "https://s.example/1",
        "title": "T",
        "first_seen": AT,
        "fingerprint": "f",
    }
    with store.write() as unit:
        unit.mailings.plan(mailing, deliveries)
        unit.mailings.add_bounce(
            Bounce(id="b1", delivery_id="dsent", kind=BounceKind.SOFT, status="4.2.2", at=AT)
        )
        unit.items.put([
            Item(id="i1", guid="1", last_seen=AT, text="old", **plain),
            Item(id="i2", guid="2", last_seen=LATER, text="new", **plain),
        ])  # fmt: skip
        unit.users.put(User(name="anna", role=Role.EDITOR, password_hash="x", created_at=AT, password_at=AT))
        unit.users.open_session(Session(id_hash="s1", user_name="anna", created_at=AT, seen_at=AT))
        unit.users.open_session(Session(id_hash="s2", user_name="anna", created_at=LATER, seen_at=LATER))
        unit.users.put_failures(LogInFailures(key="anna", count=2, last_at=AT))
        unit.runs.start(Run(key="one", job="compose", started_at=AT))
        unit.subscribers.add_attempt(SignUpAttempt(address_hash="a", network_hash="n", what="mail", at=AT))
        edition = sample_edition()
        first, *rest = edition.placements
        unit.editions.add(replace(edition, placements=(replace(first, image_url=SHOWN), *rest)))
    pictures, outbox = tmp_path / "images", tmp_path / "outbox"
    for folder, names in ((pictures, (SHOWN, LOST)), (outbox, ("1.eml", "notes.txt"))):
        folder.mkdir()
        for name in names:
            (folder / name).write_bytes(b"x")
            os.utime(folder / name, (AT.timestamp(), AT.timestamp()))
    restored = tmp_path / "before-restore-20260312T090000Z"
    (restored / "var").mkdir(parents=True)
    os.utime(restored, (AT.timestamp(), AT.timestamp()))
    return SQLKeeper(store, pictures=pictures, outbox=outbox, workspace=tmp_path)


@pytest.mark.parametrize("kind", KEPT_KINDS)
def test_counting_and_letting_go_agree(keeper: SQLKeeper, kind: str):
    """At its very instant nothing is due; a moment later what is due goes, and then nothing is left to go."""
    assert (keeper.due(kind, AT), keeper.let_go(kind, AT)) == (0, 0)
    soon = AT + timedelta(seconds=1)
    if kind == "tombstones":
        keeper.let_go("items", soon)
    due = keeper.due(kind, soon)
    assert due == {"deliveries": 2}.get(kind, 1)
    assert keeper.let_go(kind, soon) == due
    assert keeper.due(kind, soon) == 0


def test_deliveries_lose_their_people_and_keep_their_sums(store: SQLStore, keeper: SQLKeeper):
    """Those that are still open are left alone: a send may be about to begin again."""
    with store.read() as unit:
        before = unit.mailings.counts("weekly-1")
    keeper.let_go("deliveries", LATER)
    with store.read() as unit:
        assert unit.mailings.counts("weekly-1") == before
        left = {one.id: one for one in unit.mailings.of_edition("weekly-1")}
        assert [one.subscriber_id for one in left.values() if one.subscriber_id] == ["pdeferred"]
        assert not {"dsent", "dfailed"} & set(left)
        assert unit.mailings.bounces("weekly-1") == []


def test_a_tombstone_keeps_what_tells_it_from_news(store: SQLStore, keeper: SQLKeeper):
    keeper.let_go("items", LATER)
    with store.read() as unit:
        items = unit.items.get(["i1", "i2"])
    assert (items["i1"].state, items["i1"].text, items["i2"].text) == (ItemState.TOMBSTONE, "", "new")


def test_copies_of_an_earlier_state_go_whole(keeper: SQLKeeper, tmp_path: Path):
    """Files and folders alike, and nothing else that lies in the workspace."""
    (tmp_path / "before-upgrade-0008-20260312T090000Z.tar.gz").write_bytes(b"x")
    (tmp_path / "before-the-party.txt").write_bytes(b"x")
    later = datetime.now(UTC) + timedelta(days=1)
    assert keeper.due("copies", later) == keeper.let_go("copies", later) == 2
    assert [path.name for path in tmp_path.glob("before-*")] == ["before-the-party.txt"]


def test_only_what_nothing_shows_is_deleted_from_the_folders(keeper: SQLKeeper, tmp_path: Path):
    keeper.let_go("pictures", LATER)
    keeper.let_go("dry_runs", LATER)
    assert sorted(path.name for path in tmp_path.glob("*/*") if path.parent.name in ("images", "outbox")) == [
        SHOWN, "notes.txt",
    ]  # fmt: skip
