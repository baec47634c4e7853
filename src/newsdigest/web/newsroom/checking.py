"""The check list of an edition as the screen shows it: worded, ranked, with links to what is meant."""

from __future__ import annotations

from dataclasses import dataclass

from newsdigest.errors import NewsdigestError
from newsdigest.model.editions import Edition
from newsdigest.model.newsletters import Newsletter
from newsdigest.web.newsroom import desk
from newsdigest.web.newsroom.visits import Visit

RANKS = {"stop": 0, "warn": 1, "ok": 2}


@dataclass(frozen=True)
class Jump:
    """A link to what a line is about."""

    href: str
    text: str


@dataclass(frozen=True)
class Line:
    """
    One line of the list.

    Attributes:
        level: `stop` (approval would be wrong), `warn` (look at it), `ok`.
    """

    level: str
    text: str
    jumps: tuple[Jump, ...] = ()

    @property
    def rank(self) -> int:
        """Stops first."""
        return RANKS[self.level]


@dataclass(frozen=True)
class Size:
    """How large the mail of one language is."""

    language: str
    bytes: int
    limit: int


def sizes(visit: Visit, edition: Edition, newsletter: Newsletter) -> list[Size]:
    """Return the size of every language's HTML; a language that cannot be rendered is left out (`lines` says so)."""
    made = []
    for code in newsletter.languages:
        try:
            variant = desk.RENDERS.get(visit.assembly, edition, code)
        except NewsdigestError:
            continue
        made.append(Size(code, len(variant.html.encode()), newsletter.max_html_bytes))
    return made


def lines(visit: Visit, edition: Edition, newsletter: Newsletter, language: str) -> list[Line]:
    """Return the check list for all languages, stops first."""
    made = [_line(visit, edition, check) for check in visit.assembly.checklist(edition)]
    return sorted(made, key=lambda line: line.rank)


def _line(visit: Visit, edition: Edition, check: object) -> Line:
    raise NotImplementedError
