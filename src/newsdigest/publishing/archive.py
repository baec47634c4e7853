"""
The archive: every edition that went out as a web page per language.

Built from the edition, never from a recipient's copy (T27), so there is no token to leak. A story
that was taken down or withdrawn is left out here too, however long ago it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from newsdigest.model.channels import Channel, ChannelEntry, guid
from newsdigest.model.editions import Edition, EditionState, Placement
from newsdigest.model.items import EventDates
from newsdigest.model.newsletters import Newsletter, say
from newsdigest.publishing.channels import Origin, Site, is_blocked
from newsdigest.publishing.mentions import words_key
from newsdigest.text import public_links
from newsdigest.text.urls_public import public_url

HEADLINES = 3
"""So many headlines stand below an edition in the list."""

_NO_SECTION = {"in-de": "in_de", "in-en": "in_en", "in-other": "in_other"}
"""Sections no newsletter configures: stories told only in another language (`Newsletter.other_language`)."""

_LANGUAGE_WORDS = {"de": "archive.in_german", "en": "archive.in_english"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedStory:
    """One story on an edition's page. `lang` is set where it is not the page's language."""

    anchor: str
    headline: str
    teaser: str
    url: str
    organisation: str
    lang: str = ""
    lang_word: str = ""
    published: datetime | None = None
    event: EventDates | None = None
    deadline: date | None = None
    also_at: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    image_url: str = ""
    image_alt: str = ""
    image_credit: str = ""
    image_size: tuple[int, int] = (0, 0)
    calendar_url: str = ""
    is_advertisement: bool = False
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedSection:
    """A section with its stories, in the order they were sent; `title_word` stands in for a missing title."""

    title: str
    title_word: str
    stories: tuple[ArchivedStory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedEdition:
    """An edition as its page in one language shows it."""

    id: str
    language: str
    newsletter: str
    subject: str
    day: date
    sent_at: datetime
    url: str
    introduction: str = ""
    sections: tuple[ArchivedSection, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def stories(self) -> tuple[ArchivedStory, ...]:
        """All stories in order."""
        return tuple(story for section in self.sections for story in section.stories)

    @property
    def number(self) -> int:
        """How many stories there are."""
        return len(self.stories)

    @property
    def headlines(self) -> tuple[tuple[str, str], ...]:
        """The first (headline, other language or "")."""
        return tuple((story.headline, story.lang) for story in self.stories[:HEADLINES])

    @property
    def description(self) -> str:
        """One line for link previews and search engines."""
        text = " ".join(self.introduction.split()) or " · ".join(
            story.headline for story in self.stories[:HEADLINES]
        )
        return text if len(text) <= 200 else text[:199].rsplit(" ", 1)[0] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One story found by a search."""

    headline: str
    organisation: str
    lang: str
    day: date
    edition_url: str
    anchor: str


def is_archived(edition: Edition) -> bool:
    """Whether mails have begun to go out: from then on "view in browser" must work, also after a stop."""
    if edition.state in (EditionState.SENDING, EditionState.SENT):
        return True
    stopped = (EditionState.PAUSED, EditionState.NEEDS_DECISION, EditionState.CANCELLED)
    return edition.state in stopped and edition.started_at is not None


def archived(
    editions: Iterable[Edition],
    *,
    language: str,
    newsletters: Mapping[str, Newsletter],
    origins: Mapping[str, Origin],
    taken_down: frozenset[str],
    site: Site,
    now: datetime,
) -> tuple[ArchivedEdition, ...]:
    """Return the pages of a language, newest first; an edition without stories in it has none."""
    made = []
    for edition in editions:
        newsletter = newsletters.get(edition.newsletter_id)
        if newsletter is None or not is_archived(edition):
            continue
        shown = [
            placement
            for placement in edition.placed(language)
            if not is_blocked(placement, origins.get(placement.item_id, Origin()), taken_down, now)
        ]
        if edition.placed(language):
            made.append(_edition(edition, newsletter, language, shown, site, taken_down))
    return tuple(sorted(made, key=lambda e: (e.day, e.id), reverse=True))


