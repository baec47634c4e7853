"""
Which stories stand in which channel.

A story is published once an editor has approved an edition it stands in: then its words
are those of the newest such edition, its guid stays, and its `changed` moves only when the
words do. What is embargoed, withdrawn or taken down is left out of everything, whatever an
edition says. Tried and refused: publishing stories as soon as they are sorted; what nobody
approved must not leak.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from newsdigest.model.channels import KINDS, Channel, ChannelEntry, ChannelFile, guid
from newsdigest.model.editions import Edition, EditionState, Placement
from newsdigest.text.urls_public import public_url

PUBLIC_STATES = frozenset(
    {EditionState.APPROVED, EditionState.SCHEDULED, EditionState.SENDING, EditionState.SENT}
)
NAMES: dict[str, dict[str, str]] = {
    "all": {"de": "Alle Nachrichten", "en": "All news"},
    "own": {"de": "Aus dem Verband", "en": "From the association"},
    "members": {"de": "Aus den Mitgliedsunternehmen", "en": "From our members"},
    "events": {"de": "Veranstaltungen", "en": "Events"},
    "calls": {"de": "Förderaufrufe und Ausschreibungen", "en": "Funding calls and tenders"},
    "jobs": {"de": "Stellenangebote", "en": "Jobs"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """
    Where an item comes from, as far as publishing must know.

    Attributes:
        is_withdrawn: Taken back by its source or a person.
        embargo_until: Not to be published before.
    """

    source_name: str = ""
    source_url: str = ""
    source_type: str = ""
    trust: str = ""
    is_withdrawn: bool = False
    embargo_until: datetime | None = None
    enclosure: ChannelFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    What every channel has in common.

    Attributes:
        base_url: Absolute address of the site, without a slash at the end.
        topics: (topic id, {language: name}).
        zone: IANA name; events are local to it.
    """

    base_url: str
    home_url: str
    publisher: Mapping[str, str]
    topics: tuple[tuple[str, Mapping[str, str]], ...] = ()
    zone: str = "Europe/Berlin"
    limit: int = 50


def is_public(edition: Edition) -> bool:
    """Whether its stories may stand in channels: approved; a pause while sending changes nothing."""
    if edition.approval is None:
        return False
    return edition.state in PUBLIC_STATES or (
        edition.state in (EditionState.PAUSED, EditionState.NEEDS_DECISION) and edition.started_at is not None
    )


def is_blocked(placement: Placement, origin: Origin, taken_down: frozenset[str], now: datetime) -> bool:
    """Whether a story must not be shown: taken down, withdrawn, embargoed, or without a good link."""
    return (
        placement.story_id in taken_down
        or origin.is_withdrawn
        or (origin.embargo_until is not None and origin.embargo_until > now)
        or not placement.headline.strip()
        or public_url(placement.url) is None
    )


def entries(
    editions: Iterable[Edition],
    *,
    language: str,
    origins: Mapping[str, Origin],
    topics: Mapping[str, str],
    taken_down: frozenset[str] = frozenset(),
    now: datetime,
) -> tuple[ChannelEntry, ...]:
    """
    Return every published story of that language once, newest first.

    Args:
        editions: In any order; those not public are passed over.
        origins: By item id; an item not known any more has an empty origin.
        topics: Topic id to its name in this language.
    """
    told: dict[str, ChannelEntry] = {}
    order: dict[str, tuple[datetime, int]] = {}
    public = sorted(
        (e for e in editions if is_public(e)), key=lambda e: (e.day, e.newsletter_id, e.created_at)
    )
    for edition in public:
        approved = edition.approval.at if edition.approval else edition.send_at
        for rank, placement in enumerate(edition.placed(language)):
            origin = origins.get(placement.item_id, Origin())
            if is_blocked(placement, origin, taken_down, now):
                told.pop(placement.story_id, None)
                continue
            new = _entry(placement, origin, topics, approved)
            old = told.get(placement.story_id)
            if old is not None:
                # The first date of publication stays, and unchanged words are no change.
                new = replace(new, published=old.published)
                new = replace(
                    new, changed=old.changed if replace(new, changed=old.changed) == old else approved
                )
            told[placement.story_id] = new
            order[placement.story_id] = (approved, -rank)
    return tuple(sorted(told.values(), key=lambda e: (order[e.story_id], e.guid), reverse=True))


def _entry(
    placement: Placement, origin: Origin, topics: Mapping[str, str], approved: datetime
) -> ChannelEntry:
    published = placement.published if placement.published and placement.published <= approved else approved
    named = tuple((topic, topics[topic]) for topic in placement.topics if topic in topics)
    return ChannelEntry(
        guid=guid(placement.story_id, placement.language),
        story_id=placement.story_id,
        title=placement.headline,
        teaser=placement.teaser,
        url=public_url(placement.url) or "",
        organisation=placement.organisation,
        published=published.replace(microsecond=0),
        changed=approved.replace(microsecond=0),
        kind=placement.kind,
        source_type=origin.source_type,
        trust=origin.trust,
        source_name=origin.source_name or placement.organisation,
        source_url=public_url(origin.source_url) or "",
        text_language="" if placement.text_language == placement.language else placement.text_language,
        topics=named,
        notices=placement.notices,
        event=placement.event,
        deadline=placement.open_until,
        enclosure=origin.enclosure,
        is_own=placement.is_own,
        is_advertisement=placement.is_advertisement,
    )


def takes(kind: str, entry: ChannelEntry) -> bool:
    """Whether a channel of that kind shows that story."""
    match kind:
        case "own":
            return entry.is_own or entry.trust == "own" or entry.source_type == "association"
        case "members":
            return entry.source_type == "member" or entry.kind == "new_member"
        case "events":
            return entry.kind == "event" or entry.event is not None
        case "calls":
            return entry.kind == "call"
        case "jobs":
            return entry.kind == "job"
        case _:
            return True


def channels(told: Sequence[ChannelEntry], *, language: str, site: Site) -> tuple[Channel, ...]:
    """Return every channel of a language, empty ones too: a website that embeds one must not see it go."""
    made = [
        _channel(
            kind,
            NAMES[kind].get(language, NAMES[kind]["en"]),
            [e for e in told if takes(kind, e)],
            language,
            site,
        )
        for kind in KINDS
    ]
    for topic, names in site.topics:
        mine = [entry for entry in told if any(topic == id_ for id_, _ in entry.topics)]
        made.append(
            _channel(
                f"topic-{topic}", names.get(language) or next(iter(names.values())), mine, language, site
            )
        )
    return tuple(made)


def of_one(entry: ChannelEntry, *, language: str, site: Site) -> Channel:
    """Return a channel of one story, for a calendar file of its own."""
    return _channel(f"event-{entry.story_id}", entry.title, [entry], language, site)


def _channel(id_: str, name: str, mine: Sequence[ChannelEntry], language: str, site: Site) -> Channel:
    publisher = site.publisher.get(language) or next(iter(site.publisher.values()), "newsdigest")
    description = {
        "de": f"{name}, zusammengestellt von {publisher}",
        "en": f"{name}, selected by {publisher}",
    }.get(language, f"{name}, {publisher}")
    return Channel(
        id=id_,
        language=language,
        title=f"{publisher}: {name}",
        description=description,
        url=f"{site.base_url}/feeds/{language}/{id_}",
        home_url=site.home_url or site.base_url + "/",
        publisher=publisher,
        entries=tuple(mine[: site.limit]),
        zone=site.zone,
    )
