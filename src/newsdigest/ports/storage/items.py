"""What is kept about items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.items import Item, Judgement


class ItemStore(Protocol):
    """Items, their aliases and judgements."""

    def known(self, source_id: str, aliases: Iterable[str]) -> dict[str, str]:
        """Return alias to item id for those aliases of that source that were ever seen (tombstones too)."""
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

    def count(self) -> int: ...
