"""
What the screens of one edition need, gathered once: the edition, its newsletter, the chosen language and view.

Rendering costs tens of milliseconds, so rendered variants are kept for as long as neither the edition's
version nor its approval changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from newsdigest.assembly import Assembly
from newsdigest.errors import NotFoundError
from newsdigest.model.editions import OPEN_TO_EDITORS, Edition, EditionState, Placement, Variant
from newsdigest.model.newsletters import Newsletter, say
from newsdigest.model.subscribers import Subscriber
from newsdigest.web.newsroom.visits import HOME, Visit

VIEWS = ("desktop", "phone", "text", "no-images", "dark", "no-style")
KEPT_RENDERS = 24


class Renders:
    """The latest rendered variants of this process; preview and check list, asked for at once, share one making."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Variant] = OrderedDict()
        self._lock, self._making = Lock(), Lock()

    def get(
        self, assembly: Assembly, edition: Edition, language: str, topics: tuple[str, ...] = ()
    ) -> Variant:
        """Return the variant: the frozen bytes of an approved edition, else what would be frozen now."""
        key = (str(assembly.workspace.folder), edition.id, edition.version, language, topics)
        if (known := self._known(key)) is not None:
            return known
        with self._making:
            if (known := self._known(key)) is not None:
                return known
            if edition.approval is not None and not topics:
                made = assembly.review.variants(edition)[language]
            else:
                made = assembly.review.render(edition, language, topics)
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > KEPT_RENDERS:
                    self._kept.popitem(last=False)
        return made

    def _known(self, key: tuple[object, ...]) -> Variant | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)


RENDERS = Renders()


@dataclass(frozen=True)
class ShownSection:
    """A section with its stories in order, dropped ones where they stood."""

    id: str
    title: str
    placements: Sequence[Placement]
    takes_own: bool = True

    @property
    def placed(self) -> int:
        """Stories that will be sent."""
        return sum(not p.is_dropped for p in self.placements)


def edition_of(visit: Visit) -> tuple[Edition, Newsletter]:
    """
    Return the edition the path names, with its newsletter.

    Raises:
        NotFoundError: There is none.
    """
    edition = visit.assembly.review.get(visit.path("id"))
    return edition, visit.assembly.newsletter(edition.newsletter_id)


def language_of(visit: Visit, newsletter: Newsletter, asked: str) -> str:
    """Return the asked language if the newsletter has it, else the reader's own, else its first."""
    for language in (asked, visit.language):
        if language in newsletter.languages:
            return language
    return newsletter.languages[0]


def sections_of(visit: Visit, edition: Edition, newsletter: Newsletter, language: str) -> list[ShownSection]:
    """Return the sections of one language in the newsletter's order, then "In German" lists and strays."""
    mine = sorted((p for p in edition.placements if p.language == language), key=lambda p: p.position)
    made = []
    for section in newsletter.sections:
        found = [p for p in mine if p.section_id == section.id]
        if section.joins and not found:
            continue  # its stories stand in the section it joins
        title = say(section.titles, visit.language if visit.language in dict(section.titles) else language)
        made.append(ShownSection(section.id, title, found, takes_own=not section.joins))
    known = {section.id for section in newsletter.sections}
    for stray in dict.fromkeys(p.section_id for p in mine if p.section_id not in known):
        other = stray.removeprefix("in-")
        name = visit.t(f"language.{other}") if visit.t.has(f"language.{other}") else stray
        found = [p for p in mine if p.section_id == stray]
        made.append(ShownSection(stray, visit.t("edition.only_in", language=name), found, takes_own=False))
    return made


_COUNTED: dict[tuple[str, str], tuple[dict[tuple[str, str], int], dict[str, int]]] = {}


def recipients(assembly: Assembly, newsletter: Newsletter) -> dict[str, int]:
    """
    Return how many people would receive each language now: confirmed, with a legal basis, no pause.

    People are read one by one only when the sums per state have changed since the last time.
    """
    key = (str(assembly.workspace.folder), newsletter.id)
    with assembly.store.read() as unit:
        sums = unit.subscribers.counts(newsletter.id)
        if key in _COUNTED and _COUNTED[key][0] == sums:
            return dict(_COUNTED[key][1])
        made = dict.fromkeys(newsletter.languages, 0)
        now = assembly.clock.now()
        for person in unit.subscribers.iterate(newsletter.id):
            if person.language in made and person.may_receive_at(now):
                made[person.language] += 1
    _COUNTED[key] = (sums, made)
    return dict(made)


def reader_of(assembly: Assembly, newsletter: Newsletter, address: str) -> Subscriber:
    """
    Return the subscriber behind an address.

    Raises:
        NotFoundError: Nobody has it.
    """
    with assembly.store.read() as unit:
        found = [p for p in unit.subscribers.at_address(address) if p.newsletter_id == newsletter.id]
    if not found:
        raise NotFoundError("subscriber", address)
    return found[0]


def step_words(visit: Visit, edition: Edition, what: str) -> str:
    """Return a step of an edition's history in the visitor's language, the story by its headline."""
    verb, _, rest = what.rpartition(" ")
    placement = edition.placement(rest) or next(
        (p for p in (*edition.placements, *edition.waiting) if rest and p.story_id == rest), None
    )
    return visit.t.said(f"{verb} {placement.headline}" if placement else what)


def zone_of(newsletter: Newsletter) -> ZoneInfo:
    """Return the newsletter's zone."""
    return ZoneInfo(newsletter.zone)


def is_open(edition: Edition) -> bool:
    """Whether words may change."""
    return edition.state in OPEN_TO_EDITORS


def here(edition: Edition) -> str:
    """Return the edition's path."""
    return f"{HOME}/editions/{edition.id}"


def is_under_way(edition: Edition) -> bool:
    """Whether the sending screen is the one to look at."""
    return edition.state in (EditionState.SENDING, EditionState.PAUSED, EditionState.SENT)


def is_near(edition: Edition, visit: Visit, span: timedelta) -> bool:
    """Whether the start lies within that span from now."""
    return timedelta() <= edition.send_at - visit.now <= span
