"""
Teasers and headlines of placements: the source's own words, cut where a sentence ends.

How boilerplate is told from news and where a sentence ends is decided in `text.boilerplate` and
`text.words`; here stands only which text is taken and how much of it. Mandatory notices do not
belong to a teaser: they stand in full beside it.
"""

from __future__ import annotations

import re

from newsdigest.model.items import Item
from newsdigest.text import boilerplate
from newsdigest.text.words import ELLIPSIS, cut

READ_AHEAD = 8000  # characters of an item looked at; a teaser never needs more


def teaser_of(item: Item, limit: int) -> str:
    """Return the teaser of an item, at most `limit` characters; "" where the item says no more than its title."""
    spans = [(start, min(end, READ_AHEAD)) for start, end in item.core if start < READ_AHEAD]
    made = boilerplate.teaser(item.text[:READ_AHEAD], title=item.title, limit=limit, spans=spans or None)
    found = made or cut(item.teaser, limit)
    return "" if found.casefold() == item.title.strip().casefold() else found


def shorter(teaser: str, limit: int) -> str:
    """Return a teaser that fits a smaller room, again cut at a sentence's end where one is near."""
    return cut(teaser, limit) if len(teaser) > limit else teaser


# "SPERRFRIST 11. März, 17:00 Uhr: Title": the embargo is kept as data, and over when the mail goes.
_EMBARGO = re.compile(r"^\W*(?:sperrfrist|embargo(?:ed)?)\b.{0,60}?:\s+(?=\S)", re.IGNORECASE)


def headline_of(title: str, limit: int) -> str:
    """
    Return the title as one line, without an embargo's note.

    It is cut, between words, only when it is half as long again as it should be.
    """
    flat = _EMBARGO.sub("", " ".join(title.split()))
    if len(flat) <= limit * 3 // 2:
        return flat
    return flat[:limit].rsplit(" ", 1)[0].rstrip(" ,;:–-(„“\"'") + ELLIPSIS
