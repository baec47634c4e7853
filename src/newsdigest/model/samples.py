"""A made-up edition that shows every part of the templates once, for trying them before anybody relies on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from newsdigest.model.editions import Edition, EditionState, Placement
from newsdigest.model.items import EventDates
from newsdigest.model.newsletters import Newsletter

DAY = date(2026, 3, 12)
_NOON = datetime(2026, 3, 12, 11, tzinfo=UTC)


def sample_edition(newsletter: Newsletter) -> Edition:
    """Return an edition with two stories in each section and language, every optional field filled in one of them."""
    placements: list[Placement] = []
    for language in newsletter.languages:
        lists = [f"in-{other}" for other in ("de", "en", "other") if other != language]
        shown = [section.id for section in newsletter.sections if not section.joins]
        for section_id in (*shown, *lists):
            placements += [
                _story(len(placements), language, section_id, is_full=is_full) for is_full in (True, False)
            ]
    return Edition(
        id=f"{newsletter.id}-sample", newsletter_id=newsletter.id, day=DAY, number=1, state=EditionState.DRAFT,
        window=(_NOON - timedelta(days=7), _NOON), send_at=_NOON, created_at=_NOON, placements=tuple(placements),
        introductions=tuple((language, "Sample.\n\nSample.") for language in newsletter.languages),
        follows="sample",
    )  # fmt: skip


def _story(number: int, language: str, section_id: str, *, is_full: bool) -> Placement:
    bare = Placement(
        id=f"sample{number}.{language}", story_id=f"sample{number}", item_id="", language=language,
        text_language=language, section_id=section_id, position=number, headline=f"Sample {number}", teaser="", url=f"https://sample.example/{number}",
        organisation="Sample",
    )  # fmt: skip
    if not is_full:
        return bare
    other = "en" if language == "de" else "de"
    return Placement(
        id=bare.id, story_id=bare.story_id, item_id="", language=language, text_language=other, section_id=section_id,
        position=number, headline=bare.headline, teaser="Sample.", url=bare.url, organisation="Sample", kind="event",
        published=_NOON, also_at=(("Sample", "https://sample.example/also"),), notices=("Sample.",),
        is_lead=number == 0,
        event=EventDates(
            start=DAY, end=DAY + timedelta(days=1), start_time=time(9), end_time=time(10), place="Sample", is_moved=True
        ),
        image_url="sample.jpg", image_alt="Sample", image_credit="Sample", image_size=(600, 300), is_advertisement=True,
    )  # fmt: skip
