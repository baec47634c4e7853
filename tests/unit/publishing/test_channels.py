"""What stands in which channel: only what was approved, each story once, never what must not be shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.edition_world import make_edition, make_placement

from newsdigest.model.editions import Approval, Edition, EditionState, Placement
from newsdigest.model.items import EventDates
from newsdigest.publishing import channels
from newsdigest.publishing.channels import Origin, Site

AT = datetime(2026, 3, 12, 8, tzinfo=UTC)
NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
SITE = Site(
    base_url="https://news.example", home_url="https://verband.example/", publisher={"de": "Verband", "en": "Association"},
    topics=(("medtech", {"de": "Medizintechnik", "en": "Medical technology"}),),
)  # fmt: skip
TOPICS = {"medtech": "Medizintechnik"}


def approved(
    *placements: Placement, at: datetime = AT, state: EditionState = EditionState.SENT, **changes: Any
) -> Edition:
    approval = Approval(content_hash="0", by="chief", at=at)
    return make_edition(*placements, state=state, approval=approval, **changes)


def told(
    *editions: Edition,
    origins: dict[str, Origin] | None = None,
    taken: frozenset[str] = frozenset(),
    now: datetime = NOW,
):
    return channels.entries(
        editions, language="de", origins=origins or {}, topics=TOPICS, taken_down=taken, now=now
    )


@pytest.mark.parametrize(
    ("state", "is_shown"),
    [
        (EditionState.COLLECTING, False), (EditionState.DRAFT, False), (EditionState.IN_REVIEW, False),
        (EditionState.REJECTED, False), (EditionState.SKIPPED, False), (EditionState.CANCELLED, False),
        (EditionState.APPROVED, True), (EditionState.SCHEDULED, True), (EditionState.SENDING, True), (EditionState.SENT, True),
    ],
)  # fmt: skip
def test_only_approved_editions_are_published(state: EditionState, is_shown: bool):
    """What nobody approved does not leak."""
    assert bool(told(approved(make_placement(), state=state))) is is_shown


def test_a_state_without_an_approval_is_not_enough():
    """An edition that lost its approval is not published, whatever its state says."""
    assert told(make_edition(make_placement(), state=EditionState.SENT)) == ()


def test_a_pause_while_sending_changes_nothing():
    """Half of the readers have it already."""
    assert told(approved(make_placement(), state=EditionState.PAUSED, started_at=AT))
    assert not told(approved(make_placement(), state=EditionState.PAUSED))


@pytest.mark.parametrize(
    ("kind", "is_shown"), [("statement", False), ("news", False), ("call", True), ("job", True)]
)
def test_a_day_named_in_news_is_no_deadline(kind: str, is_shown: bool):
    """Until when shareholders may subscribe is part of the text; until when one may apply is for the reader."""
    [entry] = told(approved(make_placement(kind=kind, deadline=date(2026, 3, 27))))
    assert (entry.deadline is not None) is is_shown


BARRED = {
    "embargoed": (Origin(embargo_until=NOW + timedelta(hours=1)), frozenset()),
    "withdrawn": (Origin(is_withdrawn=True), frozenset()),
    "taken_down": (Origin(), frozenset({"s001"})),
}


@pytest.mark.parametrize("name", BARRED)
def test_what_must_not_be_shown_is_not(name: str):
    """Embargo, withdrawal and takedown win over any approval."""
    origin, taken = BARRED[name]
    assert told(approved(make_placement(1)), origins={"i001": origin}, taken=taken) == ()


def test_an_embargo_that_is_over_is_none():
    assert told(approved(make_placement(1)), origins={"i001": Origin(embargo_until=NOW)})


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "/relative",
        "https://user@evil.example/",
        "https://a.example/\u202e",
        "ftp://a.example/",
        "",
    ],
)
def test_a_story_without_a_good_link_is_not_published(url: str):
    """T3: only absolute http(s) links without tricks."""
    assert told(approved(make_placement(1, url=url))) == ()


def test_dropped_stories_and_other_languages_are_left_out():
    assert told(approved(make_placement(1, is_dropped=True), make_placement(2, "en"))) == ()


def test_a_story_in_two_editions_is_one_entry_with_one_id():
    """An event stands in several issues; its guid stays and the newest words count."""
    first = approved(
        make_placement(1, headline="Alt"),
        id="weekly-2026-03-05",
        day=date(2026, 3, 5),
        at=AT - timedelta(days=7),
    )
    second = approved(make_placement(1, headline="Neu"))
    (entry,) = told(second, first)
    (alone,) = told(first)
    assert (entry.title, entry.guid, entry.published, entry.changed) == (
        "Neu",
        alone.guid,
        alone.published,
        AT,
    )


def test_unchanged_words_are_no_change():
    """P25: an event repeated word for word changes no byte of the feed."""
    first = approved(
        make_placement(1), id="weekly-2026-03-05", day=date(2026, 3, 5), at=AT - timedelta(days=7)
    )
    (entry,) = told(first, approved(make_placement(1)))
    assert entry.changed == AT - timedelta(days=7)


def test_the_date_of_publication_is_never_after_the_approval():
    """A source's future date is not passed on."""
    (entry,) = told(approved(make_placement(1, published=NOW + timedelta(days=400))))
    assert entry.published == AT


KINDS: dict[str, dict[str, Any]] = {
    "own": {"origins": {"i001": Origin(trust="own")}},
    "members": {"origins": {"i001": Origin(source_type="member")}},
    "events": {"placement": {"kind": "event", "event": EventDates(start=date(2026, 4, 1))}},
    "calls": {"placement": {"kind": "call"}},
    "jobs": {"placement": {"kind": "job"}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_channel(kind: str):
    """A story stands in `all`, in its kind's channel and in its topics', and in no other."""
    made = told(
        approved(make_placement(1, **KINDS[kind].get("placement", {}))),
        origins=KINDS[kind].get("origins"),
    )
    holding = {c.id for c in channels.channels(made, language="de", site=SITE) if c.entries}
    assert holding == {"all", kind, "topic-medtech"}


def test_empty_channels_stay():
    """A website that embeds a channel must not get 404 in a quiet week."""
    made = channels.channels((), language="en", site=SITE)
    assert [c.id for c in made] == ["all", "own", "members", "events", "calls", "jobs", "topic-medtech"]
    assert made[-1].title == "Association: Medical technology"


def test_newest_edition_first_and_within_it_the_editors_order():
    old = approved(
        make_placement(5, position=1), id="weekly-2026-03-05", day=date(2026, 3, 5), at=AT - timedelta(days=7)
    )
    new = approved(make_placement(1, position=2), make_placement(2, position=1))
    assert [entry.story_id for entry in told(old, new)] == ["s002", "s001", "s005"]
