"""
What one is asked before approving an edition that looks too early or too thin.

Not obstacles: whoever approves may be sure. An ordinary week has none of them, so that approving
stays one click.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from newsdigest.editing import cadence
from newsdigest.errors import IllegalStepError
from newsdigest.model.editions import Edition, EditionState, Placement
from newsdigest.model.newsletters import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """
    One thing to think about before approving.

    Attributes:
        code: `early` (the copy deadline is still to come) or `thin` (too few new stories).
        text: In plain English.
        until: When the copy deadline is, for `early`.
        n, needed: New stories there are, and how many an edition should have, for `thin`.
    """

    code: str
    text: str
    until: datetime | None = None
    n: int = 0
    needed: int = 0


class DoubtfulError(IllegalStepError):
    """Approving needs a second word of whoever approves."""

    def __init__(self, edition_id: str, found: Sequence[Doubt]) -> None:
        self.doubts = tuple(found)
        super().__init__(
            edition_id, "; ".join(doubt.text for doubt in found) + "; say that you are sure to approve it"
        )


def of(edition: Edition, newsletter: Newsletter, *, now: datetime) -> tuple[Doubt, ...]:
    """Return the doubts about approving the edition now; none about a correction, which is due at once."""
    if edition.follows:
        return ()
    found = []
    zone = ZoneInfo(newsletter.zone)
    period = cadence.period_of(newsletter.cadence, zone, edition.day)
    cut_off = period.cut_off if period else edition.window[1]
    if edition.state is EditionState.COLLECTING or now < cut_off:
        local = cut_off.astimezone(zone)
        text = f"still collects until {local:%Y-%m-%d}, {local:%H:%M}; what comes later will not stand in it"
        found.append(Doubt(code="early", text=text, until=cut_off))
    n, needed = len(new_stories(edition.placements)), newsletter.cadence.skip_below
    if n < needed:
        text = f"only {n} new stories; {needed} are needed"
        found.append(Doubt(code="thin", text=text, n=n, needed=needed))
    return tuple(found)


def new_stories(placements: Iterable[Placement]) -> frozenset[str]:
    """Return the stories that stand in no edition before; events shown again are none of them."""
    return frozenset(p.story_id for p in placements if not p.is_repeated and not p.is_dropped)
