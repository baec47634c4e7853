"""
Judge and group lines of a file, storing nothing: the same judge and the same grouping as `sort`.

All lines are one run, so the outcome does not depend on their order. Word counts come from the
file itself, as there is no stock to ask.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from newsdigest.model import ids
from newsdigest.model.items import Item, Judgement
from newsdigest.model.stories import MatchState, Story
from newsdigest.sorting import candidates, features, grouping
from newsdigest.sorting.features import Features
from newsdigest.sorting.grouping import Decisions
from newsdigest.sorting.rarity import Rarity
from newsdigest.sorting.sort import ItemJudge, Sorter, embedded, trace_features
from newsdigest.text import boilerplate

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING_DECIDED = Decisions()


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the id as given, and its item, or what is wrong with it."""

    id: Any
    item: Item | None
    error: str = ""


def classify(documents: Iterable[Any], *, judge: ItemJudge, sorter: Sorter) -> Iterator[dict[str, Any]]:
    """
    Yield for each document, in order, what DESIGN.md section 6 says `classify` prints.

    A document that is no object with a usable field gives `{"id": …, "error": …}`.
    """
    lines = judged([read(document) for document in documents], judge=judge, sorter=sorter)
    items = {line.item.id: line.item for line in lines if line.item}
    stories = group(items, sorter)
    for line in lines:
        if line.item is None:
            yield {"id": line.id, "error": line.error}
        else:
            yield _shown(line.id, line.item, stories[line.item.id])


def judged(lines: Sequence[Line], *, judge: ItemJudge, sorter: Sorter) -> list[Line]:
    """Return the lines with their items judged, knowing what each source repeats."""
    made: dict[str, Item] = {}
    for line in (lines := _with_cores(lines)):
        if line.item and line.item.id not in made:
            verdict = judge.judge(line.item, sorter.source(line.item.source_id))
            made[line.item.id] = replace(line.item, judgement=verdict)
    return [replace(line, item=made[line.item.id]) if line.item else line for line in lines]


def describe(items: Iterable[Item], sorter: Sorter) -> list[Features]:
    """Return what grouping looks at in judged items."""
    return [trace_features(one, sorter) for one in embedded(items, sorter.embedder)]


def group(items: Mapping[str, Item], sorter: Sorter) -> dict[str, Story]:
    """Return for each item id its story, all items counting as new."""
    described = describe(items.values(), sorter)
    rarity = Rarity(Counter(word for one in described for word in features.counted(one)), len(described))
    listing = candidates.Listing(described, rarity)
    made = grouping.group(
        pairs=_pairs(described, listing, rarity), new=items, features={one.id: one for one in described},
        seen={item.id: item.published or item.first_seen for item in items.values()},
        stories=(), decided=NOTHING_DECIDED, rarity=rarity, weights=sorter.weights,
    )  # fmt: skip
    return {id_: story for story in made.stories for id_ in story.all_ids}


def read(document: Any) -> Line:
    """Return a line's item; fields of a wrong type count as absent."""
    if not isinstance(document, dict):
        return Line(None, None, "the line is no JSON object")
    source = _text(document, "source", "feed") or "file"
    title, url = _text(document, "title"), _text(document, "url")
    text = _text(document, "text", "content") or _text(document, "summary")
    published = _instant(_text(document, "published"))
    id_ = document.get("id")
    # Lines may share an id; the content keeps them apart, and the line's place plays no part.
    content = "\x1f".join((title, url, text, str(published))).encode("utf-8", "surrogatepass")
    fingerprint = hashlib.sha256(content).hexdigest()[:20]
    seen = published or UNDATED
    item = Item(
        id=ids.item_id(source, f"{id_}\x1f{fingerprint}"), source_id=source, guid=None, url=url, title=title, text=text,
        first_seen=seen, last_seen=seen, published=published, fingerprint=fingerprint,
        declared_language=_text(document, "language") or None,
    )  # fmt: skip
    return Line(id_, item)


def _with_cores(lines: Sequence[Line]) -> list[Line]:
    """Find what is no boilerplate, knowing what each source repeats."""
    by_source: dict[str, list[str]] = {}
    for line in lines:
        if line.item:
            by_source.setdefault(line.item.source_id, []).append(line.item.text)
    known = {source: boilerplate.repeated(sorted(texts)) for source, texts in by_source.items()}
    return [
        replace(line, item=replace(line.item, core=_core(line.item, known[line.item.source_id])))
        if line.item
        else line
        for line in lines
    ]


def _core(item: Item, known: Iterable[str]) -> tuple[tuple[int, int], ...]:
    return boilerplate.core(item.text, title=item.title, known=known)


def _pairs(
    described: Sequence[Features], listing: candidates.Listing, rarity: Rarity
) -> Iterator[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    for one in described:
        question = candidates.Question(one, rarity)
        for other in question.best(listing.look(question.keys), own=one.id):
            key = grouping.pair(one.id, other)
            if key not in seen:
                seen.add(key)
                yield key


def _shown(id_: Any, item: Item, story: Story) -> dict[str, Any]:
    judgement = item.judgement
    assert isinstance(judgement, Judgement), "every item was judged"
    mine = [match for match in story.matches if item.id in (match.a, match.b)]
    mine.sort(key=lambda match: match.state is not MatchState.MERGED)
    return {
        "id": id_,
        "language": judgement.language.language,
        "language_confidence": round(judgement.language.confidence, 3),
        "topics": [
            {"id": t.id, "score": round(t.score, 3), "reasons": list(t.reasons)} for t in judgement.topics
        ],
        "story": story.id,
        "story_reasons": list(dict.fromkeys(match.reason for match in mine))[:5],
    }


def _text(document: Mapping[str, Any], *names: str) -> str:
    for name in names:
        found = document.get(name)
        if isinstance(found, str) and found.strip():
            return found
    return ""


def _instant(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
