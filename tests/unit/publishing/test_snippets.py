"""What other sites embed: each headline with the day that matters, in the order a reader wants, nothing over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from selectolax.lexbor import LexborHTMLParser
from tests.edition_world import make_edition, make_placement

from newsdigest.adapters.jinja_pages import JinjaPages
from newsdigest.model.editions import Approval, EditionState, Placement
from newsdigest.model.items import EventDates
from newsdigest.publishing import channels, snippets
from newsdigest.publishing.channels import Site
from newsdigest.settings.workspace import shipped

AT = datetime(2026, 11, 19, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SITE = Site(base_url="https://news.example", home_url="", publisher={"de": "Verband", "en": "Association"})


def embedded(
    *placements: Placement, channel: str, now: datetime = NOW, language: str = "de"
) -> LexborHTMLParser:
    """Return the snippet of a channel as a website gets it."""
    edition = make_edition(
        *placements, state=EditionState.SENT, approval=Approval(content_hash="0", by="chief", at=AT)
    )
    told = channels.entries([edition], language=language, origins={}, topics={}, now=now)
    made = channels.channels(told, language=language, site=SITE)
    pages = JinjaPages([shipped("templates")], common={}, zone=SITE.zone)
    files = snippets.snippets(made, render=pages.page, now=now)
    (body,) = [body for path, body in files.items() if path.name == f"{channel}.html"]
    return LexborHTMLParser(body.decode())


def event(number: int, start: date, *, language: str = "de", **changes: Any) -> Placement:
    dates = EventDates(start=start, **changes.pop("dates", {}))
    return make_placement(
        number, language, kind="event", event=dates, published=AT - timedelta(days=number), **changes
    )


def meta(tree: LexborHTMLParser) -> list[str]:
    return [" ".join(node.text().split()) for node in tree.css(".newsdigest-meta")]


def test_an_event_shows_its_own_day_hour_and_place():
    """The day of publication beside an event would be read as the event's."""
    reception = event(
        1,
        date(2027, 1, 14),
        dates={"start_time": time(18), "place": "Hygiene-Museum"},
        deadline=date(2027, 1, 7),
    )
    tree = embedded(reception, channel="events")
    assert meta(tree) == ["Muldenmed, 14. Januar 2027, 18:00 Uhr, Hygiene-Museum · Frist: 7. Januar 2027"]
    assert [node.attributes["datetime"] for node in tree.css("time")] == ["2027-01-14T18:00", "2027-01-07"]


def test_events_stand_in_the_order_they_take_place_and_leave_when_over():
    fair = event(1, date(2026, 11, 24), dates={"end": date(2026, 11, 26)}, headline="Messe")
    past = event(2, date(2026, 11, 25), headline="Vorbei")
    late = event(3, date(2027, 2, 2), headline="Später")
    soon = event(4, date(2026, 12, 1), headline="Bald")
    tree = embedded(late, past, soon, fair, channel="events")
    assert [node.text() for node in tree.css("a")] == ["Messe", "Bald", "Später"]
    assert meta(tree)[0] == "Muldenmed, 24. November 2026 bis 26. November 2026"


def test_an_event_that_is_over_leaves_every_snippet():
    tree = embedded(event(1, date(2026, 11, 25)), make_placement(2, headline="Neu"), channel="all")
    assert [node.text() for node in tree.css("a")] == ["Neu"]


def test_over_is_over_where_the_site_is():
    """Half past midnight in Berlin, while UTC still has the day before."""
    night = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    assert meta(embedded(event(1, date(2026, 11, 25)), channel="events", now=night)) == []
    assert meta(embedded(event(1, date(2026, 11, 26)), channel="events", now=night))


def test_calls_show_their_deadline_and_stand_in_its_order():
    """A call without a deadline stands last; one past its deadline is gone."""
    calls = [
        make_placement(1, kind="call", headline="Ohne Frist"),
        make_placement(2, kind="call", headline="März", deadline=date(2027, 3, 10)),
        make_placement(3, kind="call", headline="Heute", deadline=date(2026, 11, 26)),
        make_placement(4, kind="call", headline="Gestern", deadline=date(2026, 11, 25)),
    ]
    tree = embedded(*calls, channel="calls")
    assert [node.text() for node in tree.css("a")] == ["Heute", "März", "Ohne Frist"]
    assert meta(tree)[:2] == ["Muldenmed · Frist: 26. November 2026", "Muldenmed · Frist: 10. März 2027"]


def test_news_shows_one_day_for_people_and_machines():
    """Published at 00:30 in Berlin: both say the 18th, though UTC has the 17th."""
    story = make_placement(1, published=datetime(2026, 11, 17, 23, 30, tzinfo=UTC))
    tree = embedded(story, channel="all")
    assert meta(tree) == ["Muldenmed, 18. November 2026"]
    assert [node.attributes["datetime"] for node in tree.css("time")] == ["2026-11-18"]


def test_a_closed_registration_is_not_offered():
    tree = embedded(event(1, date(2026, 12, 1), deadline=date(2026, 11, 20)), channel="events")
    assert meta(tree) == ["Muldenmed, 1. Dezember 2026"]


def test_a_cancelled_event_says_so():
    cancelled = event(1, date(2026, 12, 1), language="en", dates={"is_cancelled": True})
    assert meta(embedded(cancelled, channel="events", language="en")) == [
        "Cancelled Muldenmed, 1 December 2026"
    ]
