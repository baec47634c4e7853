"""What is kept about stories, matches, corrections and the candidate index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.stories import CorrectionRecord, Match, Story


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

    def correct(self, record: CorrectionRecord) -> None: ...

    def corrections(self) -> Sequence[CorrectionRecord]:
        """All of them, oldest first."""
        ...
