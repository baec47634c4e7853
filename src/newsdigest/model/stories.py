"""Stories: one piece of news however often and in whichever language told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MatchState(StrEnum):
    """How sure a match is, and who says so."""

    MERGED = "merged"
    PROPOSED = "proposed"
    SPLIT = "split"  # an editor said: not the same
    ATTACHED = "attached"  # related (round-up), never merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """
    Why two items are held to tell the same news.

    Attributes:
        a, b: Item ids, a < b.
        reason: In words an editor understands, e.g. "same amount and date (3.84 million euro, 5 March)".
        score: 0 to 1.
        level: Domain spec section 6: `same_document`, `copy`, `twin`, `retold`, `decision`.
        by: `judge` or the editor's name.
    """

    a: str
    b: str
    reason: str
    score: float
    state: MatchState
    level: str = ""
    by: str = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """
    A group of items.

    Attributes:
        id: From the founding item (`ids.story_id`); stays when items join.
        item_ids: Merged items.
        proposed_ids: Items proposed as the same news, not yet accepted; still one in the mail.
        lead_by_language: (language, item id): which telling stands for the story, best first source.
        first_seen, last_seen: When the first and the latest of its items were met.
    """

    id: str
    item_ids: tuple[str, ...]
    proposed_ids: tuple[str, ...] = ()
    lead_by_language: tuple[tuple[str, str], ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    matches: tuple[Match, ...] = ()

    @property
    def all_ids(self) -> tuple[str, ...]:
        """Merged and proposed items."""
        return (*self.item_ids, *self.proposed_ids)


class Correction(StrEnum):
    """What an editor corrected."""

    LANGUAGE = "language"
    TOPICS = "topics"
    KIND = "kind"
    SAME = "same"  # merge these two
    DIFFERENT = "different"  # never these two


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRecord:
    """
    One correction, kept for ever (it cannot be recovered later).

    `subject` and `other` are item ids; `before` and `after` are plain strings
    (topics comma-separated).
    """

    id: str
    what: Correction
    subject: str
    other: str = ""
    before: str = ""
    after: str = ""
    by: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """
    What grouping keeps of one item, so that later items are compared without reading its text again.

    Attributes:
        fingerprint: Of the item it was made from; another one means the trace is out of date.
        seen: When the item was first seen; traces older than the window are dropped.
        keys: Hashes under which the item is found as a candidate (word triples, names, numbers).
        words: Hashes of its distinct words, for counting how common a word is.
        data: The packed features; only `sorting.features` reads them.
    """

    item_id: str
    fingerprint: str
    seen: datetime
    keys: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    data: bytes = b""
