"""Items: our clean copies of entries, with what we judged about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum


class ItemState(StrEnum):
    """Where an item stands."""

    FRESH = "fresh"
    BASE_LINE = "base_line"  # was there when the source was first read: stock, not news
    QUARANTINED = "quarantined"  # part of a flood; waits for an editor
    WITHDRAWN = "withdrawn"  # taken down by a person
    TOMBSTONE = "tombstone"  # text gone, identity kept


class Kind(StrEnum):
    """What kind of item it is (domain spec, section 4); independent of topics."""

    NEWS = "news"
    EVENT = "event"
    CALL = "call"
    JOB = "job"
    NEW_MEMBER = "new_member"
    PEOPLE = "people"
    PRESS_REVIEW = "press_review"
    STATEMENT = "statement"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The lead image as published; a copy of our own is made only where the source allows it."""

    url: str
    alt: str = ""
    credit: str = ""
    stored_as: str = ""  # file name in var/images, set once copied
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    Our clean copy of one entry.

    Attributes:
        id: Derived from the source and the entry's key (`ids.item_id`).
        guid: As served, raw; None where there is none.
        aliases: All keys under which this item was ever seen.
        text: Plain text of the body, whole, boilerplate included.
        core: Start and end offsets into `text` of what is left without dateline and boilerplate.
        teaser: One plain sentence or a few, cut at a sentence end, without boilerplate.
        html: Cleaned body.
        notices: Sentences that must be shown in full (co-financing).
        published: Aware UTC; None where the source gives no readable date.
        first_seen: When we met it; edition windows go by this.
        fingerprint: Hash of the normalised title and text; equal means "not changed".
        alternates: (language, url) of translations the source names itself.
        organisation: Who speaks, where it is not the source's (`speakers.speaker`).
    """

    id: str
    source_id: str
    guid: str | None
    url: str
    title: str
    first_seen: datetime
    last_seen: datetime
    fingerprint: str
    aliases: tuple[str, ...] = ()
    text: str = ""
    core: tuple[tuple[int, int], ...] = ()
    teaser: str = ""
    html: str = ""
    dateline: str = ""
    notices: tuple[str, ...] = ()
    published: datetime | None = None
    is_date_only: bool = False
    updated: datetime | None = None
    changed_at: datetime | None = None
    declared_language: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    image: Image | None = None
    enclosures: tuple[tuple[str, str], ...] = ()  # (url, type)
    alternates: tuple[tuple[str, str], ...] = ()
    organisation: str = ""
    state: ItemState = ItemState.FRESH
    judgement: Judgement | None = None

    @property
    def core_text(self) -> str:
        """The text without dateline and boilerplate, for judging."""
        if not self.core:
            return self.text
        return "\n".join(self.text[start:end] for start, end in self.core)


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageVote:
    """
    What one tool holds a text to be.

    Attributes:
        by: The tool's short name.
        language: Best of the languages we tell apart.
        confidence: 0 to 1, among those languages; not comparable between tools.
        elsewhere: Best of all languages the tool knows, where that is another one; else empty.
        weight: How much the vote counts.
    """

    by: str
    language: str
    confidence: float
    elsewhere: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageVerdict:
    """Which language an item is written in, with the votes that decided."""

    language: str  # de, en, cs, pl, fr, other, mixed, und
    confidence: float
    is_unsure: bool = False
    evidence: tuple[str, ...] = ()
    by: str = "judge"  # judge, source, editor


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScore:
    """One topic of an item: 0 < score <= 1, with the triggers that decided."""

    id: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDates:
    """
    When an event takes place, in its place's local time; `end` inclusive.

    `precision` is `day`, or `week` or `month` where no day is known yet ("KW 12", "April 2026");
    then `start` and `end` are the first and last day of it.
    """

    start: date
    end: date | None = None
    start_time: time | None = None
    end_time: time | None = None
    place: str = ""
    is_online: bool = False
    is_moved: bool = False
    is_cancelled: bool = False
    precision: str = "day"
    evidence: str = ""

    @property
    def has_day(self) -> bool:
        """Whether it can stand in a calendar: of "April 2026" nobody knows the day yet."""
        return self.precision == "day"

    @property
    def last_day(self) -> date | None:
        """The last of several days, None for an event of one."""
        return self.end if self.end and self.end > self.start else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything the sorting stage decided about one item; `by` names who has the last word."""

    language: LanguageVerdict
    kind: Kind = Kind.NEWS
    kind_reasons: tuple[str, ...] = ()
    topics: tuple[TopicScore, ...] = ()
    event: EventDates | None = None
    deadline: date | None = None
    deadline_evidence: str = ""
    embargo_until: datetime | None = None
    warnings: tuple[str, ...] = ()
    judge_version: str = ""
    judged_fingerprint: str = ""
    by_editor: tuple[str, ...] = ()  # language, topics, kind: what an editor decided, never judged again
    extra: dict[str, str] = field(default_factory=dict)
