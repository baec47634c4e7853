"""
Who tells a story: which versions count, which organisation speaks, and who else tells it.

Pure. A source's second version of a release takes the place of its first; a vacancy is its employer's, not
the list's that passes it on; a letter box speaks for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from newsdigest.model.items import Item, Kind
from newsdigest.model.sources import Source, SourceKind, SourceType, Trust
from newsdigest.model.speakers import employer, speaker
from newsdigest.text import urls
from newsdigest.text.folding import words

LASTING = frozenset({Kind.EVENT.value, Kind.CALL.value, Kind.JOB.value})
ALSO_AT = 4


def newest_versions(items: Iterable[Item]) -> list[Item]:
    """Return the items without those that their own source has published anew under the same title."""
    newest: dict[tuple[str, str], Item] = {}
    for item in items:
        key = item.source_id, " ".join(words(item.title)) or item.id
        other = newest.get(key)
        if other is None or _version(item) > _version(other):
            newest[key] = item
    return list(newest.values())


def _version(item: Item) -> tuple[datetime, datetime, str]:
    return item.published or item.first_seen, item.first_seen, item.id


def behind(item: Item, sources: Mapping[str, Source]) -> Source | None:
    """
    Return the source of the organisation that speaks: of a file in a folder, its sender's where that is read.

    The association's letter box is nobody's own news; None where nothing tells who wrote.
    """
    source = sources.get(item.source_id)
    if source is None or source.kind is not SourceKind.FOLDER:
        return source
    who = speaker(item, source)
    known = [one for one in sources.values() if one.kind is not SourceKind.FOLDER]
    fitting = [one for one in known if who and one.speaker == who]
    if fitting:
        return min(fitting, key=lambda one: one.id)
    is_ours = source.type is not SourceType.ASSOCIATION or (who and who == source.organisation)
    return source if is_ours else None


def said_by(lead: Item, shown: Sequence[Item], sources: Mapping[str, Source]) -> str:
    """Return the employer of a vacancy; where nothing names one, who tells it."""
    told = [(item, sources.get(item.source_id)) for item in (lead, *shown)]
    return employer(told) or speaker(*told[0])


def deadline(lead: Item, kind: str, shown: Sequence[Item]) -> date | None:
    """Return the telling's deadline; where it names none, the one its twins agree on (a vacancy, a call, an event)."""
    assert lead.judgement is not None
    if lead.judgement.deadline is not None or kind not in LASTING:
        return lead.judgement.deadline
    named = {
        item.judgement.deadline for item in shown if item.judgement and item.judgement.kind.value == kind
    }
    named.discard(None)
    return named.pop() if len(named) == 1 else None


def also_at(
    lead: Item, mine: Sequence[Item], sources: Mapping[str, Source], *, said_by: str
) -> tuple[tuple[str, str], ...]:
    seen = {said_by, speaker(lead, sources.get(lead.source_id)), ""}
    found = []
    for item in sorted(mine, key=lambda item: (item.first_seen, item.id)):
        source = sources.get(item.source_id)
        who = speaker(item, source)
        if source is None or source.trust is Trust.LOW or who in seen or not item.url:
            continue
        seen.add(who)
        found.append((who, urls.untracked(item.url)))
    return tuple(found[:ALSO_AT])
