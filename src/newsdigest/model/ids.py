"""
How ids derive from content, so that doing a job twice is doing it once.

Every id is the first 20 hexadecimal digits (80 bits) of a SHA-256 over its
parts, joined by U+001F, which occurs in none of them. 80 bits keep a
collision among a hundred million ids below one in a hundred million.
"""

from __future__ import annotations

import hashlib
from datetime import date


def derive(*parts: str) -> str:
    """Return 20 hexadecimal digits that depend on every part and on their order."""
    joined = "\x1f".join(part.replace("\x1f", " ") for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def item_id(source_id: str, entry_key: str) -> str:
    """Return the id of the item that a source tells under that key (guid, else link, else title)."""
    return "i" + derive("item", source_id, entry_key)


def story_id(founding_item_id: str) -> str:
    """Return the id of the story that its first item founded; it stays when items join or leave."""
    return "s" + derive("story", founding_item_id)


def edition_id(newsletter_id: str, day: date) -> str:
    """Return e.g. `weekly-2026-03-12`; one edition per newsletter and local day."""
    return f"{newsletter_id}-{day.isoformat()}"


def delivery_id(edition_id: str, subscriber_id: str) -> str:
    """Return the id of the one message of that edition to that person."""
    return "d" + derive("delivery", edition_id, subscriber_id)
