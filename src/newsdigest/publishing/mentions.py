"""
Where a story that was taken down is still named: in editors' own words, and in editions not yet sent.

A takedown removes the story from all that is published; it cannot rewrite a greeting, and it changes no
edition that an editor is at work on or has approved. So the places are found by what the words share with
the story (its headline, the organisation it is about, its link) and shown to a person, who may hide those
words in the archive. Found too much rather than too little: the cost is one look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from newsdigest.model.editions import OPEN_TO_EDITORS, Edition, Placement

LEAST_LETTERS = 5
"""Shorter words (articles, "new") are shared by any two texts."""
ENOUGH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """
    One place.

    Attributes:
        place: `introduction`, `subject`, or `story` where an edition that was not sent yet holds it.
        text: The words in question.
        is_hidden: Whether the archive leaves these words out already.
    """

    edition_id: str
    language: str
    place: str
    text: str
    is_hidden: bool = False

    @property
    def key(self) -> str:
        """Under which the words of that edition and language are taken down."""
        return words_key(self.edition_id, self.language)


def words_key(edition_id: str, language: str) -> str:
    """Return the name under which an edition's own words of a language are taken down, as stories are by id."""
    return f"words:{edition_id}:{language}"


def mentions(
    editions: Iterable[Edition], story_id: str, *, taken_down: frozenset[str] = frozenset()
) -> tuple[Mention, ...]:
    """Return every place that names that story, newest edition first."""
    shown = sorted(editions, key=lambda edition: (edition.day, edition.id), reverse=True)
    tellings = [p for edition in shown for p in edition.placements if p.story_id == story_id]
    found: list[Mention] = []
    for edition in shown:
        if edition.state in OPEN_TO_EDITORS:
            found += [
                Mention(edition_id=edition.id, language=p.language, place="story", text=p.headline)
                for p in edition.placements
                if p.story_id == story_id and not p.is_dropped
            ]
        for place, by_language in (("introduction", edition.introductions), ("subject", edition.subjects)):
            for language, text in by_language:
                if text and any(is_named(telling, text) for telling in tellings):
                    hidden = words_key(edition.id, language) in taken_down
                    found.append(
                        Mention(
                            edition_id=edition.id, language=language, place=place, text=text, is_hidden=hidden
                        )
                    )
    return tuple(found)


def is_named(telling: Placement, text: str) -> bool:
    """Whether a text names a story: its headline, its organisation, its link, or two of its rarer words."""
    folded = text.casefold()
    literals = (telling.headline, telling.organisation, telling.url)
    if any(len(literal) >= LEAST_LETTERS and literal.casefold() in folded for literal in literals):
        return True
    rare = _rare(telling.headline)
    return len(rare & _rare(text)) >= min(ENOUGH, max(len(rare), 1))


def _rare(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) >= LEAST_LETTERS}
