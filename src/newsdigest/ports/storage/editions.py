"""What is kept about editions and their rendered variants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from newsdigest.model.editions import Edition, Variant


class EditionStore(Protocol):
    """Editions with optimistic versions."""

    def get(self, edition_id: str) -> Edition | None: ...

    def add(self, edition: Edition) -> bool:
        """Insert; False when an edition of that newsletter and day exists already."""
        ...

    def save(self, edition: Edition) -> Edition:
        """
        Replace version `edition.version` and return the record with the next version.

        Raises:
            IllegalStepError: The stored version is another one; somebody else changed it.
        """
        ...

    def all(self, newsletter_id: str = "") -> Sequence[Edition]:
        """Newest day first; without placements of editions long sent."""
        ...

    def placed_stories(self, newsletter_id: str) -> set[tuple[str, str]]:
        """(story id, language) of everything sent, or dropped by an editor, in earlier editions."""
        ...

    def freeze(self, variants: Iterable[Variant]) -> None:
        """Store rendered variants of an approved edition."""
        ...

    def variants(self, edition_id: str) -> dict[str, Variant]: ...