def _edition(
    edition: Edition,
    newsletter: Newsletter,
    language: str,
    shown: Sequence[Placement],
    site: Site,
    taken_down: frozenset[str],
) -> ArchivedEdition:
    title = newsletter.title(language)
    titles = {section.id: say(section.titles, language) for section in newsletter.sections}
    order = list(
        dict.fromkeys([*(section.id for section in newsletter.sections), *(p.section_id for p in shown)])
    )
    sections = []
    for section_id in order:
        stories = tuple(_story(p, language, site) for p in shown if p.section_id == section_id)
        if stories:
            word = f"archive.section_{_NO_SECTION.get(section_id, 'other')}"
            sections.append(
                ArchivedSection(title=titles.get(section_id, ""), title_word=word, stories=stories)
            )
    subject, introduction = _own_words(edition, language, taken_down)
    noon = datetime.combine(edition.day, time(12), ZoneInfo(site.zone))
    return ArchivedEdition(
        id=edition.id,
        language=language,
        newsletter=title,
        subject=subject or f"{title} {edition.day:%V/%G}",
        day=edition.day,
        sent_at=edition.started_at or noon,
        url=public_links.edition(site.base_url, language, edition.id),
        introduction=introduction,
        sections=tuple(sections),
        notices=(say(newsletter.notices, language),) if newsletter.notices else (),
    )


def _own_words(edition: Edition, language: str, taken_down: frozenset[str]) -> tuple[str, str]:
    """Return subject and introduction, "" where they were taken down or the subject is a headline that was."""
    if words_key(edition.id, language) in taken_down:
        return "", ""
    subject = dict(edition.subjects).get(language, "")
    gone = [p.headline.casefold() for p in edition.placements if p.story_id in taken_down and p.headline]
    if any(headline in subject.casefold() for headline in gone):
        subject = ""
    return subject, dict(edition.introductions).get(language, "")


def _story(placement: Placement, language: str, site: Site) -> ArchivedStory:
    other = placement.text_language if placement.text_language != language else ""
    also = tuple((name, good) for name, url in placement.also_at if name and (good := public_url(url)))
    return ArchivedStory(
        anchor=f"s-{placement.story_id}",
        headline=placement.headline,
        teaser=placement.teaser,
        url=public_url(placement.url) or "",
        organisation=placement.organisation,
        lang=other,
        lang_word=_LANGUAGE_WORDS.get(other, "archive.in_other"),
        published=placement.published,
        event=placement.event,
        deadline=placement.open_until,
        also_at=also,
        notices=placement.notices,
        image_url=public_links.image(site.base_url, placement.image_url) if placement.image_url else "",
        image_alt=placement.image_alt,
        image_credit=placement.image_credit,
        image_size=placement.image_size,
        calendar_url=public_links.event(site.base_url, language, placement.story_id)
        if placement.event and placement.event.has_day
        else "",
        is_advertisement=placement.is_advertisement,
        is_cancelled=placement.event is not None and placement.event.is_cancelled,
    )


def search(editions: Iterable[ArchivedEdition], query: str, *, limit: int = 100) -> tuple[Hit, ...]:
    """Return stories that hold every word of the query (any case, within words too), newest first."""
    words = query.casefold().split()[:10]
    found: list[Hit] = []
    if not words:
        return ()
    for edition in editions:
        for story in edition.stories:
            text = f"{story.headline} {story.teaser} {story.organisation}".casefold()
            if all(word in text for word in words):
                found.append(
                    Hit(
                        headline=story.headline,
                        organisation=story.organisation,
                        lang=story.lang,
                        day=edition.day,
                        edition_url=edition.url,
                        anchor=story.anchor,
                    )
                )
                if len(found) == limit:
                    return tuple(found)
    return tuple(found)


def channel(editions: Sequence[ArchivedEdition], *, language: str, site: Site, title: str) -> Channel:
    """Return the archive's own feed: one entry per edition."""
    publisher = site.publisher.get(language) or next(iter(site.publisher.values()), "newsdigest")
    entries = tuple(
        ChannelEntry(
            guid=guid(edition.id, language),
            story_id=edition.id,
            title=edition.subject,
            teaser=edition.description,
            url=edition.url,
            organisation=publisher,
            published=edition.sent_at.replace(microsecond=0),
            changed=edition.sent_at.replace(microsecond=0),
        )
        for edition in editions[: site.limit]
    )
    return Channel(
        id="archive",
        language=language,
        title=f"{publisher}: {title}",
        description=f"{title}, {publisher}",
        url=f"{site.base_url}/feeds/{language}/archive",
        home_url=public_links.archive(site.base_url, language),
        publisher=publisher,
        entries=entries,
        zone=site.zone,
    )
