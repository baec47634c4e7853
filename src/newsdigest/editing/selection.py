"""
Which stories stand in an edition, in which language, under which section, and why.

Pure: items, stories and sources in, placements out; equal input gives equal output, in any
order of input (Q2). The window goes by first seen, not by date of publication, so that nothing
falls between two editions. A wrong merge costs a member's news, a double costs the editor's
face: proposed pairs stand as one until split, and every telling is named.

What the rules hold back is not thrown away: it waits in the edition with the reason, and one act
of the editor places it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from newsdigest.editing import ordering, teaser, voices
from newsdigest.editing.evidence import reasons_for, warnings_for
from newsdigest.model import disagreements, embargoes
from newsdigest.model.editions import Placement
from newsdigest.model.items import Item, ItemState, Kind
from newsdigest.model.newsletters import Newsletter, Section
from newsdigest.model.sources import Source, SourceKind, SourceType, Trust
from newsdigest.model.speakers import speaker
from newsdigest.model.stories import Story
from newsdigest.text import names, urls

LANGUAGE_LISTS = "in-"
"""Section id of stories told in another language only: `in-de`, `in-en`."""
JOB_DAYS = 60
MIN_TOPIC_SHARE = 2  # how many of a story's strongest topics decide its section
_KEPT_STATES = frozenset({ItemState.FRESH, ItemState.BASE_LINE})
_NEEDS_TOPIC = frozenset({Kind.NEWS.value, Kind.STATEMENT.value, Kind.PRESS_REVIEW.value})
PRESS_TOPIC = 0.4
"""A newspaper writes about everything: a word of its text by the way is no topic, one of its headline is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """
    Everything a selection may look at.

    Attributes:
        stories: Candidates; others are ignored.
        items: By id, with judgements.
        sources: By id; an item whose source is gone is told by the source's id.
        placed: (story, language) that stood in other editions or were dropped.
        dropped: Those of them that an editor dropped.
        carried: Stories that waited in the edition before only for an embargo.
        taken_down: Story ids that must appear nowhere.
    """

    stories: Sequence[Story]
    items: Mapping[str, Item]
    sources: Mapping[str, Source]
    placed: frozenset[tuple[str, str]] = frozenset()
    dropped: frozenset[tuple[str, str]] = frozenset()
    carried: frozenset[str] = frozenset()
    taken_down: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What stands in the edition, what waits, and (story id, why) of what is left out."""

    placements: tuple[Placement, ...]
    waiting: tuple[Placement, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass
class _Found:
    placements: list[Placement] = field(default_factory=list)
    waiting: list[Placement] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def select(
    material: Material,
    newsletter: Newsletter,
    *,
    window: tuple[datetime, datetime],
    day: date,
    send_at: datetime,
) -> Selection:
    """
    Return the placements of an edition, every language, sections filled and ordered.

    Args:
        window: First-seen instants, start inclusive, end exclusive.
        day: Local day of sending; events and deadlines before it are over.
        send_at: What is embargoed beyond it waits.
    """
    found = _Found()
    for story in sorted(material.stories, key=lambda story: story.id):
        tellings = [material.items[id_] for id_ in story.all_ids if id_ in material.items]
        why_not = _why_not(story, tellings, material, newsletter, window=window, day=day)
        if why_not:
            if why_not != "old":
                found.left_out[story.id] = why_not
            continue
        is_news = story.id in material.carried or any(is_new(item, window, newsletter) for item in tellings)
        is_moved = any(_is_moved(item, window) for item in tellings)
        for language in newsletter.languages:
            is_repeated = (story.id, language) in material.placed
            if is_repeated and not _repeats(story, tellings, language, material, newsletter):
                continue
            if not is_repeated and not _is_due(story, tellings, material, newsletter, window=window):
                continue
            placement = place(story, tellings, material, newsletter, language=language, send_at=send_at)
            if placement is not None and not _is_dropped_elsewhere(placement, material):
                placement = replace(placement, is_repeated=(is_repeated or not is_news) and not is_moved)
                (found.waiting if placement.held else found.placements).append(placement)
    placements, over = ordering.arrange(found.placements, newsletter)
    waiting = sorted((*found.waiting, *over), key=lambda p: (p.language, -p.weight, p.id))
    return Selection(
        placements=placements, waiting=tuple(waiting), left_out=tuple(sorted(found.left_out.items()))
    )


def place(
    story: Story,
    tellings: Iterable[Item],
    material: Material,
    newsletter: Newsletter,
    *,
    language: str,
    send_at: datetime,
) -> Placement | None:
    """
    Return the story as it would stand in that language, `held` set where it may only wait.

    None where no telling may be shown, or none in this language and other languages are omitted.
    """
    shown = [item for item in tellings if item.state in _KEPT_STATES and item.judgement is not None]
    mine = voices.newest_versions(item for item in shown if language_of(item, newsletter) == language)
    if not mine and (newsletter.other_language == "omit" or not shown):
        return None
    lead = min(mine or shown, key=lambda item: _preference(item, material, newsletter))
    source = material.sources.get(lead.source_id)
    judgement = lead.judgement
    assert judgement is not None
    text_language = language_of(lead, newsletter)
    kind = _kind(lead, source)
    topics = _topics(lead)
    is_headline = source is not None and source.trust is Trust.HEADLINE
    said_by = (
        voices.said_by(lead, shown, material.sources) if kind == Kind.JOB.value else speaker(lead, source)
    )
    made = Placement(
        id=f"{story.id}.{language}", story_id=story.id, item_id=lead.id, language=language,
        text_language=text_language, section_id="", position=0,
        headline=teaser.headline_of(lead.title or lead.teaser, newsletter.headline_characters),
        teaser="" if is_headline or not mine else teaser.teaser_of(lead, newsletter.teaser_characters),
        url=urls.untracked(lead.url), organisation=said_by, kind=kind,
        topics=topics, published=lead.published, also_at=voices.also_at(lead, mine, material.sources, said_by=said_by),
        event=judgement.event if kind == Kind.EVENT.value else None, deadline=voices.deadline(lead, kind, shown),
        notices=_notices(lead, source), reasons=reasons_for(story, lead, shown, material.sources),
        warnings=warnings_for(lead, headline_limit=newsletter.headline_characters, tellings=shown),
        tellings=len(shown), embargo_until=embargoes.until(shown), item_fingerprint=lead.fingerprint,
        **_image(lead, source),
    )  # fmt: skip
    # The story's best telling says where it stands, so that both editions agree; what may only be a
    # headline says so by its own source, what has a day or is a vacancy by its own kind.
    best = min(shown, key=lambda item: _preference(item, material, newsletter))
    told_by = source if is_headline else voices.behind(best, material.sources)
    as_best = made if is_headline or kind in voices.LASTING else _as_told(made, lead, best, material)
    section = _language_list(text_language) if not mine else section_of(as_best, told_by, newsletter)
    behind = voices.behind(lead, material.sources)
    made = replace(made, section_id=section, weight=ordering.weight(made, lead, behind, newsletter))
    return replace(made, held=_held(made, source, lead, shown, material, send_at=send_at))


def _as_told(placement: Placement, lead: Item, best: Item, material: Material) -> Placement:
    """
    Return the placement with kind and topics of the story's best telling, by which its section is chosen.

    What an editor said of the telling shown counts more.
    """
    said = lead.judgement.by_editor if lead.judgement else ()
    kind = _kind(best, material.sources.get(best.source_id))
    if best.judgement is None or kind in voices.LASTING or kind == Kind.PRESS_REVIEW.value:
        return placement
    return replace(
        placement,
        kind=placement.kind if "kind" in said else kind,
        topics=placement.topics if "topics" in said else _topics(best),
    )


def _topics(item: Item) -> tuple[str, ...]:
    found = item.judgement.topics if item.judgement else ()
    return tuple(score.id for score in sorted(found, key=lambda topic: (-topic.score, topic.id)))


def language_of(item: Item, newsletter: Newsletter) -> str:
    """Return the language an item counts as; undecided ones count as the newsletter's first (and are flagged)."""
    verdict = item.judgement.language.language if item.judgement else "und"
    return newsletter.languages[0] if verdict in ("und", "mixed") else verdict


