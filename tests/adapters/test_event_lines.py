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
