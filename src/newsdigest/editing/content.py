"""
What an approval is bound to: one hash over everything that decides the bytes of an edition.

Placements as they stand, introductions, subjects, the newsletter's settings that readers can
see, and the digest of templates, theme and words. Who edits, when reminders go and how often an
edition appears are left out: changing them changes no byte of this one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date, datetime, time
from typing import Any

from newsdigest.model.editions import Edition, Placement
from newsdigest.model.newsletters import Newsletter

_UNSEEN = frozenset(
    {
        "cadence", "editors", "testers", "is_automatic", "needs_four_eyes", "undo_minutes", "grace_minutes",
        "preferred_sources", "max_age_days", "teaser_characters", "headline_characters",
    }
)  # fmt: skip
_UNSEEN_OF_PLACEMENT = frozenset(
    {
        "reasons", "warnings", "weight", "held", "tellings", "has_teaser_edited", "has_headline_edited",
        "has_link_edited", "embargo_until", "is_repeated", "item_fingerprint",
    }
)  # fmt: skip
_SEEN_OF_PLACEMENT = tuple(f.name for f in fields(Placement) if f.name not in _UNSEEN_OF_PLACEMENT)


def content_hash(edition: Edition, newsletter: Newsletter, looks: str) -> str:
    """
    Return the SHA-256 of an edition's content, 64 hexadecimal digits.

    Args:
        looks: Digest of templates, theme and words (`EditionRenderer.digest`).
    """
    placements = [p for language in newsletter.languages for p in edition.placed(language)]
    settings = {name: value for name, value in asdict(newsletter).items() if name not in _UNSEEN}
    content = {
        "id": edition.id, "day": edition.day, "number": edition.number, "follows": edition.follows,
        "introductions": sorted(edition.introductions), "subjects": sorted(edition.subjects),
        "preheaders": sorted(edition.preheaders),
        "placements": [
            {name: getattr(p, name) for name in _SEEN_OF_PLACEMENT} for p in placements
        ],
        "newsletter": settings, "looks": looks,
    }  # fmt: skip
    written = json.dumps(content, default=_plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def of_language(edition: Edition, language: str) -> Edition:
    """Return the edition with what one language shows: what changes in another leaves its bytes as they are."""

    def mine(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in pairs if pair[0] == language)

    return replace(
        edition, placements=tuple(p for p in edition.placements if p.language == language),
        introductions=mine(edition.introductions), subjects=mine(edition.subjects), preheaders=mine(edition.preheaders),
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an edition's content")
