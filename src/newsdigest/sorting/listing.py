"""Stories as the command line and the newsroom list them (DESIGN.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newsdigest.model.items import Item
from newsdigest.model.stories import Match, MatchState, Story
from newsdigest.sorting.grouping import Decisions

SHOWN_TOPICS = 3


def document(story: Story, items: Mapping[str, Item], attached: Sequence[Match] = ()) -> dict[str, Any]:
    """
    Return a story as plain data; members whose items are gone are left out.

    Args:
        items: Of the story, and of what is attached to it.
        attached: Matches with round-ups of other stories, or of a round-up with what it tells.
    """
    members = [items[id_] for id_ in story.all_ids if id_ in items]
    leads = dict(story.lead_by_language)
    return {
        "id": story.id,
        "title": _title(story, items),
        "languages": list(dict.fromkeys(_language(item) for item in members)),
        "topics": topics(members, first=items.get(next(iter(leads.values()), ""))),
        "items": [_item(item) for item in members],
        "matches": [
            {
                "a": match.a,
                "b": match.b,
                "reason": match.reason,
                "score": match.score,
                "state": match.state.value,
            }
            for match in story.matches
            if match.state in (MatchState.MERGED, MatchState.PROPOSED)
        ],
        "leads": leads,
        "attached": [
            {"item": id_, "source": items[id_].source_id, "title": items[id_].title, "reason": match.reason}
            for id_, match in _others(story, items, attached)
        ],
    }


def _others(story: Story, items: Mapping[str, Item], attached: Sequence[Match]) -> list[tuple[str, Match]]:
    """Return (item of another story, match) for what is attached to a story."""
    mine = set(story.all_ids)
    found = {
        (match.b if match.a in mine else match.a): match for match in attached if mine & {match.a, match.b}
    }
    return [(id_, match) for id_, match in found.items() if id_ not in mine and id_ in items]


def topics(members: list[Item], *, first: Item | None = None) -> list[str]:
    """Return topics of a story, best first: those of all tellings added up, at most three."""
    scores: dict[str, float] = {}
    for item in members:
        for found in item.judgement.topics if item.judgement else ():
            scores[found.id] = scores.get(found.id, 0.0) + found.score * (2 if item is first else 1)
    return sorted(scores, key=lambda id_: (-scores[id_], id_))[:SHOWN_TOPICS]


_EDITIONS = {"de": "The German edition", "en": "The English edition"}
NOTHING = Decisions()


def words(
    story: Story, items: Mapping[str, Item], attached: Sequence[Match] = (), decided: Decisions = NOTHING
) -> list[str]:
    """Return lines that say why the story is one, what editors parted from it, and which telling leads."""
    names = {id_: _name(items[id_]) if id_ in items else id_ for id_ in story.all_ids}
    lines = [f"{story.id}: {_title(story, items)}", ""]
    for id_ in story.all_ids:
        state = "proposed" if id_ in story.proposed_ids else "merged  "
        lines.append(f"  {state}  {names[id_]}  [{id_}]")
    if len(story.all_ids) == 1:
        lines += ["", "It has one telling; nothing that was seen tells the same news."]
    else:
        lines += ["", "Held to be the same news, because:"]
    for match in story.matches:
        if match.a in names and match.b in names:
            verb = {MatchState.MERGED: "joined", MatchState.PROPOSED: "proposed", MatchState.SPLIT: "parted"}
            sure = "" if match.level == "decision" else f", {min(match.score, 0.99):.0%} sure"
            lines += [f"  {names[match.a]}", f"  {names[match.b]}"]
            lines.append(f"    {verb.get(match.state, match.state.value)}: {match.reason}{sure}")
    for id_, match in _others(story, items, attached):
        lines.append(f"Attached, not joined: {_name(items[id_])} ({match.reason}).")
    for a, b in sorted(decided.never):
        if (other := _other(a, b, story)) and other in items:
            lines.append(f"Never joined with {_name(items[other])}: {decided.by[a, b]} parted them.")
    for language, id_ in story.lead_by_language:
        edition = _EDITIONS.get(language, f"An edition in {language}")
        lines.append(f"{edition} shows {names.get(id_, id_)}.")
    return lines


def _other(a: str, b: str, story: Story) -> str:
    """The one of two items that is not in the story, where one is."""
    inside = {a, b} & set(story.all_ids)
    return min({a, b} - inside) if len(inside) == 1 else ""


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "doc": f"{item.source_id}#{item.guid or item.url}",
        "source": item.source_id,
        "url": item.url,
        "title": item.title,
        "language": _language(item),
        "published": item.published.isoformat() if item.published else None,
    }


def _language(item: Item) -> str:
    return item.judgement.language.language if item.judgement else "und"


def _name(item: Item) -> str:
    return f"{item.source_id}: {item.title[:90] or item.url}"


def _title(story: Story, items: Mapping[str, Item]) -> str:
    wanted = [id_ for _, id_ in story.lead_by_language] + list(story.all_ids)
    return next((items[id_].title for id_ in wanted if id_ in items and items[id_].title), "")
