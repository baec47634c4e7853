"""
Every door of the newsroom: path, method, who may pass, and what is behind it.

Deny by default: a path that is not listed does not exist, and a door without a role cannot be written.
GET shows, POST acts; no GET changes a row (T17).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from newsdigest import logs
from newsdigest.assembly import Assembly
from newsdigest.errors import NewsdigestError, NotFoundError, StoreError
from newsdigest.model.users import Role
from newsdigest.web import sessions
from newsdigest.web.newsroom import (
    dashboard,
    desk,
    edition_acts,
    edition_pages,
    operating,
    people,
    person,
    preview,
    retention,
    sending,
    signing_in,
    sources,
    stories,
    website,
)
from newsdigest.web.newsroom.pages import Pages
from newsdigest.web.newsroom.visits import HOME, House, Visit

log = logs.get_logger(__name__)

View = Callable[[Visit], Response]
EVERYBODY = None
EDITOR, APPROVER, ADMINISTRATOR = Role.EDITOR, Role.APPROVER, Role.ADMINISTRATOR


@dataclass(frozen=True)
class Door:
    """
    One path and method.

    Attributes:
        role: The least role that may pass; None lets everybody in (log-in only).
        back: Where to send somebody whose act was refused; path parameters in braces.
    """

    method: str
    path: str
    role: Role | None
    view: View
    back: str = ""


DOORS: tuple[Door, ...] = (
    Door("GET", "/log-in", EVERYBODY, signing_in.show),
    Door("POST", "/log-in", EVERYBODY, signing_in.log_in),
    Door("POST", "/log-out", EDITOR, signing_in.log_out),
    Door("GET", "/account", EDITOR, signing_in.account),
    Door("POST", "/account/language", EDITOR, signing_in.set_language, "/account"),
    Door("POST", "/account/email", EDITOR, signing_in.set_email, "/account"),
    Door("POST", "/account/password", EDITOR, signing_in.set_password, "/account"),
    Door("POST", "/account/second-factor", EDITOR, signing_in.set_second_factor, "/account"),
    Door("GET", "", EDITOR, dashboard.show),
    Door("GET", "/editions", EDITOR, edition_pages.list_editions),
    Door("POST", "/editions", EDITOR, edition_acts.compose, "/editions"),
    Door("GET", "/editions/{id}", EDITOR, edition_pages.show),
    Door("GET", "/editions/{id}/history", EDITOR, edition_pages.history),
    Door("GET", "/editions/{id}/preview/{language}", EDITOR, preview.frame),
    Door("GET", "/editions/{id}/bytes/{name}", EDITOR, preview.download),
    Door("GET", "/editions/{id}/why/{placement}", EDITOR, stories.why),
    Door("GET", "/editions/{id}/left-out", EDITOR, stories.left_out),
    Door("POST", "/editions/{id}/placements", EDITOR, edition_acts.place, "/editions/{id}"),
    Door("POST", "/editions/{id}/own", EDITOR, edition_acts.add_own, "/editions/{id}"),
    Door("POST", "/editions/{id}/words", EDITOR, edition_acts.set_words, "/editions/{id}"),
    Door("POST", "/editions/{id}/late", EDITOR, edition_acts.pull_late, "/editions/{id}"),
    Door("POST", "/editions/{id}/undo", EDITOR, edition_acts.undo, "/editions/{id}"),
    Door("POST", "/editions/{id}/test", EDITOR, edition_acts.send_test, "/editions/{id}"),
    Door("POST", "/editions/{id}/review", EDITOR, edition_acts.ask_for_review, "/editions/{id}"),
    Door("POST", "/editions/{id}/approve", APPROVER, edition_acts.approve, "/editions/{id}"),
    Door("POST", "/editions/{id}/reject", APPROVER, edition_acts.reject, "/editions/{id}"),
    Door("POST", "/editions/{id}/skip", APPROVER, edition_acts.skip, "/editions/{id}"),
    Door("POST", "/editions/{id}/revive", APPROVER, edition_acts.revive, "/editions/{id}"),
    Door("POST", "/editions/{id}/follow-up", EDITOR, edition_acts.follow_up, "/editions/{id}"),
    Door("GET", "/editions/{id}/sending", EDITOR, sending.show),
    Door("POST", "/editions/{id}/send", APPROVER, sending.send, "/editions/{id}/sending"),
    Door("POST", "/editions/{id}/pause", APPROVER, sending.pause, "/editions/{id}/sending"),
    Door("POST", "/editions/{id}/resume", APPROVER, sending.resume, "/editions/{id}/sending"),
    Door("POST", "/editions/{id}/cancel", APPROVER, sending.cancel, "/editions/{id}/sending"),
    Door("POST", "/editions/{id}/take-back", APPROVER, sending.take_back, "/editions/{id}/sending"),
    Door("POST", "/editions/{id}/uncertain", APPROVER, sending.settle_uncertain, "/editions/{id}/sending"),
    Door("POST", "/editions/{id}/retry", APPROVER, sending.retry_failed, "/editions/{id}/sending"),
    Door("GET", "/editions/{id}/deliveries.csv", ADMINISTRATOR, sending.export),
    Door("GET", "/stories/{id}", EDITOR, stories.show),
    Door("POST", "/stories/{id}/split", EDITOR, stories.split, "/stories/{id}"),
    Door("POST", "/stories/{id}/merge", EDITOR, stories.merge, "/stories/{id}"),
    Door("POST", "/stories/{id}/correct", EDITOR, stories.correct, "/stories/{id}"),
    Door("GET", "/sources", EDITOR, sources.show),
    Door("POST", "/sources/discover", EDITOR, sources.discover, "/sources"),
    Door("POST", "/sources", EDITOR, sources.add, "/sources"),
    Door("GET", "/sources/{id}", EDITOR, sources.one),
    Door("POST", "/sources/{id}/pause", EDITOR, sources.pause, "/sources/{id}"),
    Door("POST", "/sources/{id}/resume", EDITOR, sources.resume, "/sources/{id}"),
    Door("POST", "/sources/{id}/look", EDITOR, sources.look, "/sources/{id}"),
    Door("GET", "/subscribers", ADMINISTRATOR, people.show),
    Door("POST", "/subscribers", ADMINISTRATOR, people.add, "/subscribers"),
    Door("POST", "/subscribers/import", ADMINISTRATOR, people.take_in, "/subscribers"),
    Door("POST", "/subscribers/end", ADMINISTRATOR, people.end, "/subscribers"),
    Door("GET", "/subscribers.csv", ADMINISTRATOR, people.export),
    Door("GET", "/subscribers/{id}", ADMINISTRATOR, person.show),
    Door("GET", "/subscribers/{id}/evidence.json", ADMINISTRATOR, person.evidence),
    Door("GET", "/subscribers/{id}/evidence.txt", ADMINISTRATOR, person.evidence_to_read),
    Door("POST", "/subscribers/{id}/save", ADMINISTRATOR, person.save, "/subscribers/{id}"),
    Door("POST", "/subscribers/{id}/pause", ADMINISTRATOR, person.pause, "/subscribers/{id}"),
    Door("POST", "/subscribers/{id}/resume", ADMINISTRATOR, person.resume, "/subscribers/{id}"),
    Door("POST", "/subscribers/{id}/confirm", ADMINISTRATOR, person.confirm, "/subscribers/{id}"),
    Door("POST", "/subscribers/{id}/end", ADMINISTRATOR, person.end, "/subscribers/{id}"),
    Door("POST", "/subscribers/{id}/forget", ADMINISTRATOR, person.forget, "/subscribers/{id}"),
    Door("GET", "/retention", ADMINISTRATOR, retention.show),
    Door("POST", "/retention", ADMINISTRATOR, retention.run, "/retention"),
    Door("GET", "/website", EDITOR, website.show),
    Door("POST", "/website/take-down", APPROVER, website.take_down, "/website"),
    Door("POST", "/website/put-back", APPROVER, website.put_back, "/website"),
    Door("GET", "/bounces", ADMINISTRATOR, sending.bounces),
    Door("GET", "/jobs", EDITOR, operating.jobs_page),
    Door("GET", "/settings", EDITOR, operating.settings_check),
    Door("GET", "/audit", ADMINISTRATOR, operating.audit),
    Door("GET", "/users", ADMINISTRATOR, operating.users),
    Door("POST", "/users", ADMINISTRATOR, operating.add_user, "/users"),
    Door("POST", "/users/{name}/role", ADMINISTRATOR, operating.set_role, "/users"),
    Door("POST", "/users/{name}/password", ADMINISTRATOR, operating.set_password, "/users"),
    Door("POST", "/users/{name}/remove", ADMINISTRATOR, operating.remove_user, "/users"),
)


def _nothing_here(visit: Visit) -> Response:
    raise NotFoundError("page", visit.request.url.path)


_NO_DOOR = Door("GET", "/{rest:path}", EDITOR, _nothing_here)
"""What is asked for and is not there: said in the newsroom, to those who may be there."""


def routes(assembly: Assembly) -> Sequence[BaseRoute]:
    """Return every door as a route, and the static files."""
    pages = Pages(assembly.workspace.template_folders, assembly.workspace.main.association.zone)
    house = House(assembly=assembly, pages=pages, key=assembly.secret_keys[0])
    made: list[BaseRoute] = [
        Route(
            HOME + door.path, _endpoint(house, door), methods=[door.method], name=f"{door.method} {door.path}"
        )
        for door in DOORS
    ]
    made.append(Route(HOME + "/{rest:path}", _endpoint(house, _NO_DOOR), methods=["GET"]))
    static = Path(__file__).resolve().parent.parent / "static"
    return [*made, Mount("/static", StaticFiles(directory=static), name="static")]


def _endpoint(house: House, door: Door) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        form = await request.form() if door.method == "POST" else FormData()
        # Views are plain synchronous code over the store: a thread each (DESIGN.md, section 4.6).
        return await run_in_threadpool(_pass, house, door, request, form)

    return endpoint


def _pass(house: House, door: Door, request: Request, form: FormData) -> Response:
    visit = Visit(house, request, None, form)
    visit.user = sessions.find(
        store=house.assembly.store, session_id=visit.session_id(), now=visit.now, is_act=door.method == "POST"
    )
    if door.role is not None and visit.user is None:
        return _to_log_in(visit, door)
    if door.role is not None and not visit.may(door.role):
        return visit.page(
            "refused.html", status=403, title=visit.t("error.role_title"), text=visit.t("error.role")
        )
    try:
        return door.view(visit)
    except NotFoundError as error:
        return visit.page(
            "refused.html", status=404, title=visit.t("error.not_found"), text=visit.t.refusal(error)
        )
    except StoreError:
        raise
    except NewsdigestError as error:
        if door.method == "GET" or visit.user is None:
            return visit.page(
                "refused.html", status=409, title=visit.t("error.title"), text=visit.t.refusal(error)
            )
        log.info("act_refused", door=door.path, by=visit.by, reason=type(error).__name__)
        return visit.go(
            _back_of(door, request),
            refused=_what_changed(visit) or visit.t.refusal(error),
            query=_look(visit),
        )


def _what_changed(visit: Visit) -> str:
    """Say who changed the edition since the page was loaded, "" where nobody did."""
    seen, edition_id = visit.say("version"), visit.request.path_params.get("id", "")
    if not seen or not edition_id:
        return ""
    with visit.assembly.store.read() as unit:
        edition = unit.editions.get(edition_id)
        steps = unit.editions.history(edition_id)
    if edition is None or seen == str(edition.version) or not steps:
        return ""
    since = [step for step in steps if step.version > int(seen)] if seen.isdigit() else list(steps)
    latest = (since or steps)[0]
    told = [desk.step_words(visit, edition, step.what) for step in since[:3] or [latest]]
    return visit.t("act.changed_by", by=latest.by or visit.t("nobody"), what="; ".join(told))


def _look(visit: Visit) -> dict[str, str]:
    """The language and view of the page an act came from, and the edit panel that was open or refused."""
    act, _, placement = visit.say("act").partition(" ")
    asked = {
        "lang": visit.say("lang"),
        "view": visit.say("view"),
        "edit": placement if act == "edit" else visit.say("edit"),
    }
    return {name: value[:80] for name, value in asked.items() if re.fullmatch(r"[\w.-]+", value, re.ASCII)}


def _to_log_in(visit: Visit, door: Door) -> Response:
    """Send to the log-in; afterwards comes the page that was asked for or acted on, never the act itself."""
    request = visit.request
    is_part = bool(request.headers.get("hx-request"))
    if is_part:
        seen = urlsplit(request.headers.get("hx-current-url", ""))
        asked = {"next": seen.path + (f"?{seen.query}" if seen.query else ""), "over": "typed"}
    elif request.method == "POST":
        asked = {"next": _back_of(door, request), "over": "1"}
    else:
        asked = {"next": request.url.path if request.url.path != HOME else ""}
    query = urlencode({name: value for name, value in asked.items() if value}, safe="/")
    target = f"{HOME}/log-in" + (f"?{query}" if query else "")
    if is_part:
        # htmx would put the log-in page into a pane; it is told to load it whole instead.
        return Response(status_code=204, headers={"HX-Redirect": target, "Cache-Control": "no-store"})
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def _back_of(door: Door, request: Request) -> str:
    return HOME + door.back.format_map({name: str(value) for name, value in request.path_params.items()})
