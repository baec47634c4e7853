"""Who speaks in an item: its own organisation, else its source's; in an offer of a job the employer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from newsdigest.model.items import Item
from newsdigest.model.sources import Source, SourceKind, SourceType


def speaker(item: Item, source: Source | None) -> str:
    """
    Return the organisation an item comes from; "" where nobody knows.

    A folder is a letter box of many: its name is nobody's, unless its settings name an organisation.
    """
    if item.organisation:
        return item.organisation
    if source is None:
        return item.source_id
    return source.organisation if source.kind is SourceKind.FOLDER else source.speaker


_EMPLOYER = re.compile(
    r"^[^\S\n]*(?:Arbeitgeber(?:in)?|ARBEITGEBER(?:IN)?|Employer|EMPLOYER)[^\S\n]*:[^\S\n]*(?P<name>[^\n]{2,90}?)[^\S\n]*"
    # Excerpts run the lines together: the next label ends the name.
    r"(?=$|\s[A-ZÄÖÜ][\w-]+:\s)",
    re.MULTILINE,
)
_EMPLOYERS = frozenset({SourceType.MEMBER, SourceType.INSTITUTE})


def employer(tellings: Iterable[tuple[Item, Source | None]]) -> str:
    """
    Return who offers a job that an association's own list or a portal only passes on; "" where nothing says so.

    A label in one of the tellings says it best ("Arbeitgeber: …"), then a telling by a member or an institute.
    """
    told = list(tellings)
    for item, _source in told:
        if found := _EMPLOYER.search(item.text[:2000]):
            return found["name"]
    return next(
        (
            who
            for item, source in told
            if source and source.type in _EMPLOYERS and (who := speaker(item, source))
        ),
        "",
    )
