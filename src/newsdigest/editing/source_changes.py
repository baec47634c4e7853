"""
What sources changed after their words were placed in an edition, or sent.

Pure. A source corrects 4.2 to 4.4 million under the same address: nothing is sent again by itself
(level b of the ways a story arrives twice), the editor is told and offered a correction.
"""

from __future__ import annotations

from collections.abc import Mapping

from newsdigest.model.editions import Edition, Placement
from newsdigest.model.items import Item


def changed(edition: Edition, items: Mapping[str, Item]) -> tuple[Placement, ...]:
    """
    Return what stands in the edition and whose telling reads differently now, in the edition's order.

    Args:
        items: The tellings as they are now, by id; those that are gone count as unchanged.
    """
    return tuple(
        placement
        for placement in edition.placements
        if not placement.is_dropped
        and placement.item_fingerprint
        and (item := items.get(placement.item_id)) is not None
        and item.fingerprint != placement.item_fingerprint
    )
