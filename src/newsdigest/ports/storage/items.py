"""What is kept about items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from newsdigest.model.items import Item, ItemState, Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemHead:
    """The little of a stored item that deciding about an entry needs."""

    id: str
    guid: str | None
    url: str
    title: str
    published: datetime | None
    fingerprint: str
    state: ItemState


class ItemStore(Protocol):
    """Items, their aliases and judgements."""

    def known(self, source_id: str, aliases: Iterable[str]) -> dict[str, str]:
        """Return alias to item id for those aliases of that source that were ever seen (tombstones too)."""
        ...

    def sources_with_keys(self, source_ids: Sequence[str]) -> frozenset[str]:
        """Return those sources of which any alias is known."""
        ...

    def heads(self, item_ids: Iterable[str]) -> dict[str, ItemHead]:
        """Return the little that deciding about an entry needs, by id."""
        ...

    def add_aliases(self, keys: Sequence[Mapping[str, str]]) -> None:
        """Store further keys (`source_id`, `alias`, `item_id`); the first item seen under a key keeps it."""
        ...

    def touch(self, item_ids: Iterable[str], now: datetime) -> None:
        """Note that these were still served."""
        ...

    def put(self, items: Iterable[Item]) -> None:
        """Insert or replace by id, with aliases and judgement."""
        ...

    def judge(self, judgements: dict[str, Judgement]) -> None:
        """Store judgements by item id."""
        ...

    def get(self, item_ids: Iterable[str]) -> dict[str, Item]:
        """Return the items that exist, by id, with their judgement."""
        ...

    def unjudged(self, *, limit: int) -> Sequence[Item]:
        """Return items never judged or changed since, oldest first seen first."""
        ...

    def seen_between(self, start: datetime, end: datetime) -> Sequence[Item]:
        """Return items with start <= first_seen < end, by first_seen and id."""
        ...

    def of_source(self, source_id: str, *, limit: int = 1000) -> Sequence[Item]:
        """Newest first seen first."""
        ...

    def languages(self, source_id: str, *, limit: int) -> Sequence[str]:
        """Return the languages its items were judged to be in, newest first."""
        ...

    def rejudge(self, item_ids: Iterable[str] | None = None) -> None:
        """Put items (all of them: None) before the judge again."""
        ...

    def counts(self) -> dict[tuple[str, ItemState], int]:
        """Return how many items there are by source and state."""
        ...

    def set_state(self, item_ids: Iterable[str], state: ItemState) -> None:
        """Release from quarantine, withdraw, …"""
        ...

    def bury(self, before: datetime) -> int:
        """Turn items last served before that instant into tombstones: the text goes, the identity stays."""
        ...

    def forget(self, before: datetime) -> int:
        """Remove tombstones last served before that instant (two years ago or more)."""
        ...

    def count(self) -> int: ...
