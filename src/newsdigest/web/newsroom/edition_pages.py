"""The list of editions, the edition screen and an edition's history."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from newsdigest.model.editions import Edition
from newsdigest.model.newsletters import Newsletter, say
from newsdigest.ports.storage import UnitOfWork
from newsdigest.web.newsroom import checking, desk
from newsdigest.web.newsroom.visits import Visit


def list_editions(visit: Visit) -> Response:
    """Show all editions, newest first, and what can be composed."""
    with visit.assembly.store.read() as unit:
        editions = unit.editions.all()
    newsletters = visit.assembly.workspace.newsletters
    return visit.page("editions.html", editions=editions, newsletters=newsletters)


def show(visit: Visit) -> Response:
    """Show the edition screen, or (`part=checks`) only its check list."""
    edition, newsletter = desk.edition_of(visit)
    lang = desk.language_of(visit, newsletter, visit.ask("lang"))
    if visit.ask("part") == "checks":
        return visit.page("checks.html", **_checks(visit, edition, newsletter))
    return visit.page("edition.html", **values(visit, edition, newsletter, lang))


def history(visit: Visit) -> Response:
    """Show every stored step, the approvals with their hashes, and the acts of the audit log."""
    edition, newsletter = desk.edition_of(visit)
    with visit.assembly.store.read() as unit:
        steps, approvals = unit.editions.history(edition.id), unit.editions.approvals(edition.id)
        acts = unit.audit.recent(limit=300, subject=edition.id)
    return visit.page(
        "history.html", edition=edition, newsletter=newsletter, steps=steps, approvals=approvals, acts=acts,
        here=desk.here(edition), tz=desk.zone_of(newsletter), told=partial(desk.step_words, visit, edition),
    )  # fmt: skip


def values(visit: Visit, edition: Edition, newsletter: Newsletter, lang: str) -> dict[str, Any]:
    """Return what the edition screen shows."""
    view = visit.ask("view", "desktop")
    reader = visit.ask("reader")[:254] if view == "reader" else ""
    if view not in (*desk.VIEWS, "reader") or (view == "reader" and not reader):
        view = "desktop"
    sections = desk.sections_of(visit, edition, newsletter, lang)
    placed = {code: edition.placed(code) for code in newsletter.languages}
    told = {p.story_id: p.tellings for stories in placed.values() for p in stories}
    with visit.assembly.store.read() as unit:
        has_history = len(unit.editions.history(edition.id)) > 1
        mailed = {} if desk.is_open(edition) else _mailed(unit, edition, newsletter)
    made: dict[str, Any] = {
        "edition": edition, "newsletter": newsletter, "lang": lang, "view": view, "reader": reader,
        "views": desk.VIEWS, "here": desk.here(edition), "tz": desk.zone_of(newsletter),
        "sections": sections, "counts": {code: len(stories) for code, stories in placed.items()},
        "merged": sum(tellings - 1 for tellings in told.values()),
        "waiting": [p for p in edition.waiting if p.language == lang],
        "is_open": desk.is_open(edition), "can_undo": has_history and desk.is_open(edition),
        "editing": visit.ask("edit") if desk.is_open(edition) else "", "asked": visit.ask("open"),
        "introduction": dict(edition.introductions).get(lang, ""), "subject": dict(edition.subjects).get(lang, ""),
        "preheader": dict(edition.preheaders).get(lang, ""), "usual_subject": say(newsletter.titles, lang),
        "topic_names": topic_names(visit), "recipients": desk.recipients(visit.assembly, newsletter),
        "changes": [] if desk.is_open(edition) else visit.assembly.changed_since_sent(edition.id), "mailed": mailed,
        "digest": edition.approval.content_hash if edition.approval else visit.assembly.review.content_hash(edition),
        "checks": None, "sizes": (),
    }  # fmt: skip
    if visit.ask("checks"):
        made |= _checks(visit, edition, newsletter)
    return made


def _mailed(unit: UnitOfWork, edition: Edition, newsletter: Newsletter) -> dict[str, int]:
    """Return how many readers of each language were mailed, {} where nothing was planned."""
    if unit.mailings.mailing(edition.id) is None:
        return {}
    found = dict.fromkeys(newsletter.languages, 0)
    for variant_id, number in unit.mailings.mailed(edition.id).items():
        language = variant_id.partition(".")[0]
        found[language] = found.get(language, 0) + number
    return found


def topic_names(visit: Visit) -> dict[str, str]:
    """Return topic id to name in the user's language."""
    return {topic.id: topic.name(visit.language) for topic in visit.assembly.workspace.topics.topics}


def _checks(visit: Visit, edition: Edition, newsletter: Newsletter) -> dict[str, Any]:
    return {
        "checks": checking.lines(visit, edition, newsletter),
        "sizes": checking.sizes(visit, edition, newsletter),
    }
