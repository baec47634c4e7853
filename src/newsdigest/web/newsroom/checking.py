"""The check list of an edition as the screen shows it: worded, ranked, with links to what is meant."""

from __future__ import annotations

from dataclasses import dataclass

from newsdigest.editing import checklist
from newsdigest.editing.checklist import Check
from newsdigest.errors import NewsdigestError
from newsdigest.model.editions import Edition
from newsdigest.model.newsletters import Newsletter
from newsdigest.web.newsroom import desk
from newsdigest.web.newsroom.visits import Visit

RANKS = {"stop": 0, "warn": 1, "ok": 2}
LEVELS = {"block": "stop", "warn": "warn", "ok": "ok"}
# Matters whose label and language say it all; the others add the figures of the plain sentence.
_SAID_BY_LABEL = frozenset({"introduction", "imprint", "unsubscribe", "empty"})


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
    try:
        variants = {c: desk.RENDERS.get(visit.assembly, edition, c) for c in newsletter.languages}
    except NewsdigestError as error:
        return [Line("stop", str(error))]
    found = checklist.checks(
        edition, newsletter, variants, recipients=desk.recipients(visit.assembly, newsletter),
        recipients_before=_recipients_before(visit, edition),
    )  # fmt: skip
    return [_line(visit, edition, check) for check in found]


def _line(visit: Visit, edition: Edition, check: Check) -> Line:
    level = LEVELS[check.level]
    placement = edition.placement(check.placement_id) if check.placement_id else None
    text = check.text
    if visit.t.has(f"check.{check.code}"):
        text = visit.t(f"check.{check.code}")
        if placement is None and check.code not in _SAID_BY_LABEL:
            text = f"{text}: {check.text}"
        elif check.language and placement is None:
            text = f"{text} ({check.language})"
    if placement is None:
        return Line(level, text)
    href = f"{desk.here(edition)}?lang={placement.language}#p-{placement.id}"
    return Line(level, f"{text}:", (Jump(href, placement.headline),))


def _recipients_before(visit: Visit, edition: Edition) -> int | None:
    with visit.assembly.store.read() as unit:
        earlier = [
            e for e in unit.editions.all(edition.newsletter_id) if e.day < edition.day and e.finished_at
        ]
        mailing = unit.mailings.mailing(max(earlier, key=lambda e: e.day).id) if earlier else None
    return mailing.planned if mailing else None
