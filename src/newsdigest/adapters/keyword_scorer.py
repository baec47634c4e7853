"""
Topics by editable keywords (`config/topics.yaml`).

Each keyword counts by where it is met: in the title three times, in the lead once, further down
less and less, as long texts touch on everything. A keyword met again adds a little, not as much
again. Weak hints (`~patient`) count a third.
"""

from __future__ import annotations

from newsdigest.model.topics import Taxonomy, TopicEvidence
from newsdigest.text import folding
from newsdigest.text.spotting import Spot, Spotter

TITLE = 2.0
LEAD = 1.0
LEAD_WORDS = 80
BODY = 0.4
AGAIN = 0.3
WEAK = 0.34
HINTS = 0.9
"""Weak hints alone stay below what a topic needs."""
SATURATED = 2.0
BEYOND = 0.25
"""Past two points, more of the same counts a quarter: five words for the award must not hide what it was for."""
MAX_CHARACTERS = 20_000
MAX_REASONS = 6


class KeywordScorer:
    """See `ports.judging.TopicScorer`."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._spotter = Spotter(
            {topic.id: [one for _, listed in topic.keywords for one in listed] for topic in taxonomy.topics},
            {topic.id: topic.negatives for topic in taxonomy.topics},
        )

    @property
    def version(self) -> str:
        """The hash of the keywords."""
        return f"keywords-{self._taxonomy.version}"

    def score(self, *, title: str, text: str) -> tuple[TopicEvidence, ...]:
        """Return every topic that was hit, best first."""
        scores: dict[str, float] = {}
        certain: set[str] = set()
        reasons: dict[str, list[tuple[float, str]]] = {}
        for where, spots in (
            ("title", self._spotter.spot(folding.words(title))),
            ("text", self._spotter.spot(folding.words(text[:MAX_CHARACTERS]))),
        ):
            for spot in spots:
                worth = _worth(spot, where)
                if not spot.trigger.is_weak:
                    certain.add(spot.label)
                scores[spot.label] = scores.get(spot.label, 0.0) + worth
                reasons.setdefault(spot.label, []).append((worth, f"{spot.trigger.written} ({where})"))
        found = [
            TopicEvidence(
                topic=topic,
                score=round(_saturated(score) if topic in certain else min(score, HINTS), 3),
                reasons=tuple(
                    reason for _, reason in sorted(reasons[topic], key=lambda one: -one[0])[:MAX_REASONS]
                ),
            )
            for topic, score in scores.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.score, one.topic)))


def _worth(spot: Spot, where: str) -> float:
    if where == "title":
        worth = TITLE
    else:
        worth = max(LEAD if place < LEAD_WORDS else BODY for place in spot.places)
        worth += AGAIN * worth * min(3, len(spot.places) - 1)
    return worth * (WEAK if spot.trigger.is_weak else 1.0)


def _saturated(score: float) -> float:
    return score if score <= SATURATED else SATURATED + BEYOND * (score - SATURATED)
