"""Looking at links: is there a page behind it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from newsdigest.model.links import LinkLook


class LinkLooker(Protocol):
    """Asks for pages without reading them; polite to every host, bounded in time."""

    def look(self, urls: Iterable[str], *, at: datetime) -> Iterator[LinkLook]:
        """
        Yield what was seen behind each link, as the answers come.

        What could not be asked within the looker's own time is left out, for the next time.
        """
        ...
