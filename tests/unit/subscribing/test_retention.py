"""What is past its period goes, what is not stays, and the screen's forecast is what the job then does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.edition_world import sample_edition
from tests.web_world import NOW, every_row, keep, make_assembly

from newsdigest.assembly import Assembly
from newsdigest.model.audit import Run
from newsdigest.model.editions import Edition
from newsdigest.model.items import Item, ItemState
from newsdigest.model.mailings import Bounce, BounceKind, DeliveryState
from newsdigest.model.users import LogInFailures, Role, Session, User
from newsdigest.settings.main_settings import RetentionSettings
from newsdigest.settings.workspace import shipped
from newsdigest.subscribing import retention
from newsdigest.subscribing.sign_up import Act
from newsdigest.web.newsroom import words

EDITION = "weekly-2026-03-12"
SHOWN = "fedcba98765432100123.jpg"


def with_picture() -> Edition:
    """The sample edition; its first story shows a picture."""
    edition = sample_edition()
    first, *others = edition.placements
    first = replace(first, image_url=SHOWN, image_alt="Labor", image_credit="Foto: M", image_size=(600, 300))
    return replace(edition, placements=(first, *others))


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A workspace in which one of every kind is kept, made at NOW."""
    made = make_assembly(tmp_path / "workspace", migrated_database)
    keep(made, with_picture())
    made.import_subscribers(b"email\nanna@b.de\nbert@b.de\n", basis="member")
    made.approve(EDITION, by="chief")
    made.dispatch(EDITION, by="chief")
    made.send(EDITION, by="chief")
    first = next(iter(made.deliveries(EDITION)))
    item = Item(
        id="i1", source_id="muldenmed", guid="1", url="https://m.example/1", title="Titel", text="the text",
        first_seen=NOW, last_seen=NOW, fingerprint="f",
    )  # fmt: skip
    with made.store.write() as unit:
        unit.mailings.add_bounce(
            Bounce(
                id="b1", delivery_id=first.id, kind=BounceKind.SOFT, status="4.2.2", at=NOW, diagnostic="full"
            )
        )
        unit.users.put(
            User(name="anna", role=Role.EDITOR, password_hash="x", created_at=NOW, password_at=NOW)
        )
        unit.users.open_session(Session(id_hash="s1", user_name="anna", created_at=NOW, seen_at=NOW))
        unit.users.put_failures(LogInFailures(key="anna", count=2, last_at=NOW))
        unit.runs.start(Run(key="compose:weekly:x", job="compose", started_at=NOW))
        unit.items.put([item])
    pictures = made.workspace.var / "images"
    pictures.mkdir(exist_ok=True)
    for name in (SHOWN, "0123456789abcdef0123.jpg"):
        (pictures / name).write_bytes(b"jpeg")
    (kept := tmp_path / "workspace" / "before-upgrade-0008-20260312T090000Z.tar.gz").write_bytes(b"tar")
    for path in [kept, *pictures.iterdir(), *(made.workspace.var / "outbox").rglob("*.eml")]:
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    yield made
    made.close()


def wait(assembly: Assembly, days: float) -> None:
    assembly.clock.set(NOW + timedelta(days=days, seconds=1))  # type: ignore[attr-defined]


def told(assembly: Assembly) -> dict[str, int]:
    """What would go and then went; the two are the same, and a second run finds nothing."""
    before = every_row(assembly)
    forecast = assembly.retention_due().counts
    assert every_row(assembly) == before
    went = assembly.retain_report().counts
    assert forecast == went
    assert assembly.retain() == ""
    return {kind: number for kind, number in went.items() if number}


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        (0.4, set()),
        (1, {"sessions"}),
        (31, {"sessions", "failures", "dry_runs", "copies"}),
        (61, {"sessions", "failures", "dry_runs", "copies", "pictures"}),
        (366, {"sessions", "failures", "dry_runs", "copies", "pictures", "reports", "items"}),
        (401, {"sessions", "failures", "dry_runs", "copies", "pictures", "reports", "items", "runs"}),
    ],
)
def test_every_kind_goes_after_its_period_and_not_before(assembly: Assembly, days: float, kinds: set[str]):
    wait(assembly, days)
    assert set(told(assembly)) == kinds


def test_old_deliveries_keep_their_sums_and_lose_their_people(assembly: Assembly):
    """After three years nobody can tell who got an edition; how many got it can still be told."""
    ids = {delivery.id for delivery in assembly.deliveries(EDITION)}
    people = {delivery.subscriber_id for delivery in assembly.deliveries(EDITION)}
    wait(assembly, 1096)
    assert told(assembly)["deliveries"] == 2
    left = list(assembly.deliveries(EDITION))
    assert [one.state for one in left] == [DeliveryState.SENT] * 2
    assert not {one.id for one in left} & ids
    assert not {one.subscriber_id for one in left} & people
    assert [one.domain for one in left] == ["", ""]


def test_an_item_is_a_tombstone_for_two_years_before_it_is_gone(assembly: Assembly):
    """Its text goes after a year; that it was seen is known for three, so that it never comes back as news."""
    (id_,) = (row[0] for row in every_row(assembly)["items"])
    wait(assembly, 366)
    told(assembly)
    with assembly.store.read() as unit:
        buried = unit.items.get([id_])[id_]
    assert (buried.state, buried.text) == (ItemState.TOMBSTONE, "")
    wait(assembly, 1096)
    assert told(assembly)["tombstones"] == 1
    with assembly.store.read() as unit:
        assert unit.items.get([id_]) == {}


def test_a_picture_that_is_shown_stays(assembly: Assembly):
    wait(assembly, 500)
    told(assembly)
    left = [path.name for path in (assembly.workspace.var / "images").iterdir()]
    assert left == [SHOWN]


def test_the_report_is_kept_with_its_instant(assembly: Assembly):
    """The newsroom shows when the job last ran and what went, also when nothing did."""
    assert retention.last_run(assembly.store) is None
    wait(assembly, 31)
    went = assembly.retain_report().counts
    last = retention.last_run(assembly.store)
    assert last == retention.LastRun(assembly.clock.now(), went)
    with assembly.store.read() as unit:
        assert [act.what for act in unit.audit.recent(limit=1)] == ["retention"]


def test_pauses_end_by_the_same_job(assembly: Assembly):
    person = next(iter(assembly.subscribers()))
    assembly.act((person.id, "weekly"), Act.PAUSE, how="page")
    wait(assembly, 29)
    assert told(assembly)["woken"] == 1


def test_the_report_is_told_in_german_too():
    """Every kind: the job's line stands on a German screen and in the audit log's detail."""
    german = words.load([shipped("templates")])["de"]
    for number, kind in enumerate(retention.WORDS, start=2):
        line = retention.RetentionReport({"pending": 1, kind: number}).line
        assert str(number) in german.said(line)
        assert not {"deleted", "over", "anonymous"} & set(german.said(line).split())


def test_every_period_has_a_setting_with_the_same_default():
    """Nothing is kept by a number that no setting names; a session's length is the newsroom's own rule."""
    shipped = retention.Periods()
    days = {name: timedelta(days=field.default) for name, field in RetentionSettings.model_fields.items()}
    days["failures"] = days.pop("failed_log_ins")
    kinds = set(retention.KINDS) - {"pending", "ended", "sessions"}
    assert days == {kind: getattr(shipped, kind) for kind in kinds}
    assert set(retention.WORDS) == {*retention.KINDS, "woken"}