def section_of(placement: Placement, source: Source | None, newsletter: Newsletter) -> str:
    """Return the id of the section with the lowest rank that takes the story, "" where none does."""
    for section in sorted(newsletter.sections, key=lambda section: section.rank):
        if _takes(section, placement, source):
            return section.joins or section.id
    return ""


def _takes(section: Section, placement: Placement, source: Source | None) -> bool:
    strongest = placement.topics[:MIN_TOPIC_SHARE]
    return (
        (not section.kinds or placement.kind in section.kinds)
        and (not section.topics or any(topic in section.topics for topic in strongest))
        and (not section.source_types or (source is not None and source.type.value in section.source_types))
        and (not section.trusts or (source is not None and source.trust.value in section.trusts))
    )


def barred(story: Story, tellings: Sequence[Item], material: Material, *, day: date) -> str:
    """Return why a story may stand in no edition of that day, whenever it was first seen; "" where it may."""
    if story.id in material.taken_down:
        return "taken_down"
    shown = [item for item in tellings if item.state in _KEPT_STATES]
    if not shown:
        states = {item.state for item in tellings}
        return "quarantined" if ItemState.QUARANTINED in states else "withdrawn"
    if all(item.judgement is None for item in shown):
        return "not_sorted"
    return _over(shown, day)


