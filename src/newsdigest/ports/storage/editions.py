"""What is kept about editions and their rendered variants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from newsdigest.model.editions import Approval, Edition, EditionChange, Variant
from newsdigest.model.links import LinkLook


class EditionStore(Protocol):
    """Editions with optimistic versions."""

    def get(self, edition_id: str) -> Edition | None: ...

    def add(self, edition: Edition) -> bool:
        """Insert; False when an edition of that newsletter and day exists already."""
        ...

    def save(self, edition: Edition, *, what: str = "") -> Edition:
        """
        Replace version `edition.version` and return the record with the next version.

        Args:
            what: The act in plain words, kept in the history.

        Raises:
            IllegalStepError: The stored version is another one; the message says who changed what.
        """
        ...

    def history(self, edition_id: str) -> Sequence[EditionChange]:
        """The stored steps, newest first; old ones are thinned out."""
        ...

    def version(self, edition_id: str, version: int) -> Edition | None:
        """The edition as it stood after that step, None where the step is no longer kept."""
        ...

    def approvals(self, edition_id: str) -> Sequence[Approval]:
        """Every approval ever given, newest first; those made void too."""
        ...

    def all(self, newsletter_id: str = "") -> Sequence[Edition]:
        """Newest day first; without placements of editions long sent."""
        ...

    def placed_stories(self, newsletter_id: str, *, apart_from: str = "") -> set[tuple[str, str]]:
        """
        (story id, language) of everything placed in other editions, or dropped there by an editor.

        What stood in a skipped or cancelled edition was not sent and does not count.
        """
        ...

    def dropped_stories(self, newsletter_id: str) -> set[tuple[str, str]]:
        """(story id, language) of what an editor dropped in any edition ("not this")."""
        ...

    def freeze(self, variants: Iterable[Variant]) -> None:
        """Store rendered variants of an approved edition; the same id again replaces."""
        ...

    def thaw(self, edition_id: str) -> None:
        """Forget the frozen variants: the approval became void."""
        ...

    def variants(self, edition_id: str) -> dict[str, Variant]: ...

    def link_looks(self, urls: Iterable[str]) -> dict[str, LinkLook]:
        """What was last seen behind these links, by URL; those never looked at are left out."""
        ...

    def put_link_looks(self, looks: Iterable[LinkLook]) -> None:
        """Keep each, in place of an earlier look at the same link; looks of long ago are forgotten."""
        ...
