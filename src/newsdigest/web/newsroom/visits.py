"""
One request to the newsroom: who comes, in which language, with which form, and how to answer.

An act answers with 303 to a page of ours, so that reloading never acts twice; what happened travels in a
signed cookie that the next page shows and clears.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from newsdigest.assembly import Assembly
from newsdigest.errors import UsageError
from newsdigest.model.users import Role, User
from newsdigest.web import sessions
from newsdigest.web.newsroom.pages import Pages
from newsdigest.web.newsroom.words import Catalogue, preferred

NOTE_COOKIE = "newsdigest-note"
HOME = "/newsroom"
# Only paths of ours: no scheme, no host, no backslash (browsers read it as a slash), no control (T21).
OWN_PATH = re.compile(r"/newsroom(?:/[A-Za-z0-9._~@:+-]+)*(?:\?[A-Za-z0-9._~=&%+-]*)?(?:#[A-Za-z0-9._-]*)?")


@dataclass(frozen=True)
class Note:
    """
    What is said about the last act.

    Attributes:
        kind: `done` or `refused`.
        text: One sentence.
        undo: Path of the act that takes it back, "" where there is none.
    """

    kind: str
    text: str
    undo: str = ""
    version: int = 0


@dataclass
class House:
    """What all visits of one process share."""

    assembly: Assembly
    pages: Pages
    key: bytes = field(repr=False)


@dataclass
class Visit:
    """One request of a known user (or of nobody, at the log-in page)."""

    house: House
    request: Request
    user: User | None
    # Never in a trace: forms hold passwords and addresses.
    form: FormData = field(default_factory=FormData, repr=False)

    @property
    def assembly(self) -> Assembly:
        """The workspace's jobs."""
        return self.house.assembly

    @property
    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self.house.assembly.clock.now()

    @property
    def by(self) -> str:
        """The user's name, for the audit log."""
        assert self.user is not None, "a door without a user asked who acts"
        return self.user.name

    @property
    def language(self) -> str:
        """The user's language, else the browser's."""
        if self.user and self.user.language:
            return self.user.language
        return preferred(self.request.headers.get("accept-language", ""))

    @property
    def t(self) -> Catalogue:
        """The words of that language."""
        return self.house.pages.catalogues[self.language]

    @property
    def is_https(self) -> bool:
        """Whether the browser speaks https with us (uvicorn believes a proxy on this machine)."""
        return self.request.url.scheme == "https"

    def may(self, role: Role | str) -> bool:
        """Whether the user has that role."""
        return self.user is not None and self.user.role.includes(Role(role))

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def ask(self, name: str, default: str = "") -> str:
        """Return a query parameter."""
        return self.request.query_params.get(name, default)

    def say(self, name: str, default: str = "") -> str:
        """Return a form field as text with plain line ends, trimmed; "" where it is missing or a file."""
        value = self.form.get(name, default)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else default

    def list(self, name: str) -> list[str]:
        """Return every value of a form field."""
        return [value for value in self.form.getlist(name) if isinstance(value, str) and value]

    def number(self, name: str) -> int:
        """
        Return a form field as a number.

        Raises:
            UsageError: It is none.
        """
        text = self.say(name)
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise UsageError(f"the form's field {name!r} must be a number; load the page again")
        return int(text)

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page; the note of the last act is shown once."""
        note = self._note()
        text = self.house.pages.render(
            template, self.language, visit=self, user=self.user, nonce=getattr(self.request.state, "nonce", ""),
            note=note, now=self.now, path=self.request.url.path, **values,
        )  # fmt: skip
        answer = HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
        if NOTE_COOKIE in self.request.cookies:
            answer.delete_cookie(NOTE_COOKIE, path=HOME)
        return answer

    def go(
        self, path: str, *, done: str = "", refused: str = "", undo: str = "", version: int = 0,
        query: Mapping[str, str] | Sequence[tuple[str, str]] = (), anchor: str = "",
    ) -> Response:  # fmt: skip
        """Return a 303 to a page of ours, with what to say there."""
        pairs = query.items() if isinstance(query, Mapping) else query
        asked = urlencode([(name, value) for name, value in pairs if value])
        target = path + (f"?{asked}" if asked else "") + (f"#{anchor}" if anchor else "")
        answer = RedirectResponse(own_path(target), status_code=303, headers={"Cache-Control": "no-store"})
        if done or refused:
            note = {
                "kind": "refused" if refused else "done",
                "text": (refused or done)[:600],
                "undo": undo,
                "version": version,
            }
            answer.set_cookie(
                NOTE_COOKIE, _signed(note, self.house.key), max_age=60, path=HOME, httponly=True, samesite="lax",
                secure=self.is_https,
            )  # fmt: skip
        return answer

    def session_id(self) -> str:
        """The browser's session id, "" where it has none."""
        return self.request.cookies.get(sessions.cookie_name(is_https=self.is_https), "")

    def _note(self) -> Note | None:
        found = _unsigned(self.request.cookies.get(NOTE_COOKIE, ""), self.house.key)
        return Note(**found) if found else None


def own_path(given: str) -> str:
    """Return the path if it is one of the newsroom's, else the newsroom's first page."""
    if not OWN_PATH.fullmatch(given) or ".." in given or "//" in given:
        return HOME
    return given


def _signed(value: Mapping[str, object], key: bytes) -> str:
    text = base64.urlsafe_b64encode(json.dumps(value, ensure_ascii=False).encode()).decode("ascii")
    return f"{text}.{_mark(text, key)}"


def _unsigned(given: str, key: bytes) -> dict[str, Any] | None:
    text, _, mark = given.rpartition(".")
    if not text or not hmac.compare_digest(mark.encode("utf-8", "replace"), _mark(text, key).encode()):
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text))
    except (binascii.Error, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _mark(text: str, key: bytes) -> str:
    return hmac.new(key, b"note " + text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