def _why_not(
    story: Story,
    tellings: Sequence[Item],
    material: Material,
    newsletter: Newsletter,
    *,
    window: tuple[datetime, datetime],
    day: date,
) -> str:
    """Return why a story cannot stand in this edition at all, "" where it can, "old" where it is plainly not new."""
    if why := barred(story, tellings, material, day=day):
        return why
    shown = [item for item in tellings if item.state in _KEPT_STATES]
    may_repeat = any(section.repeats for section in newsletter.sections)
    if (
        not any(is_new(item, window, newsletter) for item in shown)
        and story.id not in material.carried
        and not may_repeat
    ):
        return "old"
    if may_repeat and not any((story.id, language) in material.placed for language in newsletter.languages):
        return (
            ""
            if any(
                is_new(item, window, newsletter) or _is_ahead(item, newsletter, before=window[1])
                for item in shown
            )
            or story.id in material.carried
            else "old"
        )
    return ""


def is_new(item: Item, window: tuple[datetime, datetime], newsletter: Newsletter) -> bool:
    """
    Whether an item counts as news of the window.

    First seen decides. What a source held when first read counts only if it was published within
    the window, and what was published long ago is stock, whenever it turned up.
    """
    start, end = window
    if not start <= item.first_seen < end:
        return False
    if item.state is ItemState.BASE_LINE:
        latest = _latest(item, ZoneInfo(newsletter.zone))
        return latest is not None and latest >= start
    kind = item.judgement.kind.value if item.judgement else ""
    too_old = item.published is not None and item.published < start - timedelta(days=newsletter.max_age_days)
    return not too_old or kind in voices.LASTING


def _latest(item: Item, zone: ZoneInfo) -> datetime | None:
    """
    Return the latest instant at which an item may have been published; None where nobody knows.

    A day without an hour may be any hour of it. Pages of members say "since March 2026", which is read as its
    first day: it may be any day of the month.
    """
    if item.published is None or not item.is_date_only:
        return item.published
    day = item.published.astimezone(zone)
    is_month = day.day == 1 and item.judgement is not None and item.judgement.kind is Kind.NEW_MEMBER
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) if is_month else day + timedelta(days=1)
    return last - timedelta(seconds=1)


def _over(items: Sequence[Item], day: date) -> str:
    """Return why a dated story is over; the dates of all tellings count, the latest wins."""
    kinds = {item.judgement.kind.value for item in items if item.judgement}
    ends = [e.end or e.start for item in items if item.judgement and (e := item.judgement.event)]
    deadlines = [item.judgement.deadline for item in items if item.judgement and item.judgement.deadline]
    if Kind.EVENT.value in kinds and ends and max(ends) < day:
        return "over"
    if kinds & {Kind.CALL.value, Kind.JOB.value} and deadlines and max(deadlines) < day:
        return "over"
    if kinds == {Kind.JOB.value} and not deadlines:
        published = [item.published or item.first_seen for item in items]
        if max(published).date() < day - timedelta(days=JOB_DAYS):
            return "over"
    return ""


def _repeats(
    story: Story, tellings: Sequence[Item], language: str, material: Material, newsletter: Newsletter
) -> bool:
    """Whether a story sent before stands here again: its section says so, and no editor dropped it."""
    if (story.id, language) in material.dropped:
        return False
    kinds = {item.judgement.kind.value for item in tellings if item.judgement}
    dated = any(item.judgement and (item.judgement.event or item.judgement.deadline) for item in tellings)
    return dated and any(s.repeats and (not s.kinds or kinds & set(s.kinds)) for s in newsletter.sections)


def _is_due(
    story: Story,
    tellings: Sequence[Item],
    material: Material,
    newsletter: Newsletter,
    *,
    window: tuple[datetime, datetime],
) -> bool:
    """
    Whether a story that never stood in a language may come now.

    One that stood in the other language weeks ago is no news there; a date still ahead is.
    """
    if story.id in material.carried:
        return True
    shown = [item for item in tellings if item.state in _KEPT_STATES]
    return any(is_new(item, window, newsletter) or _has_day_ahead(item) for item in shown)


