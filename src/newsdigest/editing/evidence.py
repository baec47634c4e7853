"""
"Why is this here?" and "what should I look at?": reasons and warnings of a placement as codes with facts.

Codes, not sentences: the newsroom words them in the editor's language (`reason.<code>` of the
catalogue), `say` words them for the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newsdigest.model import disagreements
from newsdigest.model.items import Item, LanguageVerdict
from newsdigest.model.sources import Source
from newsdigest.model.stories import MatchState, Story

SURE_LANGUAGE = 0.8


def reasons_for(
    story: Story, lead: Item, tellings: Sequence[Item], sources: Mapping[str, Source]
) -> tuple[str, ...]:
    """Return why the story is here and reads as it does: source, time, topics, what was merged and why."""
    source = sources.get(lead.source_id)
    judgement = lead.judgement
    found = [f"source: {source.name if source else lead.source_id} ({source.type.value if source else '?'})"]
    found.append(f"first seen: {lead.first_seen:%Y-%m-%d %H:%M} UTC")
    if judgement:
        verdict: LanguageVerdict = judgement.language
        found.append(f"language: {verdict.language} ({verdict.confidence:.2f}, by {verdict.by})")
        if judgement.kind_reasons:
            found.append(f"kind: {judgement.kind.value} ({', '.join(judgement.kind_reasons[:3])})")
        found += [f"topic: {t.id} {t.score:.2f} ({', '.join(t.reasons[:4])})" for t in judgement.topics[:3]]
    if len(tellings) > 1:
        joined = (MatchState.MERGED, MatchState.PROPOSED)
        found += [f"{match.state.value}: {match.reason}" for match in story.matches if match.state in joined]
    return tuple(dict.fromkeys(found))[:16]


def warnings_for(lead: Item, *, headline_limit: int, tellings: Sequence[Item] = ()) -> tuple[str, ...]:
    """Return what the editor should look at before approving, also where the story's tellings disagree."""
    judgement = lead.judgement
    found = [*(judgement.warnings if judgement else ()), *disagreements.among(tellings)]
    if judgement and (judgement.language.is_unsure or judgement.language.confidence < SURE_LANGUAGE):
        found.append("unsure_language")
    if not lead.title.strip():
        found.append("no_title")
    if len(lead.title) > headline_limit:
        found.append("long_title")
    if judgement and judgement.kind.value == "event" and judgement.event is None:
        found.append("no_event_date")
    if judgement and judgement.kind.value == "call" and judgement.deadline is None:
        found.append("no_deadline")
    return tuple(dict.fromkeys(found))
