"""The story screen: why it is here, its evidence, merge and split, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from starlette.responses import Response

from newsdigest.errors import NotFoundError, UsageError
from newsdigest.model.editions import Edition, Placement
from newsdigest.model.items import Item, Kind
from newsdigest.model.sources import Source
from newsdigest.model.stories import MatchState, Story
from newsdigest.ports.storage import UnitOfWork
from newsdigest.web.newsroom import desk, evidence_words
from newsdigest.web.newsroom.edition_pages import topic_names
from newsdigest.web.newsroom.visits import HOME, Visit

NEAR = timedelta(days=10)
MOST_OTHERS = 200
LANGUAGES = ("de", "en", "cs", "pl", "fr", "other")


@dataclass(frozen=True)
class Telling:
    """One item of a story with its source, and why it was put there."""

    item: Item
    source: Source | None
    state: MatchState
    reasons: tuple[str, ...]


def show(visit: Visit) -> Response:
    """Show one story."""
    return _page(visit, visit.path("id"), edition_id=visit.ask("edition"))


def why(visit: Visit) -> Response:
    """Show the story of one placement with the reasons it stands in this edition."""
    edition, newsletter = desk.edition_of(visit)
    placement = edition.placement(visit.path("placement"))
    if placement is None:
        raise NotFoundError("placement", visit.path("placement"))
    if placement.is_own:
        return visit.page(
            "left-out.html",
            edition=edition,
            newsletter=newsletter,
            rows=[],
            here=desk.here(edition),
            own=placement,
        )
    return _page(visit, placement.story_id, edition_id=edition.id, placement=placement)


def left_out(visit: Visit) -> Response:
    """Show what the edition's window held and the rules excluded, each with the reason ("why not")."""
    edition, newsletter = desk.edition_of(visit)
    with visit.assembly.store.read() as unit:
        stories = unit.stories.get([story_id for story_id, _ in edition.left_out])
        items = unit.items.get([story.item_ids[0] for story in stories.values() if story.item_ids])
    rows = []
    for story_id, reason in edition.left_out:
        story = stories.get(story_id)
        item = items.get(story.item_ids[0]) if story and story.item_ids else None
        rows.append((story_id, item.title if item else story_id, reason))
    return visit.page(
        "left-out.html", edition=edition, newsletter=newsletter, rows=rows, here=desk.here(edition), own=None
    )


def split(visit: Visit) -> Response:
    """Take the ticked items out of the story, never to be joined with the rest again."""
    items = visit.list("item")
    if not items:
        raise UsageError(visit.t("story.tick"))
    visit.assembly.split(visit.path("id"), items, by=visit.by)
    return visit.go(_here(visit), done=visit.t("story.split_done"), query=_from(visit))


def merge(visit: Visit) -> Response:
    """Join another story to this one, or accept what was proposed."""
    other = visit.say("other").rsplit("/", 1)[-1].partition("?")[0]
    kept = visit.assembly.merge([visit.path("id"), other] if other else [visit.path("id")], by=visit.by)
    return visit.go(f"{HOME}/stories/{kept.id}", done=visit.t("story.merge_done"), query=_from(visit))


def correct(visit: Visit) -> Response:
    """Correct language, kind or topics of one item; kept for ever and learned from."""
    item, what = visit.say("item"), visit.say("what")
    if what == "language":
        visit.assembly.correct(item, language=visit.say("language"), by=visit.by)
    elif what == "kind":
        visit.assembly.correct(item, kind=visit.say("kind"), by=visit.by)
    elif what == "topics":
        visit.assembly.correct(item, topics=visit.list("topic"), by=visit.by)
    else:
        raise UsageError("nothing was named to correct; load the page again")
    return visit.go(_here(visit), done=visit.t("story.corrected"), query=_from(visit), anchor=f"i-{item}")


def _page(visit: Visit, story_id: str, *, edition_id: str, placement: Placement | None = None) -> Response:
    with visit.assembly.store.read() as unit:
        named = unit.stories.of_items([story_id])
        story = unit.stories.get([named.get(story_id, story_id)]).get(named.get(story_id, story_id))
        if story is None:
            raise NotFoundError("story", story_id)
        items = unit.items.get(story.all_ids)
        sources = {item.source_id: unit.sources.get(item.source_id) for item in items.values()}
        others = _others(unit, story, edition_id)
        matches = unit.stories.attached(story.all_ids)
        attached = unit.items.get(
            {id_ for match in matches for id_ in (match.a, match.b)} - set(story.all_ids)
        )
        edition = unit.editions.get(edition_id) if edition_id else None
    tellings = [_telling(story, items[id_], sources) for id_ in story.all_ids if id_ in items]
    shown = placement or _shown_in(edition, story, visit.language)
    return visit.page(
        "story.html", story=story, tellings=tellings, edition_id=edition_id, topic_names=topic_names(visit),
        headline=shown.headline if shown else tellings[0].item.title if tellings else story.id,
        why=[evidence_words.line(visit, reason, story) for reason in shown.reasons] if shown else [],
        back=_row(edition, shown) if edition else "",
        share=evidence_words.share, triggers=partial(evidence_words.triggers, visit), languages=LANGUAGES,
        kinds=[kind.value for kind in Kind], others=others, attached=list(attached.values()),
        apart=[match for match in story.matches if match.state is MatchState.SPLIT],
    )  # fmt: skip


def _shown_in(edition: Edition | None, story: Story, language: str) -> Placement | None:
    """Return the story as it stands in the edition, in the visitor's language where it does."""
    found = [p for p in edition.placements if p.story_id == story.id] if edition else []
    return min(found, key=lambda p: p.language != language, default=None)


def _row(edition: Edition, placement: Placement | None) -> str:
    """Return the way back to where the editor came from."""
    return desk.here(edition) + (f"?lang={placement.language}#p-{placement.id}" if placement else "")


def _others(unit: UnitOfWork, story: Story, edition_id: str) -> list[tuple[str, str]]:
    """Return (id, title) of stories this one may be joined with: the edition's, then what was seen about that time."""
    found: dict[str, str] = {}
    edition = unit.editions.get(edition_id) if edition_id else None
    for p in (*edition.placements, *edition.waiting) if edition else ():
        if not p.is_own:
            found.setdefault(p.story_id, p.headline)
    since = story.first_seen - NEAR if story.first_seen else None
    near = [one for one in unit.stories.seen_since(since) if one.id not in found and one.item_ids][
        -MOST_OTHERS:
    ]
    titles = unit.items.get([one.item_ids[0] for one in near])
    found |= {one.id: titles[one.item_ids[0]].title for one in near if one.item_ids[0] in titles}
    found.pop(story.id, None)
    return sorted(
        ((id_, title[:90]) for id_, title in found.items() if title), key=lambda one: one[1].casefold()
    )


def _telling(story: Story, item: Item, sources: dict[str, Source | None]) -> Telling:
    found = [match for match in story.matches if item.id in (match.a, match.b)]
    state = MatchState.PROPOSED if item.id in story.proposed_ids else MatchState.MERGED
    reasons = tuple(dict.fromkeys(match.reason for match in found if match.state is not MatchState.SPLIT))
    return Telling(item, sources.get(item.source_id), state, reasons)


def _here(visit: Visit) -> str:
    return f"{HOME}/stories/{visit.path('id')}"


def _from(visit: Visit) -> dict[str, str]:
    return {"edition": visit.say("edition")}
