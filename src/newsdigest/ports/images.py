"""Images: copies of our own, never hot-linked."""

from __future__ import annotations

from typing import Protocol

from newsdigest.model.items import Image


class Images(Protocol):
    """Copies lead images into the workspace."""

    def copy(self, image: Image) -> Image:
        """Return the image with file name and size, as it was where it cannot be copied."""
        ...
