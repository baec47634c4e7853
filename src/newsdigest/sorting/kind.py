"""
Which kind of item it is: news, event, call, job, … (domain spec, section 4), with reasons.

Titles say the kind ("(m/w/d)", "Save the date"), texts confirm it. Plain news is what nothing
else speaks for. An event needs a plain word in the title, or a day to come for which the text calls
people together; a report on a past event is news, and so is a round-up of several stories.
"""

from __future__ import annotations

from collections.abc import Iterator

from newsdigest.model.items import Kind
from newsdigest.model.topics import Taxonomy
from newsdigest.sorting import announcing, date_cues
from newsdigest.sorting.event_dates import DatesRead
from newsdigest.text import folding
from newsdigest.text.spotting import Spotter

TITLE = 3.0
TEXT = 1.0
WEAK = 0.34
LEAST = 2.5
LEAD_WORDS = 160
CONVENED = 2.5
"""A day to come for which title or first sentence call people together makes an event by itself."""
LABELLED = 2.0
APPLY = 2.5
"""A day to come until which one may apply makes a call (or a job, where the text speaks of one)."""
_ORDER = (
    Kind.CORRECTION, Kind.JOB, Kind.NEW_MEMBER, Kind.PRESS_REVIEW, Kind.CALL, Kind.EVENT, Kind.PEOPLE,
    Kind.STATEMENT, Kind.NEWS,
)  # fmt: skip


_FORMS = (Kind.CORRECTION, Kind.PRESS_REVIEW)
"""A title that says so is believed, whatever else it names ("Korrektur: Termin des Forums")."""


class KindRules:
    """The kinds' triggers, made ready once."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        listed = {rule.kind.value: rule for rule in taxonomy.kinds}
        negatives = {name: rule.negatives for name, rule in listed.items()}
        self._title = Spotter(
            {name: [one for _, part in rule.title for one in part] for name, rule in listed.items()},
            negatives,
        )
        self._text = Spotter(
            {name: [one for _, part in rule.text for one in part] for name, rule in listed.items()}, negatives
        )

    def judge(self, *, title: str, text: str, dates: DatesRead) -> tuple[Kind, tuple[str, ...]]:
        """Return the kind and what decided."""
        if announcing.is_round_up(title):
            return Kind.NEWS, ()
        scores, reasons = self._spotted(title, text)
        for kind, worth, reason in _weighed(scores, title=title, text=text, dates=dates):
            scores[kind] = scores.get(kind, 0.0) + worth
            reasons.setdefault(kind, []).append(reason)
        for kind in _refuted(title=title, text=text, dates=dates):
            scores.pop(kind, None)
        for kind in _FORMS:
            if any(reason.endswith("(title)") for reason in reasons.get(kind, ())) and scores[kind] >= LEAST:
                return kind, tuple(reasons[kind][:6])
        # Without a day to come an assembly that "elects a new board" is the news of the board.
        best = max(
            _ORDER,
            key=lambda kind: (
                scores.get(kind, 0.0), dates.event is not None or kind is not Kind.EVENT, -_ORDER.index(kind),
            ),
        )  # fmt: skip
        if scores.get(best, 0.0) < LEAST:
            return Kind.NEWS, ()
        return best, tuple(reasons[best][:6])

    def _spotted(self, title: str, text: str) -> tuple[dict[str, float], dict[str, list[str]]]:
        """What the listed keywords say: points and reasons by kind."""
        scores: dict[str, float] = {}
        reasons: dict[str, list[str]] = {}
        lead = folding.words(text[:4000])[:LEAD_WORDS]
        for where, worth, spots in (
            ("title", TITLE, self._title.spot(folding.words(title))),
            ("text", TEXT, self._text.spot(lead)),
        ):
            for spot in spots:
                scores[spot.label] = scores.get(spot.label, 0.0) + worth * (
                    WEAK if spot.trigger.is_weak else 1.0
                )
                reasons.setdefault(spot.label, []).append(f"{spot.trigger.written} ({where})")
        return scores, reasons


def _weighed(
    scores: dict[str, float], *, title: str, text: str, dates: DatesRead
) -> Iterator[tuple[Kind, float, str]]:
    """What days and the title's sentence add: a day to come is little, people called together for it are much."""
    if dates.event is not None and dates.is_convened:
        yield Kind.EVENT, CONVENED, "a date is named"
        if date_cues.place_label(text):  # "Ort: …" stands beside "Termin: …", and no grant has one
            yield Kind.EVENT, LABELLED, "a place is named"
    elif dates.event is not None and Kind.EVENT in scores:
        yield Kind.EVENT, 1.0, "a date is named"
    if dates.deadline is not None:
        if dates.is_call and scores.get(Kind.JOB, 0.0) >= TEXT:
            yield Kind.JOB, APPLY, "a deadline is named"
        elif dates.is_call and not dates.is_convened:
            yield Kind.CALL, APPLY, "a deadline is named"
        elif Kind.CALL in scores:
            yield Kind.CALL, 1.0, "a deadline is named"
    if announcing.changes_office(title):
        yield Kind.PEOPLE, TITLE, "an office changes hands (title)"


def _refuted(*, title: str, text: str, dates: DatesRead) -> Iterator[Kind]:
    """What the text itself says it is not: an event that is over, a call that has closed."""
    if dates.is_over or (dates.event is None and announcing.REVIEW.search(f"{title}\n{text[:600]}")):
        yield Kind.EVENT
    if dates.is_closed:
        yield Kind.CALL
