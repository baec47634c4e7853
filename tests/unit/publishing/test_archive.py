"""The archive shows every edition that went out, and nothing of anybody who received it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.edition_world import make_edition, make_newsletter, make_placement

from newsdigest.model.editions import EditionState
from newsdigest.publishing import archive
from newsdigest.publishing.channels import Origin, Site

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
SITE = Site(base_url="https://news.example", home_url="", publisher={"de": "Verband"})


def pages(*editions, origins=None, taken=frozenset(), language="de"):
    return archive.archived(
        editions, language=language, newsletters={"weekly": make_newsletter()}, origins=origins or {}, taken_down=taken,
        site=SITE, now=AT,
    )  # fmt: skip


def test_only_what_went_out_is_archived():
    """Approved is not enough: before the first mail there is nothing to view in a browser."""
    states = {state for state in EditionState if pages(make_edition(make_placement(), state=state))}
    assert states == {EditionState.SENDING, EditionState.SENT}


def test_a_stopped_sending_stays_in_the_archive():
    """Who got the mail before it was paused still follows its link."""
    assert pages(make_edition(make_placement(), state=EditionState.PAUSED, started_at=AT))


def test_a_story_taken_down_is_gone_from_page_and_search():
    edition = make_edition(make_placement(1), make_placement(2), state=EditionState.SENT)
    (page,) = pages(edition, taken=frozenset({"s001"}))
    assert [story.anchor for story in page.stories] == ["s-s002"]
    assert archive.search([page], "Meldung Nummer 1") == ()


def test_a_withdrawn_item_is_gone_too():
    (page,) = pages(
        make_edition(make_placement(1), state=EditionState.SENT), origins={"i001": Origin(is_withdrawn=True)}
    )
    assert page.number == 0


def test_the_newest_comes_first():
    old = make_edition(
        make_placement(1), state=EditionState.SENT, id="weekly-2026-03-05", day=date(2026, 3, 5)
    )
    new = make_edition(make_placement(2), state=EditionState.SENT)
    assert [page.id for page in pages(old, new)] == ["weekly-2026-03-12", "weekly-2026-03-05"]


def test_search_finds_every_word_in_any_case():
    (page,) = pages(
        make_edition(
            make_placement(1), make_placement(2, teaser="Sensorik aus Leipzig"), state=EditionState.SENT
        )
    )
    assert [hit.anchor for hit in archive.search([page], "LEIPZIG sensor")] == ["s-s002"]
    assert archive.search([page], "leipzig chemnitz") == ()
    assert archive.search([page], "   ") == ()


def test_a_language_without_stories_has_no_page():
    assert pages(make_edition(make_placement(1, "de"), state=EditionState.SENT), language="en") == ()
