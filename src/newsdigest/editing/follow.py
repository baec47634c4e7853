"""
Follow: open editions do at once what an editor said about a story.

Sorting stores the word and changes the stories; this job then places them anew in every edition
that holds them and is still open. An approval of such an edition is void, as its words are
others now; an edition that nothing changes in keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newsdigest import logs
from newsdigest.editing import redrawing, review
from newsdigest.editing.selection import Material
from newsdigest.model.editions import OPEN_TO_EDITORS, Edition
from newsdigest.model.newsletters import Newsletter
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store, UnitOfWork

log = logs.get_logger(__name__)

WHAT = "placed anew"
"""The step in an edition's history."""


def follow(
    *,
    clock: Clock,
    store: Store,
    newsletters: Mapping[str, Newsletter],
    story_ids: Sequence[str],
    by: str,
    joined: Mapping[str, str] | None = None,
) -> list[str]:
    """
    Place the stories anew in every open edition that holds one of them; return the editions changed.

    Args:
        joined: Story that is gone to the story that tells it now.
    """
    now = clock.now()
    concerned = {*story_ids, *(joined or {})}
    changed = []
    with store.write() as unit:
        for newsletter in newsletters.values():
            for edition in unit.editions.all(newsletter.id):
                if edition.state not in OPEN_TO_EDITORS or not redrawing.holds(edition, concerned):
                    continue
                material = _material(unit, newsletter, edition, story_ids)
                after = redrawing.redraw(edition, newsletter, material, joined=joined)
                if after is edition:
                    continue
                review.store_change(unit, edition, after, what=f"{WHAT} {story_ids[0]}", by=by, now=now)
                changed.append(edition.id)
    if changed:
        log.info("editions_followed", stories=list(story_ids), editions=changed)
    return changed


def _material(
    unit: UnitOfWork, newsletter: Newsletter, edition: Edition, story_ids: Sequence[str]
) -> Material:
    stories = unit.stories.get(story_ids)
    return Material(
        stories=tuple(stories.values()),
        items=unit.items.get(sorted({id_ for story in stories.values() for id_ in story.all_ids})),
        sources={source.id: source for source in unit.sources.all()},
        placed=frozenset(unit.editions.placed_stories(newsletter.id, apart_from=edition.id)),
        taken_down=frozenset(takedown.story_id for takedown in unit.takedowns.all()),
    )
