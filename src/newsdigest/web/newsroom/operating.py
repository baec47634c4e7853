"""Jobs, settings check, audit log and users: the operator's screens."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from starlette.responses import Response

from newsdigest import jobs
from newsdigest.assembly import Assembly
from newsdigest.errors import SettingsError, UsageError
from newsdigest.model.audit import Act
from newsdigest.model.users import Role
from newsdigest.web import auth
from newsdigest.web.newsroom.visits import HOME, Visit, own_path

# As `settings.checking` writes them: `file:line:column: key: what is wrong; what to do (found value)`.
_PROBLEM = re.compile(
    r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?:(?P<key>[\w.-]+): )?(?P<said>.+?)"
    r"(?: \((?P<value>found .+|nothing is written there)\))?",
    re.DOTALL,
)

_PAGES = {
    "edition": "editions", "source": "sources", "subscriber": "subscribers", "story": "stories",
    "stories_merged": "stories", "story_split": "stories",
}  # fmt: skip
_WITHOUT_PAGE = frozenset({"source.remove", "subscriber.import", "subscriber.forget"})


def jobs_page(visit: Visit) -> Response:
    """Show every job with its last run."""
    states = {state.job: state for state in jobs.states(visit.assembly)}
    rows = [(job, states[job.name], _instant(states[job.name].started)) for job in jobs.JOBS]
    return visit.page("jobs.html", jobs=rows)


def settings_check(visit: Visit) -> Response:
    """Show what `newsdigest check` would say about the files as they are now, and the newsletters."""
    from newsdigest.settings.workspace import Workspace

    # A fresh look: the running process keeps the settings it started with.
    fresh = Workspace(visit.assembly.workspace.folder)
    problems = [_problem(visit, line) for line in Assembly(fresh).problems()]
    try:
        newsletters = list(fresh.newsletters.values())
    except SettingsError:
        newsletters = list(visit.assembly.workspace.newsletters.values())
    return visit.page("settings.html", problems=problems, newsletters=newsletters)


def audit(visit: Visit) -> Response:
    """Show the newest acts and whether the chain holds."""
    subject = visit.ask("subject")[:200]
    with visit.assembly.store.read() as unit:
        acts, broken = unit.audit.recent(limit=300, subject=subject), unit.audit.broken_link()
    return visit.page("audit.html", acts=acts, broken=broken, subject=subject, subject_link=_link)


def _link(act: Act) -> str:
    """Return the page of what an act was done to, "" where it has none."""
    kind = act.what.partition(".")[0]
    if kind not in _PAGES or act.what in _WITHOUT_PAGE or not act.subject:
        return ""
    return own_path(f"{HOME}/{_PAGES[kind]}/{act.subject}")


def users(visit: Visit) -> Response:
    """Show the users."""
    with visit.assembly.store.read() as unit:
        found = unit.users.all()
    return visit.page("users.html", users=found, roles=list(Role))


def add_user(visit: Visit) -> Response:
    """Store a new user."""
    user = auth.add_user(
        store=visit.assembly.store, hasher=visit.assembly.password_hasher, name=visit.say("name"),
        password=str(visit.form.get("password", "")), role=_role(visit), email=visit.say("email"), by=visit.by,
        now=visit.now,
    )  # fmt: skip
    return visit.go(f"{HOME}/users", done=visit.t("users.added", name=user.name))


def set_role(visit: Visit) -> Response:
    """Give a user another role."""
    name = visit.path("name")
    auth.change_user(store=visit.assembly.store, name=name, role=_role(visit), by=visit.by, now=visit.now)
    return visit.go(f"{HOME}/users", done=visit.t("users.role_set", name=name))


def set_password(visit: Visit) -> Response:
    """Give a colleague who forgot theirs a new password, without the second factor where the phone is lost."""
    name = visit.path("name")
    if name == visit.by:
        raise UsageError(visit.t("users.own_password"))
    auth.set_password(
        store=visit.assembly.store, hasher=visit.assembly.password_hasher, name=name,
        password=str(visit.form.get("password", "")), by=visit.by, now=visit.now,
    )  # fmt: skip
    if visit.say("without_second_factor"):
        auth.change_user(store=visit.assembly.store, name=name, totp_secret="", by=visit.by, now=visit.now)
    return visit.go(f"{HOME}/users", done=visit.t("users.password_set", name=name))


def remove_user(visit: Visit) -> Response:
    """Delete a user; nobody deletes themselves."""
    name = visit.path("name")
    if name == visit.by:
        raise UsageError(visit.t("users.not_yourself"))
    auth.remove_user(store=visit.assembly.store, name=name, by=visit.by, now=visit.now)
    return visit.go(f"{HOME}/users", done=visit.t("users.removed", name=name))


def _problem(visit: Visit, line: str) -> tuple[str, str, str]:
    """Return where a setting is wrong, which one, and what to do, in the visitor's language."""
    found = _PROBLEM.fullmatch(line)
    if found is None:
        return "", "", visit.t.said(line)  # of another shape: whole
    said = visit.t.said(found["said"])
    if found["value"]:
        said = f"{said} ({visit.t.said(found['value'])})"
    where = visit.t(
        "settings.where", file=Path(found["file"]).name, line=found["line"], column=found["column"]
    )
    return where, found["key"] or "", said


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.say("role"))
    except ValueError as error:
        raise UsageError(f"there is no role {visit.say('role')!r}; choose one of the list") from error


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
