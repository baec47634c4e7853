"""Editions, their history and frozen variants; on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from tests.edition_world import SEND_AT, make_edition, make_placement, sample_edition

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.model.editions import Approval, EditionState, Variant
from newsdigest.model.items import EventDates

EVENT = EventDates(
    start=date(2026, 3, 18), start_time=time(17), end=date(2026, 3, 19), place="Dresden", is_moved=True
)


def test_what_is_stored_comes_back_whole(store: SQLStore):
    """Every field of edition and placements, in the record's own order."""
    full = make_placement(
        1, event=EVENT, deadline=date(2026, 4, 1), also_at=(("A", "https://a.example/"),), notices=("N",), topics=("x", "y"),
        reasons=("r",), warnings=("w",), image_url="a.jpg", image_size=(600, 300), is_lead=True, weight=1.25, tellings=3,
    )  # fmt: skip
    edition = sample_edition(
        placements=(make_placement(2), full), waiting=(make_placement(3, held="low_trust"),), left_out=(("s1", "over"),),
        subjects=(("de", "Betreff 😀"),), preheaders=(("en", "x"),), approval=Approval(content_hash="h", by="mia", at=SEND_AT),
        state_reason="r", follows="weekly-2026-03-05", started_at=SEND_AT, finished_at=SEND_AT,
    )  # fmt: skip
    with store.write() as unit:
        assert unit.editions.add(edition)
    with store.read() as unit:
        assert unit.editions.get(edition.id) == edition
        assert unit.editions.version(edition.id, 0) == edition


def test_one_edition_a_newsletter_and_day(store: SQLStore):
    """Of two that compose at once, the second is refused (UNIQUE newsletter and local day)."""
    with store.write() as unit:
        assert unit.editions.add(make_edition())
        assert not unit.editions.add(make_edition())
        assert not unit.editions.add(make_edition(id="weekly-other"))
        assert unit.editions.add(make_edition(id="monthly-2026-03-12", newsletter_id="monthly"))


def test_a_stale_version_is_refused(store: SQLStore):
    """And the message says who did what since."""
    with store.write() as unit:
        unit.editions.add(make_edition())
        seen = unit.editions.get("weekly-2026-03-12")
        assert seen
        saved = unit.editions.save(
            replace(seen, changed_by="anna", changed_at=SEND_AT), what="dropped s001.de"
        )
        assert saved.version == 1
        with pytest.raises(IllegalStepError, match=r"anna .*dropped s001\.de"):
            unit.editions.save(replace(seen, changed_by="bert"))
        with pytest.raises(NotFoundError):
            unit.editions.save(make_edition(id="weekly-2030-01-01"))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (EditionState.SENT, {"s001", "s002"}),
        (EditionState.DRAFT, {"s001", "s002"}),
        (EditionState.SKIPPED, {"s002"}),
    ],
)
def test_placed_stories(store: SQLStore, state: EditionState, expected: set[str]):
    """What was not sent does not count; what an editor dropped always does; what waited never."""
    placed = (make_placement(1), make_placement(2, is_dropped=True))
    with store.write() as unit:
        unit.editions.add(make_edition(*placed, state=state, waiting=(make_placement(3, held="over_limit"),)))
        assert {story for story, _ in unit.editions.placed_stories("weekly")} == expected
        assert unit.editions.placed_stories("weekly", apart_from="weekly-2026-03-12") == set()
        assert unit.editions.dropped_stories("weekly") == {("s002", "de")}
        assert unit.editions.placed_stories("monthly") == set()


def test_variants_are_bytes_for_bytes(store: SQLStore):
    """What was frozen is what is thawed; freezing again replaces."""
    variant = Variant(
        edition_id="e", id="de", language="de", topics=("x",), subject="S", preheader="P", html="<p>ä\r\n😀</p>", text="t\n",
        digest="d", story_ids=("s1",), warnings=("w",), links=("https://a.example/",), content_hash="h",
    )  # fmt: skip
    with store.write() as unit:
        unit.editions.freeze([variant])
        unit.editions.freeze([variant, replace(variant, id="en", language="en")])
        assert unit.editions.variants("e") == {"de": variant, "en": replace(variant, id="en", language="en")}
        unit.editions.thaw("e")
        assert unit.editions.variants("e") == {}


def test_history_is_thinned_not_lost(store: SQLStore):
    """All steps are told; only the newest can be gone back to."""
    with store.write() as unit:
        unit.editions.add(make_edition())
        edition = unit.editions.get("weekly-2026-03-12")
        assert edition
        for number in range(60):
            edition = unit.editions.save(edition, what=f"step {number}")
        steps = unit.editions.history(edition.id)
        assert [step.what for step in steps[:2]] == ["step 59", "step 58"]
        assert len(steps) == 61
        assert unit.editions.version(edition.id, 60) == edition
        assert unit.editions.version(edition.id, 3) is None


def test_listing_is_newest_first_and_light(store: SQLStore):
    """Editions long sent come without their placements."""
    with store.write() as unit:
        unit.editions.add(make_edition(make_placement(), state=EditionState.SENT))
        unit.editions.add(make_edition(make_placement(), id="weekly-2026-03-19", day=date(2026, 3, 19)))
        found = unit.editions.all("weekly")
    assert [(edition.id, len(edition.placements)) for edition in found] == [
        ("weekly-2026-03-19", 1),
        ("weekly-2026-03-12", 0),
    ]
