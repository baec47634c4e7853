"""
Publish: what is approved becomes files of the website (channels, list of sources).

Read, build, check, write: the store is read in one transaction, everything is built in memory,
every feed passes our own check before it leaves, and only then are files replaced. A feed that
fails the check is not written; the one of last time stays and the report says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from newsdigest import logs
from newsdigest.model.channels import Channel, ChannelEntry, ChannelFile
from newsdigest.model.editions import OPEN_TO_EDITORS, Edition
from newsdigest.model.items import Item, ItemState
from newsdigest.model.newsletters import Newsletter
from newsdigest.model.sources import Source, SourceKind
from newsdigest.model.speakers import speaker
from newsdigest.ports.clock import Clock
from newsdigest.ports.publishing import ChannelCalendar, FeedWriter, PageRenderer, SiteWriter
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.publishing import archive, validity
from newsdigest.publishing import channels as noun
from newsdigest.publishing.archive import ArchivedEdition
from newsdigest.publishing.channels import Origin, Site
from newsdigest.publishing.pages import archive_pages
from newsdigest.publishing.snippets import snippets
from newsdigest.text import public_links
from newsdigest.text.urls_public import public_url

log = logs.get_logger(__name__)

FOLDERS = ("feeds", "opml", "archive", "embed", "assets", "images")


@dataclass
class PublishReport:
    """
    What came of one publishing.

    Attributes:
        paths: Every file of the site, changed or not, in order.
        problems: One line for each feed that was held back.
    """

    paths: list[PurePosixPath] = field(default_factory=list)
    changed: int = 0
    removed: int = 0
    stories: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """One line for the operator; "" when nothing changed."""
        if not (self.changed or self.removed or self.problems):
            return ""
        text = f"{self.changed} files changed, {self.removed} removed, {len(self.paths)} in all"
        return text + (f"; held back: {'; '.join(self.problems)}" if self.problems else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """
    What was read from the store for one publishing.

    Attributes:
        drafts: Editions that are still worked on; only their pictures are published, under names nobody guesses.
    """

    editions: tuple[Edition, ...]
    drafts: tuple[Edition, ...] = ()
    origins: dict[str, Origin]
    taken_down: frozenset[str]
    sources: tuple[Source, ...]


def read_material(unit: UnitOfWork) -> Material:
    """Return every edition that is shown anywhere, with all that decides what may be shown of it."""
    editions: list[Edition] = []
    drafts: list[Edition] = []
    for slim in unit.editions.all():
        is_shown = noun.is_public(slim) or archive.is_archived(slim)
        if is_shown or slim.state in OPEN_TO_EDITORS:
            whole = unit.editions.get(slim.id)
            if whole is not None:
                (editions if is_shown else drafts).append(whole)
    ids = {
        placement.item_id
        for edition in (*editions, *drafts)
        for placement in edition.placements
        if placement.item_id
    }
    sources = {source.id: source for source in unit.sources.all()}
    items = unit.items.get(sorted(ids))
    return Material(
        editions=tuple(editions),
        drafts=tuple(drafts),
        origins={id_: origin_of(item, sources.get(item.source_id)) for id_, item in items.items()},
        taken_down=frozenset(takedown.story_id for takedown in unit.takedowns.all()),
        sources=tuple(sources.values()),
    )


def origin_of(item: Item, source: Source | None) -> Origin:
    """Return what publishing must know of an item and of who tells it."""
    file = next(((url, type_) for url, type_ in item.enclosures if _is_file(url, type_)), None)
    return Origin(
        source_name=speaker(item, source) if source else "",
        source_url=(source.url if source.kind is not SourceKind.FOLDER else source.homepage)
        if source
        else "",
        source_type=source.type.value if source else "",
        trust=source.trust.value if source else "",
        is_withdrawn=item.state is ItemState.WITHDRAWN,
        embargo_until=item.judgement.embargo_until if item.judgement else None,
        enclosure=ChannelFile(url=public_url(file[0]) or "", type=file[1]) if file else None,
    )


def _is_file(url: str, type_: str) -> bool:
    # Pictures are not passed on: a website that shows them would load them from a stranger's host (R29).
    return bool(public_url(url)) and "/" in type_ and not type_.startswith("image/")


def publish(
    *,
    clock: Clock,
    store: Store,
    writer: SiteWriter,
    feeds: FeedWriter,
    calendar: ChannelCalendar | None,
    pages: PageRenderer,
    site: Site,
    newsletters: Mapping[str, Newsletter],
    languages: Sequence[str],
    assets: Mapping[str, bytes],
    picture: Callable[[str], bytes | None] = lambda _name: None,
) -> PublishReport:
    """
    Bring the folder up to date and say what changed.

    Args:
        assets: Name to content of what the pages need (their style sheet).
        picture: Gives our copy of a picture by its file name, None where it is lost.
    """
    now = clock.now()
    with store.read() as unit:
        material = read_material(unit)
    report = PublishReport()
    made = channels_of(material, site=site, languages=languages, now=now)
    report.stories = sum(len(channel.entries) for channel in made if channel.id == "all")
    editions = archive_of(material, site=site, newsletters=newsletters, languages=languages, now=now)
    for language, shown in editions.items():
        title = pages.word("archive.title", language)
        made.append(archive.channel(shown, language=language, site=site, title=title))
    files = {PurePosixPath(f"assets/{name}"): content for name, content in assets.items()}
    files[PurePosixPath("opml/sources.opml")] = _source_list(material, feeds, site)
    files |= checked(made, feeds=feeds, calendar=calendar, report=report)
    files |= event_files(material, calendar=calendar, site=site, languages=languages, now=now)
    files |= pictures(material, picture=picture, now=now, report=report)
    files |= archive_pages(editions, site=site, render=pages.page)
    files |= snippets(made, render=pages.page, now=now)
    _write(files, writer, report)
    return report


def channels_of(material: Material, *, site: Site, languages: Sequence[str], now: datetime) -> list[Channel]:
    """Return every channel of every language."""
    made: list[Channel] = []
    for language in languages:
        told = _told(material, language, site, now)
        made.extend(noun.channels(told, language=language, site=site))
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """One channel as it would be published: how many stories, in which formats, and why it would be held back."""

    channel: Channel
    formats: tuple[str, ...]
    problems: tuple[str, ...]


def states_of(
    channels: Sequence[Channel], *, feeds: FeedWriter, calendar: ChannelCalendar | None
) -> list[ChannelState]:
    """Return the state of each channel, in their order."""
    made = []
    for channel in channels:
        report = PublishReport()
        files = checked([channel], feeds=feeds, calendar=calendar, report=report)
        formats = tuple(path.suffix[1:] for path in files)
        made.append(ChannelState(channel=channel, formats=formats, problems=tuple(report.problems)))
    return made


def stories_in(
    material: Material, *, now: datetime, with_hidden: bool = False
) -> list[tuple[str, str, str, str]]:
    """Return (story id, headline, language, organisation) of every story shown anywhere, newest edition first."""
    found: dict[tuple[str, str], tuple[str, str, str, str]] = {}
    for edition in sorted(material.editions, key=lambda e: (e.day, e.id), reverse=True):
        for p in edition.placements:
            origin = material.origins.get(p.item_id, Origin())
            is_hidden = noun.is_blocked(p, origin, material.taken_down, now)
            if not p.is_dropped and (with_hidden or not is_hidden):
                row = (p.story_id, p.headline, p.language, p.organisation)
                found.setdefault((p.story_id, p.language), row)
    return list(found.values())


def _told(material: Material, language: str, site: Site, now: datetime) -> tuple[ChannelEntry, ...]:
    return noun.entries(
        material.editions,
        language=language,
        origins=material.origins,
        topics={id_: names.get(language) or next(iter(names.values())) for id_, names in site.topics},
        taken_down=material.taken_down,
        now=now,
    )


def event_files(
    material: Material,
    *,
    calendar: ChannelCalendar | None,
    site: Site,
    languages: Sequence[str],
    now: datetime,
) -> dict[PurePosixPath, bytes]:
    """Return a calendar file for every published event, also those no channel holds any more: mails link them."""
    if calendar is None:
        return {}
    made = {}
    for language in languages:
        for entry in _told(material, language, site, now):
            if entry.event is not None and entry.event.has_day:
                path = public_links.event("", language, entry.story_id).lstrip("/")
                made[PurePosixPath(path)] = calendar.calendar(
                    noun.of_one(entry, language=language, site=site)
                )
    return made


def pictures(
    material: Material,
    *,
    picture: Callable[[str], bytes | None],
    now: datetime,
    report: PublishReport,
) -> dict[PurePosixPath, bytes]:
    """
    Return our copies of the pictures that any edition shows; a lost one is a line of the report.

    Those of drafts too: a test mail is looked at before anybody approves. What is embargoed, withdrawn
    or taken down has no picture either.
    """
    names = {
        placement.image_url
        for edition in (*material.editions, *material.drafts)
        for placement in edition.placements
        if placement.image_url
        and not placement.is_dropped
        and not noun.is_blocked(
            placement, material.origins.get(placement.item_id, Origin()), material.taken_down, now
        )
    }
    made = {}
    for name in sorted(names):
        path = PurePosixPath(public_links.image("", name).lstrip("/"))
        content = picture(name)
        if content is None:
            report.problems.append(
                f"{path}: the picture is not in var/images any more; restore it from a backup"
            )
        else:
            made[path] = content
    return made


def archive_of(
    material: Material,
    *,
    site: Site,
    newsletters: Mapping[str, Newsletter],
    languages: Sequence[str],
    now: datetime,
) -> dict[str, tuple[ArchivedEdition, ...]]:
    """Return the archive of every language, newest first."""
    return {
        language: archive.archived(
            material.editions,
            language=language,
            newsletters=newsletters,
            origins=material.origins,
            taken_down=material.taken_down,
            site=site,
            now=now,
        )
        for language in languages
    }


def checked(
    channels: Sequence[Channel], *, feeds: FeedWriter, calendar: ChannelCalendar | None, report: PublishReport
) -> dict[PurePosixPath, bytes]:
    """Return the channels' files by their place; what fails our check is left out and reported."""
    files: dict[PurePosixPath, bytes] = {}
    for channel in channels:
        made = {"rss": feeds.rss(channel), "atom": feeds.atom(channel), "json": feeds.json(channel)}
        if calendar is not None and channel.id == "events":
            made["ics"] = calendar.calendar(channel)
        for extension, content in made.items():
            path = PurePosixPath(f"{channel.path}.{extension}")
            found = validity.problems(content, extension, url=f"{channel.url}.{extension}")
            if found:
                report.problems.append(f"{path}: {found[0]}")
                log.error("feed_held_back", path=str(path), problems=found[:5])
            else:
                files[path] = content
    return files


def _source_list(material: Material, feeds: FeedWriter, site: Site) -> bytes:
    read = [source for source in material.sources if source.kind is SourceKind.FEED and not source.is_paused]
    rows = [
        # By their own names: an organisation's feeds would be called alike.
        (source.organisation or source.name, source.url, public_url(source.homepage) or "")
        for source in read
        if public_url(source.url)
    ]
    return feeds.opml(next(iter(site.publisher.values()), "newsdigest"), rows)


def _write(files: Mapping[PurePosixPath, bytes], writer: SiteWriter, report: PublishReport) -> None:
    for path, content in sorted(files.items()):
        if b"u.invalid" in content:
            # A recipient's token has no business on a page for all (T27).
            report.problems.append(
                f"{path}: holds a recipient's token; take it out of the introduction or teaser"
            )
            log.error("page_held_back", path=str(path))
            continue
        report.changed += writer.write(path, content)
        report.paths.append(path)
    held = {PurePosixPath(problem.split(":")[0]) for problem in report.problems}
    report.removed = writer.prune({*files, *held}, below=FOLDERS)
    if report.changed or report.removed or report.problems:
        log.info(
            "site_published", changed=report.changed, removed=report.removed, problems=len(report.problems)
        )
