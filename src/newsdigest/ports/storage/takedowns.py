"""What is kept about stories taken down: they are published nowhere any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from newsdigest.model.channels import Takedown


class TakedownStore(Protocol):
    """Takedowns, one per story."""

    def put(self, takedown: Takedown) -> None: ...

    def remove(self, story_id: str) -> bool:
        """Publish the story again; False when it was not taken down."""
        ...

    def all(self) -> Sequence[Takedown]:
        """Newest first."""
        ...
