"""Jobs, settings check, audit log and users: the operator's screens."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from newsdigest import jobs
from newsdigest.assembly import Assembly
from newsdigest.errors import SettingsError, UsageError
from newsdigest.model.users import Role
from newsdigest.web import auth
from newsdigest.web.newsroom.visits import HOME, Visit


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
    problems = Assembly(fresh).problems()
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
    return visit.page("audit.html", acts=acts, broken=broken, subject=subject)


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


def remove_user(visit: Visit) -> Response:
    """Delete a user; nobody deletes themselves."""
    name = visit.path("name")
    if name == visit.by:
        raise UsageError(visit.t("users.not_yourself"))
    auth.remove_user(store=visit.assembly.store, name=name, by=visit.by, now=visit.now)
    return visit.go(f"{HOME}/users", done=visit.t("users.removed", name=name))


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.say("role"))
    except ValueError as error:
        raise UsageError(f"there is no role {visit.say('role')!r}; choose one of the list") from error


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
