"""
Which topics an item gets, from all the scores: at most three, none far behind the best.

"Weitere / Other" is the absence of topics; nothing is forced, so that the editor sees what the
keywords miss.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsdigest.model.items import TopicScore
from newsdigest.model.topics import TopicEvidence

MOST = 3
SHARE_OF_BEST = 0.34
LEAST = 1.0
"""One certain keyword in the text; a weak hint alone gives less."""
FULL = 4.0
"""Raw score shown as certain (1.0)."""


def choose(found: Sequence[TopicEvidence], *, least: float = LEAST) -> tuple[TopicScore, ...]:
    """Return up to three topics, best first, with at least 34 % of the best score."""
    ranked = sorted((one for one in found if one.score >= least), key=lambda one: (-one.score, one.topic))
    if not ranked:
        return ()
    bar = SHARE_OF_BEST * ranked[0].score
    return tuple(
        TopicScore(id=one.topic, score=round(min(1.0, one.score / FULL), 3), reasons=one.reasons)
        for one in ranked[:MOST]
        if one.score >= bar
    )
