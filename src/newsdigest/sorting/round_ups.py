"""
Round-ups: an item that tells of several stories at once is attached to them, never merged (domain spec 6, level g).

"Two members honoured in one week" shares names, sums and days with either honour, and whoever joins it to one of
them loses the other. A round-up says so in its title ("two", "in brief", "week"), and most of the words of two
stories' titles stand in it, while its own title stands in neither. Texts without such a title were tried as well:
every long release told some short title's words by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from newsdigest.model.stories import Match, MatchState
from newsdigest.sorting.clustering import Groups
from newsdigest.sorting.comparison import Comparison
from newsdigest.sorting.features import Features, name_hashes

LEVEL = "umbrella"
REASON = "a round-up that tells this among others"
DAYS = 10.0
TOLD = 0.55
"""Share of a story's title, by weight of its stems, that the round-up must tell."""
TOLD_BACK = 0.5
"""Share of the round-up's title from which it is the story itself, told by another author."""
RARE = 0.5
LEAST_RARE = 2
LEAST_WORDS = 12
NOT_TOLD = ("event", "job", "call")

_CUES = name_hashes(
    """
    zwei drei vier fünf sechs mehrere gleich doppelte doppelter dreifach rückblick wochenrückblick monatsrückblick
    jahresrückblick überblick kurz kurzmeldungen kurznachrichten meldungen nachrichten woche monat newsletter
    two three four five six several double triple roundup round review recap brief briefs week month news digest
    """
)


def find(
    new: Iterable[str],
    pairs: Iterable[tuple[str, str]],
    features: Mapping[str, Features],
    comparison: Comparison,
    are_one: Callable[[str, str], bool],
) -> dict[str, list[Match]]:
    """
    Return new round-ups, each with its attachments to one telling of each story it names.

    Args:
        pairs: Items and their candidates, in any order.
        are_one: Whether two items are held to be one story.
    """
    beside: dict[str, set[str]] = {}
    for a, b in pairs:
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    found = {}
    for id_ in sorted(new):
        one = features[id_]
        if one.kind in NOT_TOLD or one.length < 2 * LEAST_WORDS or _CUES.isdisjoint(one.title):
            continue
        told = [other for other in sorted(beside.get(id_, ())) if _is_told(features[other], one, comparison)]
        stories = _stories(told, are_one)
        if len(stories) > 1:
            found[id_] = [_attached(id_, members[0]) for members in stories]
    return found


def is_void(match: Match, round_ups: Mapping[str, object], features: Mapping[str, Features]) -> bool:
    """Whether a match proposes a round-up as one of the stories it tells; its copies and translations are round-ups."""
    if match.state is MatchState.MERGED:
        return False
    return any(
        one in round_ups and _CUES.isdisjoint(features[other].title)
        for one, other in ((match.a, match.b), (match.b, match.a))
    )


def _is_told(story: Features, one: Features, comparison: Comparison) -> bool:
    if story.language != one.language or story.kind in NOT_TOLD or story.length < LEAST_WORDS:
        return False
    if abs(story.day - one.day) > DAYS:
        return False
    shared = story.title_stem_set & one.stem_set
    if sum(comparison.weight([stem]) >= RARE for stem in shared) < LEAST_RARE:
        return False
    all_, back = comparison.weight(story.title_stem_set), comparison.weight(one.title_stem_set)
    if comparison.weight(shared) < TOLD * all_:
        return False
    return comparison.weight(one.title_stem_set & story.stem_set) < TOLD_BACK * max(back, 0.01)


def _stories(told: Sequence[str], are_one: Callable[[str, str], bool]) -> list[list[str]]:
    groups = Groups(told)
    for place, a in enumerate(told):
        for b in told[:place]:
            if are_one(a, b):
                groups.join(a, b)
    return groups.all()


def _attached(a: str, b: str) -> Match:
    first, second = sorted((a, b))
    return Match(a=first, b=second, reason=REASON, score=TOLD, state=MatchState.ATTACHED, level=LEVEL)
