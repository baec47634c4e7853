"""Who speaks in an item: its own organisation, else its source's."""

from __future__ import annotations

from newsdigest.model.items import Item
from newsdigest.model.sources import Source, SourceKind


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
