"""What a mail says of an event: until when to register stands beside day and place."""

from __future__ import annotations

from datetime import date

import pytest
from tests.edition_world import make_edition, make_newsletter, make_placement, make_renderer

from newsdigest.model.items import EventDates

STAMMTISCH = EventDates(start=date(2026, 3, 24), place="Chemnitz")


@pytest.mark.parametrize(
    ("deadline", "is_shown"),
    [(date(2026, 3, 20), True), (date(2026, 3, 1), False), (date(2026, 6, 30), False), (None, False)],
    ids=["ahead", "passed", "after_the_event", "none"],
)
def test_a_deadline_for_registering_stands_in_the_events_line(deadline: date | None, is_shown: bool):
    """Only where one can still keep it; a day after the event is the deadline of something else."""
    placement = make_placement(
        1, section_id="events", headline="Stammtisch", kind="event", event=STAMMTISCH, deadline=deadline
    )
    variant = make_renderer().render(
        edition=make_edition(placement), newsletter=make_newsletter(), language="de"
    )
    assert is_shown == ("Anmeldung bis 20. März" in variant.html)
    assert is_shown == ("Anmeldung bis" in variant.text)


@pytest.mark.parametrize(
    ("event", "german", "english", "has_calendar"),
    [
        (EventDates(start=date(2026, 4, 14), end=date(2026, 4, 16)), "Di, 14. bis Do, 16. April", "Tue, 14 to Thu, 16 April", True),
        (EventDates(start=date(2026, 4, 30), end=date(2026, 5, 2)), "Do, 30. April bis Sa, 2. Mai", "Thu, 30 April to Sat, 2 May", True),
        (EventDates(start=date(2026, 4, 1), end=date(2026, 4, 30), precision="month"), "April 2026", "April 2026", False),
        (EventDates(start=date(2026, 4, 20), end=date(2026, 4, 26), precision="week"), "KW 17/2026", "Week 17/2026", False),
    ],
    ids=["days", "two_months", "month", "week"],
)  # fmt: skip
def test_days_are_said_as_people_say_them(event: EventDates, german: str, english: str, has_calendar: bool):
    """Where no day is known yet, none is printed, and there is nothing to put into a calendar."""
    for language, said in (("de", german), ("en", english)):
        placement = make_placement(
            1,
            language,
            section_id="events",
            headline="Messe",
            kind="event",
            event=event,
            organisation="Verband",
        )
        variant = make_renderer().render(
            edition=make_edition(placement), newsletter=make_newsletter(), language=language
        )
        assert f"Verband · {said}\n" in variant.text
        assert ("event-" in variant.html, 'class="number"' in variant.html) == (has_calendar, has_calendar)


def test_a_duty_notice_in_another_language_says_so():
    """Never translated by machine; a screen reader must know in which language to read it."""
    listed = make_placement(
        1, "en", text_language="de", section_id="in-de", headline="Nur deutsch", notices=("Kofinanziert von der EU.",)
    )  # fmt: skip
    variant = make_renderer().render(
        edition=make_edition(listed), newsletter=make_newsletter(), language="en"
    )
    [notice] = [line for line in variant.html.splitlines() if "Kofinanziert" in line]
    assert 'lang="de"' in notice.rpartition("Kofinanziert")[0].rpartition("<p")[2]