def _has_day_ahead(item: Item) -> bool:
    """Whether it is an event with its day or a call with its deadline; what is over was left out before."""
    judged = item.judgement
    if judged is None:
        return False
    return (judged.kind is Kind.EVENT and judged.event is not None) or (
        judged.kind is Kind.CALL and judged.deadline is not None
    )


def _is_moved(item: Item, window: tuple[datetime, datetime]) -> bool:
    """Whether an event was moved or cancelled within the window: news, however long ago it was announced."""
    event = item.judgement.event if item.judgement else None
    changed = item.changed_at or item.first_seen
    return event is not None and (event.is_moved or event.is_cancelled) and window[0] <= changed < window[1]


def _is_ahead(item: Item, newsletter: Newsletter, *, before: datetime) -> bool:
    """
    Whether an item belongs into a calendar that is shown until its dates are over, whenever it was published.

    What a source held before it was first read is stock as news; the fair announced in January still takes place.
    """
    if item.judgement is None or not _has_day_ahead(item) or item.first_seen >= before:
        return False
    kind = item.judgement.kind.value
    return any(s.repeats and (not s.kinds or kind in s.kinds) for s in newsletter.sections)


def _is_dropped_elsewhere(placement: Placement, material: Material) -> bool:
    """Whether a title in a list of another language is of a story that an editor dropped in that language."""
    listed = placement.section_id.startswith(LANGUAGE_LISTS)
    return listed and (placement.story_id, placement.text_language) in material.dropped


def _held(
    placement: Placement,
    source: Source | None,
    lead: Item,
    shown: Sequence[Item],
    material: Material,
    *,
    send_at: datetime,
) -> str:
    """Return why a placement, told by that source, may only wait, "" where it may stand."""
    if placement.embargo_until is not None and placement.embargo_until > send_at:
        return "embargo"
    if source is not None and source.trust is Trust.LOW:
        return "low_trust"
    is_ours = source is not None and source.type is SourceType.ASSOCIATION
    if "no_title" in placement.warnings:
        return "no_title"
    if disagreements.is_outdated(lead, shown):
        return "outdated"
    is_on_topic = (
        _is_press_on_topic(placement, lead, material)
        if placement.kind == Kind.PRESS_REVIEW.value
        else bool(placement.topics)
    )
    if placement.kind in _NEEDS_TOPIC and not is_on_topic and not is_ours:
        return "no_topic"
    return "" if placement.section_id else "no_section"


def _is_press_on_topic(placement: Placement, lead: Item, material: Material) -> bool:
    """Whether a newspaper's headline concerns readers: a topic, a story others tell too, or somebody we read."""
    scores = lead.judgement.topics if lead.judgement else ()
    return (
        placement.tellings > 1
        or any(score.score >= PRESS_TOPIC for score in scores)
        or any(
            names.is_named(source.speaker, lead.title)
            for source in material.sources.values()
            if source.trust is not Trust.HEADLINE and source.kind is not SourceKind.FOLDER
        )
    )


def _preference(item: Item, material: Material, newsletter: Newsletter) -> tuple[object, ...]:
    source = material.sources.get(item.source_id)
    order = newsletter.preferred_sources
    kind = source.type.value if source else ""
    # What may only be a headline, or needs a look, never stands before a telling that needs neither.
    rank = {Trust.LOW: 2, Trust.HEADLINE: 1}.get(source.trust, 0) if source else 0
    return (
        rank,
        order.index(kind) if kind in order else len(order),
        item.published or item.first_seen,
        item.id,
    )


def _kind(lead: Item, source: Source | None) -> str:
    if source is not None and source.trust is Trust.HEADLINE:
        return Kind.PRESS_REVIEW.value
    if lead.judgement is None or (lead.judgement.kind is Kind.EVENT and lead.judgement.event is None):
        # A calendar has no place for what has no date; told as news it is flagged for the editor.
        return Kind.NEWS.value
    return lead.judgement.kind.value


def _notices(lead: Item, source: Source | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*lead.notices, *(source.notices if source else ()))))


def _image(lead: Item, source: Source | None) -> dict[str, Any]:
    image = lead.image
    # Never hot-linked (R29): only a copy of our own is shown, and only where the source allows pictures.
    if image is None or source is None or not source.shows_images or not image.stored_as:
        return {}
    return {
        "image_url": image.stored_as, "image_alt": image.alt or lead.title,
        "image_credit": image.credit or source.image_credit, "image_size": (image.width, image.height),
    }  # fmt: skip


def _language_list(language: str) -> str:
    return LANGUAGE_LISTS + (language if language in ("de", "en") else "other")
