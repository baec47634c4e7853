"""Log-in, log-out, and what a user may change about themselves."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from newsdigest.errors import UsageError
from newsdigest.text import addresses
from newsdigest.web import auth, sessions, totp
from newsdigest.web.newsroom.visits import HOME, Visit, own_path
from newsdigest.web.newsroom.words import LANGUAGES


def show(visit: Visit) -> Response:
    """Show the log-in form."""
    if visit.user:
        return visit.go(own_path(visit.ask("next", HOME)))
    with visit.assembly.store.read() as unit:
        has_users = bool(unit.users.all())
    over = {"typed": visit.t("log_in.over_typed"), "1": visit.t("log_in.over")}.get(visit.ask("over"), "")
    after = own_path(visit.ask("next", HOME))
    return visit.page("log-in.html", next=after, problem="", over=over, has_users=has_users)


def log_in(visit: Visit) -> Response:
    """Begin a session."""
    after = own_path(visit.say("next", HOME))
    try:
        user = auth.log_in(
            store=visit.assembly.store, hasher=visit.assembly.password_hasher, name=visit.say("name"),
            password=str(visit.form.get("password", "")), code=visit.say("code"),
            network=visit.request.client.host if visit.request.client else "", key=visit.house.key, now=visit.now,
        )  # fmt: skip
    except auth.LogInDelayedError as error:
        return _again(visit, after, visit.t("log_in.delayed", n=error.seconds), 429, error.seconds)
    except auth.LogInError:
        return _again(visit, after, visit.t("log_in.wrong"), 403)
    made = sessions.begin(store=visit.assembly.store, user=user, now=visit.now, old=visit.session_id())
    answer = RedirectResponse(after, status_code=303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        sessions.cookie_name(is_https=visit.is_https), made, path="/", httponly=True, samesite="lax",
        secure=visit.is_https,
    )  # fmt: skip
    return answer


def log_out(visit: Visit) -> Response:
    """End the session and clear what the browser kept."""
    sessions.end(store=visit.assembly.store, session_id=visit.session_id(), by=visit.by, now=visit.now)
    answer = RedirectResponse(f"{HOME}/log-in", status_code=303, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(
        sessions.cookie_name(is_https=visit.is_https), path="/", secure=visit.is_https, httponly=True, samesite="lax",
    )  # fmt: skip
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def account(visit: Visit) -> Response:
    """Show language, password and second factor."""
    secret = totp.new_secret()
    issuer = visit.assembly.workspace.main.association.name
    uri = totp.provisioning_uri(secret, user=visit.by, issuer=issuer)
    return visit.page("account.html", secret=secret, uri=uri, languages=LANGUAGES)


def set_language(visit: Visit) -> Response:
    """Store the interface's language."""
    language = visit.say("language")
    if language not in ("", *LANGUAGES):
        raise UsageError(f"there is no language {language!r}; choose one of the list")
    user = auth.change_user(
        store=visit.assembly.store, name=visit.by, language=language, by=visit.by, now=visit.now
    )
    visit.user = user
    return visit.go(f"{HOME}/account", done=visit.t("account.language_set"))


def set_email(visit: Visit) -> Response:
    """Store the address that gets the user's test mails."""
    given = visit.say("email")
    if given and addresses.normal(given) is None:
        raise UsageError("no usable mail address")
    auth.change_user(store=visit.assembly.store, name=visit.by, email=given, by=visit.by, now=visit.now)
    return visit.go(f"{HOME}/account", done=visit.t("account.email_set"))


def set_password(visit: Visit) -> Response:
    """Store a new password; the old one must be given."""
    assert visit.user is not None
    old, new = str(visit.form.get("old", "")), str(visit.form.get("new", ""))
    if not visit.assembly.password_hasher.fits(old, visit.user.password_hash):
        raise UsageError(visit.t("account.old_wrong"))
    auth.set_password(
        store=visit.assembly.store, hasher=visit.assembly.password_hasher, name=visit.by, password=new, by=visit.by,
        now=visit.now, keep_session=sessions.id_hash(visit.session_id()),
    )  # fmt: skip
    return visit.go(f"{HOME}/account", done=visit.t("account.password_set"))


def set_second_factor(visit: Visit) -> Response:
    """Switch the second factor on (a right code proves the app has the secret) or off (with the password)."""
    assert visit.user is not None
    if visit.say("act") == "off":
        if not visit.assembly.password_hasher.fits(str(visit.form.get("old", "")), visit.user.password_hash):
            raise UsageError(visit.t("account.old_wrong"))
        auth.change_user(
            store=visit.assembly.store, name=visit.by, totp_secret="", by=visit.by, now=visit.now
        )
        return visit.go(f"{HOME}/account", done=visit.t("account.second_factor_off"))
    secret = visit.say("secret")
    if len(secret) != 32 or totp.matching_step(secret, visit.say("code"), visit.now) is None:
        raise UsageError(visit.t("account.code_wrong"))
    auth.change_user(
        store=visit.assembly.store, name=visit.by, totp_secret=secret, by=visit.by, now=visit.now
    )
    return visit.go(f"{HOME}/account", done=visit.t("account.second_factor_on"))


def _again(visit: Visit, after: str, problem: str, status: int, wait: int = 0) -> Response:
    answer = visit.page("log-in.html", status=status, next=after, problem=problem, over="", has_users=True)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer
