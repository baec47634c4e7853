"""
Check links: look at what stands behind the links of the editions that are about to leave.

Runs by the clock, never within a request for a page: the check list shows what was last seen and
when. A dead link is a warning, not an obstacle; a member's site may be down for an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from newsdigest import logs
from newsdigest.editing import link_rounds
from newsdigest.model.editions import Edition
from newsdigest.model.links import LinkLook
from newsdigest.model.newsletters import Newsletter
from newsdigest.ports.clock import Clock
from newsdigest.ports.links import LinkLooker
from newsdigest.ports.storage import Store

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReport:
    """
    What a round found.

    Attributes:
        looked: How many links were asked for.
        trouble: Looks an editor should see.
        is_offline: Nothing could be reached at all; nothing was stored.
    """

    looked: int = 0
    trouble: tuple[LinkLook, ...] = ()
    is_offline: bool = False

    @property
    def line(self) -> str:
        """One line for the operator, "" where nothing was due."""
        if self.is_offline:
            return f"{self.looked} links asked for, no host answered; is this machine offline?"
        return f"{self.looked} links looked at, {len(self.trouble)} in trouble" if self.looked else ""


def check_links(
    *,
    clock: Clock,
    store: Store,
    looker: LinkLooker,
    newsletters: Mapping[str, Newsletter],
    only: str = "",
) -> LinkReport:
    """
    Look at the links that are due and store what was seen.

    Args:
        only: An edition's id: look at all of its links now, due or not.
    """
    now = clock.now()
    wanted: dict[str, None] = {}
    with store.read() as unit:
        for newsletter in newsletters.values():
            for edition in unit.editions.all(newsletter.id):
                if only != edition.id and (only or not link_rounds.is_watched(edition, now)):
                    continue
                whole: Edition = unit.editions.get(edition.id) or edition
                links = link_rounds.links_of(whole, newsletter)
                known = {} if only else unit.editions.link_looks(links)
                wanted |= dict.fromkeys(link_rounds.due(links, known, now=now, send_at=edition.send_at))
    if not wanted:
        return LinkReport()
    looks = list(looker.look(list(wanted), at=now))
    if link_rounds.is_our_own_silence(looks):
        log.warning("links_all_silent", links=len(looks))
        return LinkReport(looked=len(looks), is_offline=True)
    with store.write() as unit:
        unit.editions.put_link_looks(looks)
    trouble = tuple(look for look in looks if look.is_trouble)
    log.info("links_looked_at", links=len(looks), trouble=len(trouble))
    return LinkReport(looked=len(looks), trouble=trouble)
