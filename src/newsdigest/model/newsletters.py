"""Newsletters: the recurring publications, as configured. Pure data; `cadence.py` computes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from datetime import time as clock_time
from enum import StrEnum

from newsdigest.text import colours

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
        limit: Stories at most; what is over waits for the editor's look.
        per_organisation: Stories of one organisation at most (fair share); 0: no limit.
        rank: Which section takes first, lower first; equal ranks take in the order they stand.
        joins: Id of the section in which its stories stand instead; it then only takes.
        repeats: What was sent before stands here again until its event or deadline is over.
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
    rank: int = 100
    repeats: bool = False
    joins: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """
    When a newsletter goes out, local to its zone. Weekdays: 0 is Monday.

    Attributes:
        every_weeks: 1 weekly, 2 every other ISO-counted week from `anchor`.
        cut_off_weekday, cut_off_time: The last such moment before sending ends the window; it
            moves with an edition that moves.
        pauses: Local date ranges, both ends included, in which nothing goes out.
        holidays: `saxony` or "" (none); an edition on a holiday moves to `on_holiday`.
        on_holiday: `before`, `after` (next working day) or `skip`.
        specials: Extra local dates.
        skip_below: Fewer new stories than this: skipped, visibly.
    """

    weekday: int = 3
    time: clock_time = clock_time(10, 0)
    every_weeks: int = 1
    anchor: date = date(2026, 1, 5)
    cut_off_weekday: int = 2
    cut_off_time: clock_time = clock_time(12, 0)
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
        other_language_limit: Titles at most in each such list.
        max_age_days: News published longer ago than this when first seen are stock, not news.
        imprint: Per language; the mail is refused without it.
        publishers: Name of the association per language, as it stands in the mast head.
        signatures: Under the introduction (name and office).
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
    other_language_limit: int = 12
    max_age_days: int = 60
    publishers: Words = ()
    signatures: Words = ()
    preferred_sources: tuple[str, ...] = (
        "association",
        "member",
        "institute",
        "science_service",
        "ministry",
        "wire",
        "platform",
        "portal",
        "newspaper",
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

    def section(self, section_id: str) -> Section | None:
        """The section of that id, None where there is none."""
        return next((section for section in self.sections if section.id == section_id), None)


LEAST_CONTRAST = 4.5
"""Of text on its ground (WCAG 2.2, 1.4.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one mode, each `#rrggbb`; text on its ground has a contrast of at least 4.5:1."""

    page: str  # around the sheet
    sheet: str  # under the text
    panel: str  # quiet boxes: dates, introduction
    ink: str  # text and titles
    muted: str  # dates, organisations, footer
    accent: str  # links, section titles
    rule: str  # lines
    alert: str  # cancelled, moved, deadline close

    @property
    def contrasts(self) -> dict[tuple[str, str], float]:
        """(text, ground) to their ratio, for every pair that the templates set."""
        return {
            (text, ground): colours.contrast(getattr(self, text), getattr(self, ground))
            for ground in ("sheet", "panel", "page")
            for text in ("ink", "muted", "accent", "alert")
        }

    @property
    def least_contrast(self) -> float:
        """The ratio of the pair that is hardest to read."""
        return min(self.contrasts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """
    An association's own look, without touching templates.

    Attributes:
        logo_url: Absolute https; empty: the name is set in type.
        logo_size: Width and height in px as shown.
        heading_font, text_font: CSS font stacks of fonts readers have; none is loaded.
        footers: Lines above the imprint, per language (co-financing, sponsor mark).
    """

    id: str = "default"
    light: Palette
    dark: Palette
    logo_url: str = ""
    logo_alt: Words = ()
    logo_size: tuple[int, int] = (0, 0)
    heading_font: str
    text_font: str
    footers: Words = ()
