"""What is kept about stories, matches, corrections and the candidate index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.stories import CorrectionRecord, Match, Story, Trace


class StoryStore(Protocol):
    """Groups of items and the reasons for them."""

    def put(self, stories: Iterable[Story]) -> None:
        """Insert or replace stories with their members and matches."""
        ...

    def remove(self, story_ids: Iterable[str]) -> None:
        """Forget stories whose items have all gone to others."""
        ...

    def get(self, story_ids: Iterable[str]) -> dict[str, Story]: ...

    def of_items(self, item_ids: Iterable[str]) -> dict[str, str]:
        """Return item id to story id."""
        ...

    def seen_since(self, since: datetime | None) -> Sequence[Story]:
        """Stories with an item first seen at or after that instant (all: None), newest last."""
        ...

    def put_matches(self, matches: Iterable[Match]) -> None: ...

    def attached(self, item_ids: Iterable[str]) -> Sequence[Match]:
        """Return the matches between those items and round-ups of other stories, or the other way about."""
        ...

    def correct(self, record: CorrectionRecord) -> None: ...

    def corrections(self) -> Sequence[CorrectionRecord]:
        """All of them, oldest first."""
        ...

    def enqueue(self, items: Iterable[tuple[str, datetime]]) -> None:
        """Put judged items before grouping, each with its publication (else first seen)."""
        ...

    def queued(self, *, limit: int) -> Sequence[str]:
        """Return ids of items that wait for grouping, by that instant and id."""
        ...

    def dequeue(self, item_ids: Iterable[str]) -> None:
        """Take items off the list."""
        ...

    def put_traces(self, traces: Iterable[Trace]) -> None:
        """Insert or replace by item id, with the keys of the candidate index and the word counts."""
        ...

    def traces(self, item_ids: Iterable[str]) -> dict[str, Trace]:
        """Return what is kept of those items, without their keys."""
        ...

    def prune_traces(self, before: datetime) -> int:
        """Drop traces of items first seen before that instant; return how many."""
        ...

    def candidates(self, keys: Iterable[int], *, per_key: int) -> dict[int, list[int]]:
        """Return the numbers of the newest items (at most `per_key`, newest first) for each key that has any."""
        ...

    def numbered(self, numbers: Iterable[int]) -> Mapping[int, str]:
        """Return number to item id for the numbers that `candidates` gave."""
        ...

    def word_counts(self, words: Iterable[int]) -> Mapping[int, int]:
        """Return in how many kept items each word occurs; absent means none."""
        ...

    def count_traces(self) -> int:
        """Return of how many items traces are kept."""
        ...
