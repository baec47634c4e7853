"""
What an editor's word about a story changes in an open edition.

Pure. A corrected language, topic or kind, two stories made one or one made two: the stories
concerned are placed anew by the rules of `selection`, and everything the editor decided in this
edition stays: own words, what was dropped, pinned or marked, and the place of what the
correction does not move. What stands stays standing: a correction never takes a story out by
way of a limit or a missing topic, only by an embargo or because nothing of it may be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from newsdigest.editing import acts, selection
from newsdigest.editing.selection import Material
from newsdigest.model.editions import Edition, Placement
from newsdigest.model.newsletters import Newsletter

_LAST = 10**6
_BY_COUNT = frozenset({"over_limit", "fair_share"})


def holds(edition: Edition, story_ids: Collection[str]) -> bool:
    """Whether any of the stories stands, waits or was dropped in the edition."""
    return any(p.story_id in story_ids for p in (*edition.placements, *edition.waiting))


def redraw(
    edition: Edition, newsletter: Newsletter, material: Material, *, joined: Mapping[str, str] | None = None
) -> Edition:
    """
    Return the edition with the material's stories placed as the rules place them now.

    The very same edition where nothing would change; else open for a change of words (no approval).

    Args:
        material: The stories concerned, no others, with their items and sources.
        joined: Story that is gone to the story that tells it now; the newcomer takes its place.

    Raises:
        IllegalStepError: Its words are fixed.
    """
    gone = {old: new for old, new in (joined or {}).items() if old != new}
    concerned = {story.id for story in material.stories} | set(gone)
    standing = {p.id: p for p in edition.placements}
    resting = {p.id: p for p in edition.waiting}
    for id_ in [p.id for p in (*edition.placements, *edition.waiting) if p.story_id in concerned]:
        standing.pop(id_, None)
        resting.pop(id_, None)
    left_out = dict(edition.left_out)
    for story in sorted(material.stories, key=lambda story: story.id):
        tellings = [material.items[id_] for id_ in story.all_ids if id_ in material.items]
        left_out.pop(story.id, None)
        if why := selection.barred(story, tellings, material, day=edition.day):
            left_out[story.id] = why
            continue
        for language in newsletter.languages:
            before = _before(edition, story.id, language, gone)
            if before is None and (story.id, language) in material.placed:
                continue
            made = selection.place(
                story, tellings, material, newsletter, language=language, send_at=edition.send_at
            )
            if made is None:
                continue
            made = _as_decided(before, made, stands=before in edition.placements)
            (resting if made.held else standing)[made.id] = made
    return _changed(edition, standing, resting, left_out)


def _before(edition: Edition, story_id: str, language: str, gone: Mapping[str, str]) -> Placement | None:
    """Return how the story stood in that language; of several joined ones the first that stands."""
    names = [story_id, *(old for old, new in gone.items() if new == story_id)]
    found = [p for name in names if (p := edition.placement(f"{name}.{language}")) is not None]
    standing = sorted((p for p in found if p in edition.placements), key=lambda p: (p.is_dropped, p.position))
    return next(iter([*standing, *found]), None)


def _as_decided(before: Placement | None, made: Placement, *, stands: bool) -> Placement:
    """Return the new placement with what the editor had decided about the old one."""
    if before is None:
        return replace(made, position=_LAST)
    is_moved = bool(made.section_id) and _deciding(before) != _deciding(made)
    section = made.section_id if is_moved else before.section_id
    if stands:
        held = "embargo" if made.held == "embargo" else ""
    else:
        held = made.held or (before.held if before.held in _BY_COUNT else "")
    made = replace(
        made, section_id=section, position=before.position if section == before.section_id else _LAST,
        held=held, is_dropped=before.is_dropped, is_lead=before.is_lead,
        is_advertisement=before.is_advertisement, is_repeated=before.is_repeated,
    )  # fmt: skip
    if before.has_headline_edited:
        made = replace(
            made, headline=before.headline, text_language=before.text_language, has_headline_edited=True
        )
    if before.has_link_edited:
        made = replace(made, url=before.url, has_link_edited=True)
    if before.has_teaser_edited:
        made = replace(made, teaser=before.teaser, has_teaser_edited=True)
    return made


def _deciding(placement: Placement) -> tuple[object, ...]:
    """What decides the section; an editor's own choice of section stands as long as this is the same."""
    in_list = placement.section_id.startswith(selection.LANGUAGE_LISTS)
    return placement.kind, placement.topics, placement.organisation, in_list


def _changed(
    edition: Edition,
    standing: Mapping[str, Placement],
    resting: Mapping[str, Placement],
    left_out: Mapping[str, str],
) -> Edition:
    old = {p.id: p for p in (*edition.placements, *edition.waiting)}
    if {**resting, **standing} == old and set(standing) == {p.id for p in edition.placements}:
        return edition
    # In the order they had, newcomers last: an unchanged story keeps its rank in the record.
    order = {id_: rank for rank, id_ in enumerate(old)}
    placed = sorted(standing.values(), key=lambda p: order.get(p.id, _LAST))
    waiting = sorted(resting.values(), key=lambda p: order.get(p.id, _LAST))
    made = replace(
        acts.changed(edition), placements=tuple(placed), waiting=tuple(waiting),
        left_out=tuple(sorted(left_out.items())),
    )  # fmt: skip
    return acts.renumber(made)
