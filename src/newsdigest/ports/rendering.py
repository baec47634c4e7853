"""Rendering: from an edition to the bytes people see."""

from __future__ import annotations

from typing import Protocol

from newsdigest.model.editions import Edition, Variant
from newsdigest.model.newsletters import Newsletter


class EditionRenderer(Protocol):
    """Renders one variant; preview and sending use this one function."""

    def render(
        self, *, edition: Edition, newsletter: Newsletter, language: str, topics: tuple[str, ...] = ()
    ) -> Variant:
        """
        Return the variant with recipient tokens still in place.

        Raises:
            TemplateError: A template is missing or wrong; names file and line.
        """
        ...
