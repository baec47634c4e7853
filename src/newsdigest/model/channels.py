"""Channels: what the website shows, per language and kind; their words and dates need no further look-up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from newsdigest.model.items import EventDates

KINDS = ("all", "own", "members", "events", "calls", "jobs")
"""The kinds of channel every language has; each topic has one of its own beside them."""


def guid(story_id: str, language: str) -> str:
    """
    Return the stable id of a story in a channel of that language.

    A name-based UUID of the story, never of host, title or link: a reader sees an edited
    or moved story as the same one.
    """
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'newsdigest:story:{story_id}:{language}')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFile:
    """An enclosure: absolute URL, media type, length in bytes (0: unknown)."""

    url: str
    type: str
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEntry:
    """
    One story in a channel.

    Attributes:
        guid: See `guid`; not a permalink.
        published: When it was published where it comes from, else when the edition was approved.
        changed: When these words were approved.
        topics: (id, name in the channel's language).
        source_name, source_url: The origin: who tells it, and its feed or home page.
        text_language: Language of title and teaser where it is not the channel's.
    """

    guid: str
    story_id: str
    title: str
    teaser: str
    url: str
    organisation: str
    published: datetime
    changed: datetime
    kind: str = "news"
    source_type: str = ""
    trust: str = ""
    source_name: str = ""
    source_url: str = ""
    text_language: str = ""
    topics: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    event: EventDates | None = None
    deadline: date | None = None
    enclosure: ChannelFile | None = None
    is_own: bool = False
    is_advertisement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """
    One output of the website: RSS, Atom, JSON Feed (and ICS for events) hold the same.

    Attributes:
        id: `all`, `own`, …, `topic-<topic id>`, `archive`.
        url: Absolute address of its files without the extension.
        home_url: The page it belongs to.
        entries: Newest first.
    """

    id: str
    language: str
    title: str
    description: str
    url: str
    home_url: str
    publisher: str
    entries: tuple[ChannelEntry, ...] = ()
    zone: str = "Europe/Berlin"

    @property
    def path(self) -> str:
        """The file's place in the site without its extension; made of ids and languages only (T23)."""
        return f"feeds/{self.language}/{self.id}"

    @property
    def changed(self) -> datetime | None:
        """The newest change of any entry, None for an empty channel; never "now" (P25)."""
        return max((entry.changed for entry in self.entries), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Takedown:
    """
    A story that must appear nowhere any more: channels, archive, search.

    `story_id` may be `words:<edition>:<language>` (`publishing.mentions`): an edition's own words.
    """

    story_id: str
    at: datetime
    by: str
    reason: str = ""
