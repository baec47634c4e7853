"""
Topics by editable keywords (`config/topics.yaml`).

Each keyword counts by where it is met: in the title two and a half times, in the lead once, further
down less, as long texts touch on everything (a lead of 80 words gave every third item of the world
a topic that was only mentioned; 30 to 45 did not). A keyword met again adds a little, not as much
again. Weak hints (`~patient`) count a third.
"""

from __future__ import annotations

from newsdigest.model.topics import Taxonomy, TopicEvidence
from newsdigest.text import folding
from newsdigest.text.spotting import Spot, Spotter

TITLE = 2.5
LEAD = 1.0
LEAD_WORDS = 40
BODY = 0.4
AGAIN = 0.3
WEAK = 0.34
HINTS = 0.9
"""Weak hints alone stay below what a topic needs."""
SATURATED = 2.0
BEYOND = 0.25
"""Past two points, more of the same counts a quarter: five words for the award must not hide what it was for."""
MAX_CHARACTERS = 8_000
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
        # One row of words, so that a negative context in the text also speaks about the title.
        head = folding.words(title)
        row = [*head, "", *folding.words(text[:MAX_CHARACTERS])]
        scores: dict[str, float] = {}
        certain: set[str] = set()
        reasons: dict[str, list[tuple[float, str]]] = {}
        for spot in self._spotter.spot(row):
            for where, worth in _worths(spot, len(head)):
                scores[spot.label] = scores.get(spot.label, 0.0) + worth
                reasons.setdefault(spot.label, []).append((worth, f"{spot.trigger.written} ({where})"))
            if not spot.trigger.is_weak:
                certain.add(spot.label)
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


def _worths(spot: Spot, title_words: int) -> list[tuple[str, float]]:
    """Return where the trigger was met and what that counts."""
    weight = WEAK if spot.trigger.is_weak else 1.0
    below = [place - title_words - 1 for place in spot.places if place > title_words]
    found = [("title", TITLE * weight)] if len(below) < len(spot.places) else []
    if below:
        worth = LEAD if below[0] < LEAD_WORDS else BODY
        found.append(("text", worth * weight * (1 + AGAIN * min(3, len(below) - 1))))
    return found


def _saturated(score: float) -> float:
    return score if score <= SATURATED else SATURATED + BEYOND * (score - SATURATED)
