"""The check list of an edition as the screen shows it: worded, ranked, with links to what is meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from newsdigest.editing.checklist import Check
from newsdigest.errors import NewsdigestError
from newsdigest.model.editions import Edition
from newsdigest.model.newsletters import Newsletter, say
from newsdigest.text import day_words
from newsdigest.web.newsroom import desk, formats
from newsdigest.web.newsroom.visits import HOME, Visit

RANKS = {"stop": 0, "warn": 1, "ok": 2}
LEVELS = {"block": "stop", "warn": "warn", "ok": "ok"}


@dataclass(frozen=True)
class Jump:
    """A link to what a line is about."""

    href: str
    text: str
    language: str = ""


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
    def rank(self) -> tuple[int, int]:
        """Stops first, and what is said of one story before what is said of many."""
        return RANKS[self.level], len(self.jumps)


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


def lines(visit: Visit, edition: Edition, newsletter: Newsletter) -> list[Line]:
    """Return the check list for all languages, stops first, in the visitor's language."""
    try:
        variants = {c: desk.RENDERS.get(visit.assembly, edition, c) for c in newsletter.languages}
    except NewsdigestError as error:
        return [Line("stop", visit.t.said(str(error)))]
    recipients = desk.recipients(visit.assembly, newsletter)
    found = visit.assembly.checks_of(edition, variants, recipients=recipients)
    return _joined([_line(visit, edition, newsletter, check) for check in found])


def _joined(found: list[Line]) -> list[Line]:
    """Return the lines with those that say the same of several stories as one: thirty equal ones hide the other."""
    made: dict[tuple[str, str], Line] = {}
    for line in found:
        known = made.get((line.level, line.text))
        made[line.level, line.text] = replace(line, jumps=known.jumps + line.jumps) if known else line
    return list(made.values())


def _line(visit: Visit, edition: Edition, newsletter: Newsletter, check: Check) -> Line:
    level = LEVELS[check.level]
    # A matter may have another wording where it is an obstacle ("the imprint is missing").
    key = (
        f"check.{check.code}_{level}" if visit.t.has(f"check.{check.code}_{level}") else f"check.{check.code}"
    )
    values = {name: _worded(visit, newsletter, name, value) for name, value in check.facts}
    values["language"] = visit.t(f"language.{check.language}") if check.language else ""
    if check.code == "recipients" and dict(check.facts)["before"] is None:
        key = "check.recipients_first"
    text = visit.t(key, **values)
    placement = edition.placement(check.placement_id) if check.placement_id else None
    if placement is None:
        # What no setting mends leads to none.
        is_set = level == "stop" and check.code != "empty"
        return Line(level, text, (Jump(f"{HOME}/settings", visit.t("checks.settings")),) if is_set else ())
    # Who judges a suspicion needs the tellings, not the row.
    href = f"{desk.here(edition)}?lang={placement.language}#p-{placement.id}"
    if check.code == "suspected_duplicate":
        href = f"{desk.here(edition)}/why/{placement.id}"
    return Line(level, f"{text}:", (Jump(href, placement.headline, placement.text_language),))


def _worded(visit: Visit, newsletter: Newsletter, name: str, value: Any) -> str:
    """Return a fact of a check as people read it."""
    language = visit.language
    match value:
        case None:
            return ""
        case time():
            return f"{value:%H:%M}"
        case date() if not isinstance(value, datetime):
            return day_words.written(value, language)
        case datetime():
            return visit.t("ago", span=formats.span(visit.now - value, language))
        case float():
            return formats.decimal(value, language)
        case int() if name in ("used", "limit") and value > 1000:
            return formats.kilobytes(value, language)
        case int():
            return formats.number(value, language)
        case tuple() if name == "sections":
            titles = {section.id: section.titles for section in newsletter.sections}
            return ", ".join(say(titles[id_], language) for id_ in value)
        case tuple():
            return ", ".join(f"{formats.number(count, language)} {code}" for code, count in value)
        case _ if name == "warning":
            return (
                visit.t(f"warning.{value}") if visit.t.has(f"warning.{value}") else visit.t.said(str(value))
            )
        case _:
            return visit.t.said(str(value))
