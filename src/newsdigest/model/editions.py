"""Editions: one dated newsletter, its placements, and the approval bound to its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from newsdigest.model import ids
from newsdigest.model.items import EventDates
from newsdigest.model.newsletters import Words

# Where a recipient's own links will stand. URLs, because the inliner would spoil `{{ x }}` in an
# href (R15); every one holds `u.invalid`, of which no outgoing byte string may keep a trace.
TOKEN_HOST = "u.invalid"  # noqa: S105 - a place-holder
TOKEN_UNSUBSCRIBE = "https://u.invalid/unsubscribe"  # noqa: S105 - a place-holder
TOKEN_PREFERENCES = "https://u.invalid/preferences"  # noqa: S105 - a place-holder
TOKEN_WEB = "https://u.invalid/web"  # noqa: S105 - a place-holder
TOKEN_NAME = "u.invalid/name"  # noqa: S105 - a place-holder
"""The reader's name, for previews only: the shipped templates name nobody, as a forwarded mail would tell."""


class EditionState(StrEnum):
    """`collecting > draft > in review > approved > scheduled > sending > (paused | needs decision) > sent`."""

    COLLECTING = "collecting"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    NEEDS_DECISION = "needs_decision"
    SENT = "sent"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


OPEN_TO_EDITORS = frozenset(
    {
        EditionState.COLLECTING,
        EditionState.DRAFT,
        EditionState.IN_REVIEW,
        EditionState.REJECTED,
        EditionState.APPROVED,
        EditionState.SCHEDULED,
        EditionState.NEEDS_DECISION,
    }
)
"""States in which words may change; a change makes an approval void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """
    A story as it stands in one language of an edition: exactly the words that will be sent.

    Attributes:
        id: Story id and language; unique within the edition.
        language: Which edition language it stands in.
        text_language: In which language headline and teaser are written.
        item_id: The telling that leads here.
        also_at: (organisation, url) of other tellings.
        reasons: Why it is here, in plain words (source, time, topic evidence, merges).
        held: Why it only waits (`embargo`, `low_trust`, `over_limit`, `fair_share`, `no_topic`, …);
            set for placements in `Edition.waiting` only.
        tellings: How many items tell the story.
        image_url: File name of our own copy of the picture, "" where none is shown.
        is_dropped: "Not this": remembered, shown greyed, not sent.
        is_lead: Pinned on top.
        is_own: Written by the editor, not told by a source.
        has_teaser_edited, has_headline_edited, has_link_edited: The editor's own words, which nothing overwrites.
        embargo_until: No reader may see it before; None without embargo.
        is_repeated: No news: an event still to come that stood in an edition before, or was announced long ago.
        item_fingerprint: Of the telling's words as they were when placed; another one now means
            that the source has changed them since. "" where nobody noted it.
    """

    id: str
    story_id: str
    item_id: str
    language: str
    text_language: str
    section_id: str
    position: int
    headline: str
    teaser: str
    url: str
    organisation: str
    kind: str = "news"
    topics: tuple[str, ...] = ()
    published: datetime | None = None
    also_at: tuple[tuple[str, str], ...] = ()
    event: EventDates | None = None
    deadline: date | None = None
    notices: tuple[str, ...] = ()
    image_url: str = ""
    image_alt: str = ""
    image_credit: str = ""
    image_size: tuple[int, int] = (0, 0)
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    held: str = ""
    tellings: int = 1
    weight: float = 0.0
    is_dropped: bool = False
    is_lead: bool = False
    is_own: bool = False
    is_advertisement: bool = False
    has_teaser_edited: bool = False
    has_headline_edited: bool = False
    has_link_edited: bool = False
    embargo_until: datetime | None = None
    is_repeated: bool = False
    item_fingerprint: str = ""

    @property
    def open_until(self) -> date | None:
        """The deadline readers go by: of a call, a vacancy, registering for an event; a day named in news is none."""
        return self.deadline if self.kind in ("call", "job", "event") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who approved which content hash when. Void as soon as the content's hash differs."""

    content_hash: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """
    One dated issue of a newsletter; holds all its languages.

    Attributes:
        day: Local date of sending; with the newsletter it makes the id.
        window: First-seen instants from which (inclusive) to which (exclusive) stories count.
        send_at: Planned instant, aware UTC.
        version: Grows with every stored change; refuses lost updates.
        introductions, subjects, preheaders: Per language.
        state_reason: Why skipped, paused, rejected, cancelled or in need of a decision.
        follows: The edition this one corrects, if any.
        waiting: Seen in the window, but not placed by itself; an editor may keep it.
        left_out: (story id, why) of what the window held and the rules excluded.
    """

    id: str
    newsletter_id: str
    day: date
    number: int
    state: EditionState
    window: tuple[datetime, datetime]
    send_at: datetime
    created_at: datetime
    placements: tuple[Placement, ...] = ()
    introductions: Words = ()
    subjects: Words = ()
    preheaders: Words = ()
    state_reason: str = ""
    approval: Approval | None = None
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    follows: str = ""
    waiting: tuple[Placement, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    def placement(self, placement_id: str) -> Placement | None:
        """The placement of that id, among those placed, dropped and waiting."""
        return next((p for p in (*self.placements, *self.waiting) if p.id == placement_id), None)

    def placed(self, language: str) -> tuple[Placement, ...]:
        """What stands in that language, in order, without what was dropped."""
        mine = [p for p in self.placements if p.language == language and not p.is_dropped]
        return tuple(sorted(mine, key=lambda p: p.position))


def variant_id(language: str, topics: tuple[str, ...] = ()) -> str:
    """Return `de` for everything, `de.<8 hex>` for a choice of topics (order does not matter)."""
    return f"{language}.{ids.derive('topics', *sorted(set(topics)))[:8]}" if topics else language


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    The edition as rendered for one language and choice of topics: what is previewed and sent.

    `html` and `text` still hold the recipient tokens (`https://u.invalid/…`), which are
    replaced per recipient by strings; nothing else changes between preview and wire.

    Attributes:
        id: `de`, or `de.<8 hex>` for a choice of topics.
        topics: The choice; empty means all.
        digest: SHA-256 over subject, preheader, html and text.
        story_ids: What stands in it; empty means nothing to send to who chose these topics.
        warnings: What had to be shortened or left out, one plain sentence each.
        links: Every absolute link in it, tokens too.
        content_hash: Of the edition it was rendered from (see `Approval`).
    """

    edition_id: str
    id: str
    language: str
    topics: tuple[str, ...] = ()
    subject: str
    preheader: str = ""
    html: str
    text: str
    digest: str
    story_ids: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    links: tuple[str, ...] = field(default=())
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionChange:
    """One stored step of an edition's history; what the newsroom shows and takes back."""

    version: int
    what: str
    by: str
    at: datetime
