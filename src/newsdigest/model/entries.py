"""Entries: what the publisher wrote, as read from a document, before we clean or judge it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsdigest.model.sources import PageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an entry. `length` in bytes, None where not given."""

    url: str
    type: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of a text is news, as an item keeps it (`Item` says what each is)."""

    core: tuple[tuple[int, int], ...] = ()
    teaser: str = ""
    dateline: str = ""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """
    What comparing and keeping an entry need of its text, made beside the parsing.

    Attributes:
        title: One line of text.
        text: The body as plain text, boilerplate included.
        keys: kind to alias (`identity.Candidate`).
        fingerprint: Of the normalised title and text.
        shape: Of the text; None where it is not made until the entry is known to be new.
    """

    title: str
    text: str
    keys: dict[str, str]
    fingerprint: str
    shape: Shape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One entry of a document.

    Links are absolute; titles, authors and categories are text; HTML is already
    cleaned to the small allow-list (nh3, in the child process). Dates are aware
    UTC, or None where the raw string could not be read; the raw string stays.
    Files in a folder: `organisation` is named by the sub-folder, `sender` is the mail's `Name <address>`.
    """

    guid: str | None = None
    url: str | None = None
    title: str = ""
    summary_html: str = ""
    content_html: str = ""
    published: datetime | None = None
    published_raw: str = ""
    updated: datetime | None = None
    updated_raw: str = ""
    language: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image_url: str | None = None
    image_alt: str = ""
    alternates: tuple[tuple[str, str], ...] = ()  # (language, url) from hreflang links
    is_date_only: bool = False
    organisation: str = ""
    sender: str = ""
    digest: Digest | None = None

    @property
    def html(self) -> str:
        """The fuller of content and summary."""
        return self.content_html if len(self.content_html) >= len(self.summary_html) else self.summary_html


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHints:
    """What a document says about how often to come back."""

    ttl: timedelta | None = None
    update_interval: timedelta | None = None  # sy:updatePeriod / updateFrequency
    skip_hours: frozenset[int] = frozenset()  # GMT
    skip_days: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """
    A feed, page or file as read: its own facts and its entries, newest first as served.

    Attributes:
        format: `rss20`, `atom10`, `jsonfeed11`, `page`, `folder`, … or "" when it is none.
        problems: What had to be repaired or was dropped, one plain sentence each.
    """

    format: str = ""
    title: str = ""
    language: str | None = None
    home_url: str | None = None
    self_url: str | None = None
    entries: tuple[Entry, ...] = ()
    hints: FeedHints = field(default_factory=FeedHints)
    problems: tuple[str, ...] = ()
    total_entries: int = 0  # before the cap
    page_rules: PageRules | None = None  # by which a list page was read: given or recognised
    repeated: tuple[tuple[str, str], ...] = ()  # paragraphs its entries share: key, first words
