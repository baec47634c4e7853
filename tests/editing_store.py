"""Stories, items and sources as they stand after sorting, for tests of selecting and composing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model import ids
from newsdigest.model.items import Item, Judgement, Kind, LanguageVerdict, TopicScore
from newsdigest.model.sources import Source, SourceType, Trust
from newsdigest.model.stories import Story

SEEN = datetime(2026, 3, 9, 8, tzinfo=UTC)


def make_source(id_: str = "muldenmed", **changes: Any) -> Source:
    """A member's feed."""
    defaults: dict[str, Any] = {
        "id": id_,
        "name": id_.title(),
        "url": f"https://{id_}.example/feed",
        "type": SourceType.MEMBER,
    }
    return Source(**defaults | changes)


def make_judgement(language: str = "de", topics: tuple[str, ...] = ("medtech",), **changes: Any) -> Judgement:
    """Surely of that language, with those topics."""
    scores = tuple(TopicScore(id=topic, score=0.9 - n / 10, reasons=("x",)) for n, topic in enumerate(topics))
    return Judgement(language=LanguageVerdict(language=language, confidence=0.99), topics=scores, **changes)


def make_item(number: int = 1, source: str = "muldenmed", *, language: str = "de", **changes: Any) -> Item:
    """A fresh item of a member, judged; keywords of `Judgement` go to it."""
    judged = {
        name: changes.pop(name)
        for name in ("topics", "kind", "event", "deadline", "embargo_until", "warnings")
        if name in changes
    }
    text = f"Das Gerät Nummer {number} ist zertifiziert. Die Auslieferung beginnt im Mai und betrifft zwölf Kliniken."
    defaults: dict[str, Any] = {
        "id": ids.item_id(source, str(number)), "source_id": source, "guid": str(number),
        "url": f"https://{source}.example/{number}", "title": f"Meldung {number} von {source}", "text": text,
        "first_seen": SEEN, "last_seen": SEEN, "published": SEEN - timedelta(hours=2), "fingerprint": f"f{number}",
        "judgement": make_judgement(language, **judged),
    }  # fmt: skip
    return Item(**defaults | changes)


def make_story(*items: Item, **changes: Any) -> Story:
    """One story of those items, merged."""
    seen = min(item.first_seen for item in items)
    return Story(
        **{
            "id": ids.story_id(items[0].id),
            "item_ids": tuple(i.id for i in items),
            "first_seen": seen,
            **changes,
        }
    )


def fill(store: SQLStore, *groups: tuple[Item, ...], sources: tuple[Source, ...] = ()) -> list[Story]:
    """Store items group by group as stories, and the sources they come from."""
    items = [item for group in groups for item in group]
    known = {source.id: source for source in sources}
    for item in items:
        known.setdefault(item.source_id, make_source(item.source_id))
    stories = [make_story(*group) for group in groups]
    with store.write() as unit:
        unit.sources.put(known.values())
        unit.items.put(replace(item, aliases=item.aliases or (item.id,)) for item in items)
        unit.items.judge({item.id: item.judgement for item in items if item.judgement})
        unit.stories.put(stories)
    return stories


__all__ = ["SEEN", "Kind", "Trust", "fill", "make_item", "make_judgement", "make_source", "make_story"]
