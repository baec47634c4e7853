"""Newsletters: the recurring publications, as configured. Pure data; `cadence.py` computes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

Words = tuple[tuple[str, str], ...]
"""(language, text) pairs; `say` picks one."""


def say(words: Words, language: str) -> str:
    """Return the text in that language, else the first, else ""."""
    return dict(words).get(language) or (words[0][1] if words else "")


class SectionOrder(StrEnum):
    """By what the placements of a section are ordered."""

    WEIGHT = "weight"
    NEWEST = "newest"
    START = "start"  # events: by start, not by publication
    DEADLINE = "deadline"
    ORGANISATION = "organisation"


class SectionLayout(StrEnum):
    """How much of a story a section shows."""

    TEASER = "teaser"
    LINE = "line"  # date or deadline, title, organisation
    HEADLINE = "headline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """
    One section of a newsletter. Stories go to the first section that takes them.

    Attributes:
        kinds, topics, source_types, trusts: What it takes; an empty tuple takes all.
        limit: Stories at most; what is over goes on to later sections or waits as "more".
        per_organisation: Stories of one organisation at most (fair share); 0: no limit.
    """

    id: str
    titles: Words
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    trusts: tuple[str, ...] = ()
    limit: int = 10
    per_organisation: int = 0
    order: SectionOrder = SectionOrder.WEIGHT
    layout: SectionLayout = SectionLayout.TEASER


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """
    When a newsletter goes out, local to its zone. Weekdays: 0 is Monday.

    Attributes:
        every_weeks: 1 weekly, 2 every other ISO-counted week from `anchor`.
        cut_off_weekday, cut_off_time: The last such moment before sending ends the window.
        pauses: Local date ranges, both ends included, in which nothing goes out.
        holidays: `saxony` or "" (none); an edition on a holiday moves to `on_holiday`.
        on_holiday: `before`, `after` (next working day) or `skip`.
        specials: Extra local dates.
        skip_below: Fewer new stories than this: skipped, visibly.
    """

    weekday: int = 3
    time: time = time(10, 0)
    every_weeks: int = 1
    anchor: date = date(2026, 1, 5)
    cut_off_weekday: int = 2
    cut_off_time: time = time(12, 0)
    pauses: tuple[tuple[date, date], ...] = ()
    holidays: str = "saxony"
    on_holiday: str = "before"
    specials: tuple[date, ...] = ()
    skip_below: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """From whom the mail comes; plain ASCII address, any display name per language."""

    address: str
    names: Words
    reply_to: str = ""
    list_id: str = ""  # e.g. weekly.example.org


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """
    One recurring publication.

    Attributes:
        languages: The editions' languages, e.g. ("de", "en").
        other_language: What to do with stories told only in another language:
            `list` (titles under "In German") or `omit`.
        preferred_sources: Source types, best first; which telling leads a story.
        notices: Sentences that stand in every edition in full (per language).
        imprint: Per language; the mail is refused without it.
        is_automatic: Sends without approval. Off by default; the product's promise is the contrary.
        needs_four_eyes: Approver must not be the last editor.
        undo_minutes: Time between "send" and the first mail.
        grace_minutes: A planned start missed by more than this needs a decision.
    """

    id: str
    titles: Words
    languages: tuple[str, ...]
    sections: tuple[Section, ...]
    sender: Sender
    cadence: Cadence = field(default_factory=Cadence)
    zone: str = "Europe/Berlin"
    subtitles: Words = ()
    imprint: Words = ()
    privacy_url: Words = ()
    web_url: str = ""
    notices: Words = ()
    introductions: Words = ()
    other_language: str = "list"
    preferred_sources: tuple[str, ...] = (
        "association", "member", "institute", "science_service", "ministry", "wire", "platform", "portal", "newspaper",
    )
    teaser_characters: int = 320
    headline_characters: int = 90
    max_html_bytes: int = 100_000
    is_automatic: bool = False
    needs_four_eyes: bool = False
    undo_minutes: int = 10
    grace_minutes: int = 120
    editors: tuple[str, ...] = ()
    testers: tuple[str, ...] = ()
    theme: str = "default"

    def title(self, language: str) -> str:
        """The newsletter's name in that language."""
        return say(self.titles, language)
