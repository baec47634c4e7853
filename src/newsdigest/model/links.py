"""What was seen behind the links of an edition, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkState(StrEnum):
    """What a reader who follows the link would most likely meet."""

    ALIVE = "alive"
    DEAD = "dead"  # the server says that there is no such page
    UNREACHABLE = "unreachable"  # no answer: down now, or gone for good
    MOVED_HOME = "moved_home"  # leads to the site's first page instead
    UNSURE = "unsure"  # the server turns programs away (401, 403, 429 ...); readers may well see the page


TROUBLE = frozenset({LinkState.DEAD, LinkState.UNREACHABLE, LinkState.MOVED_HOME})


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLook:
    """
    One look at one link.

    Attributes:
        status: Of the last answer, 0 where there was none.
        detail: One plain sentence about the trouble, "" else.
        at: Aware, UTC.
    """

    url: str
    state: LinkState
    status: int = 0
    detail: str = ""
    at: datetime

    @property
    def is_trouble(self) -> bool:
        """Whether an editor should look."""
        return self.state in TROUBLE
