"""Sources: the feeds, pages and folders of the organisations we read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from newsdigest.text import names


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    PAGE = "page"
    FOLDER = "folder"


class SourceType(StrEnum):
    """What stands behind a source; decides the preferred telling of a story (domain spec, section 6)."""

    ASSOCIATION = "association"
    MEMBER = "member"
    INSTITUTE = "institute"
    MINISTRY = "ministry"
    SCIENCE_SERVICE = "science_service"
    WIRE = "wire"
    PLATFORM = "platform"
    PORTAL = "portal"
    NEWSPAPER = "newspaper"


class Trust(StrEnum):
    """How much a source may do by itself."""

    OWN = "own"  # our own news
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"  # never into an edition without a person's look
    HEADLINE = "headline"  # headline and link only (press publishers' right)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """CSS selectors for a list page. A missing container is an error, never "0 items"."""

    container: str
    item: str
    title: str = ""
    link: str = "a[href]"
    date: str = ""
    summary: str = ""
    detail: str = ""  # where the text stands on the linked page; empty: not fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    One feed, page or folder of one organisation, as configured.

    Attributes:
        id: Slug, unique in the workspace.
        url: Address of the document; for a folder a path.
        organisation: Who speaks; sources of one organisation share it. Empty: what `speaker` makes of the name
            (a folder's files: their own, `speakers.speaker`).
        language: What the source is said to be written in; a weak prior. None: unknown.
        fixed_language: Overrides the judge for every item of this source.
        interval: Shortest time between two looks.
        zone: IANA name used for dates without a zone.
        origin: `config` (sources.yaml) or `added` (command line, newsroom).
    """

    id: str
    name: str
    url: str
    kind: SourceKind = SourceKind.FEED
    type: SourceType = SourceType.MEMBER
    organisation: str = ""
    homepage: str = ""
    language: str | None = None
    fixed_language: str | None = None
    trust: Trust = Trust.NORMAL
    interval: timedelta = timedelta(minutes=60)
    zone: str = "Europe/Berlin"
    topics: tuple[str, ...] = ()
    item_kind: str | None = None
    page_rules: PageRules | None = None
    fetches_full_text: bool = False
    shows_images: bool = False
    image_credit: str = ""
    notices: tuple[str, ...] = ()
    boilerplate: tuple[str, ...] = ()
    is_paused: bool = False
    origin: str = "config"

    @property
    def speaker(self) -> str:
        """The organisation, else the source's name without what only names a part of a website."""
        return self.organisation or names.organisation(self.name)


class FetchResult(StrEnum):
    """What came of one look at a source (kept in its state and in the health report)."""

    NEVER = "never"
    OK = "ok"
    NOT_MODIFIED = "not_modified"
    UNCHANGED = "unchanged"  # 200, but byte for byte what we had
    FAILED = "failed"
    BLOCKED = "blocked"
    GONE = "gone"
    NOT_A_FEED = "not_a_feed"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """
    What is known of a source from looking at it. Times are aware UTC.

    Attributes:
        etag, last_modified: Validators as received, byte for byte (F: H3).
        failures: Failed looks in a row.
        policy: Which identity aliases can be trusted for this source (feeds spec, section 3).
        evidence: Free facts for the health report, JSON-like.
    """

    source_id: str
    url: str = ""
    etag: bytes | None = None
    last_modified: bytes | None = None
    body_hash: str | None = None
    parser_version: str = ""
    next_look: datetime | None = None
    last_look: datetime | None = None
    last_success: datetime | None = None
    last_new_item: datetime | None = None
    last_result: FetchResult = FetchResult.NEVER
    last_error: str = ""
    failures: int = 0
    failing_since: datetime | None = None
    has_base_line: bool = False
    policy: str = ""
    evidence: dict[str, object] = field(default_factory=dict)
