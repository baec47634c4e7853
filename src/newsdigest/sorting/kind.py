"""
Which kind of item it is: news, event, call, job, … (domain spec, section 4), with reasons.

Titles say the kind ("(m/w/d)", "Save the date"), texts confirm it. Plain news is what nothing
else speaks for. An event needs a date or a plain word in the title; a report on a past event is
news.
"""

from __future__ import annotations

from newsdigest.model.items import EventDates, Kind
from newsdigest.model.topics import Taxonomy
from newsdigest.sorting.date_cues import any_of
from newsdigest.text import folding
from newsdigest.text.spotting import Spotter

TITLE = 3.0
TEXT = 1.0
WEAK = 0.34
LEAST = 2.5
LEAD_WORDS = 160
_ORDER = (
    Kind.CORRECTION, Kind.JOB, Kind.NEW_MEMBER, Kind.PRESS_REVIEW, Kind.CALL, Kind.EVENT, Kind.PEOPLE,
    Kind.STATEMENT, Kind.NEWS,
)  # fmt: skip


_FORMS = (Kind.CORRECTION, Kind.PRESS_REVIEW)
"""A title that says so is believed, whatever else it names ("Korrektur: Termin des Forums")."""
_REVIEW = any_of(
    r"""
    rückblick nachbericht nachlese blickt\w*_zurück \bfand(?:en)?\b.{0,90}\bstatt\b stattgefunden
    took_place was_held were_held look(?:s|ing)?_back recap\b
    """
)


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

    def judge(
        self, *, title: str, text: str, event: EventDates | None, has_deadline: bool
    ) -> tuple[Kind, tuple[str, ...]]:
        """Return the kind and what decided."""
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
        if event is not None and Kind.EVENT in scores:
            scores[Kind.EVENT] += 1.0
            reasons[Kind.EVENT].append("a date is named")
        if has_deadline and Kind.CALL in scores:
            scores[Kind.CALL] += 1.0
            reasons[Kind.CALL].append("a deadline is named")
        if event is None and _REVIEW.search(f"{title}\n{text[:600]}"):
            scores.pop(Kind.EVENT, None)
        for kind in _FORMS:
            if any(reason.endswith("(title)") for reason in reasons.get(kind, ())) and scores[kind] >= LEAST:
                return kind, tuple(reasons[kind][:6])
        # Without a day to come an assembly that "elects a new board" is the news of the board.
        best = max(
            _ORDER,
            key=lambda kind: (
                scores.get(kind, 0.0), event is not None or kind is not Kind.EVENT, -_ORDER.index(kind),
            ),
        )  # fmt: skip
        if scores.get(best, 0.0) < LEAST:
            return Kind.NEWS, ()
        return best, tuple(reasons[best][:6])
