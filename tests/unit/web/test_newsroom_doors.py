"""Who may pass which door of the newsroom, and what no door ever does (T17, T19, T20, T21)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests import newsroom_world as world
from tests import web_world

from newsdigest.assembly import Assembly
from newsdigest.model import ids
from newsdigest.model.users import Role
from newsdigest.web.newsroom.doors import DOORS, Door
from newsdigest.web.newsroom.visits import own_path

EDITION = "weekly-2026-03-12"
VALUES = {"id": EDITION, "language": "de", "name": "de.txt", "placement": "s001.de"}
PERSON = "p" + ids.derive("subscriber", "leserin01@haus-1.example")
SPECIAL = {"/stories": "s001", "/sources": "muldenmed", "/subscribers": PERSON}


def path_of(door: Door) -> str:
    """A real address behind a door."""
    values = dict(VALUES)
    if door.path.startswith("/users"):
        values["name"] = "editor"
    for prefix, id_ in SPECIAL.items():
        if door.path.startswith(prefix):
            values["id"] = id_
    return "/newsroom" + door.path.format_map(values)


def name_of(door: Door) -> str:
    return f"{door.method} {door.path or '/'}"


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


@pytest.fixture
def stranger(assembly: Assembly) -> Iterator[TestClient]:
    """A browser without a session."""
    with world.browsing(assembly) as client:
        yield client


def test_every_role_passes_its_doors_and_no_other(assembly: Assembly):
    """All doors x all roles and nobody: 403 below the door's role, the log-in for nobody, never a defect."""
    wrong = []
    for role in (None, *Role):
        with world.browsing(assembly, role.value if role else "") as client:
            for door in DOORS:
                if door.path in ("/log-in", "/log-out", "/sources/discover") or "/look" in door.path:
                    continue
                if role is not None and door.method == "POST" and role.includes(door.role or Role.EDITOR):
                    continue  # what an act does is told elsewhere
                status = client.request(door.method, path_of(door)).status_code
                expected = {303} if role is None else {200} if role.includes(door.role or role) else {403}
                if status not in expected:
                    wrong.append((role, name_of(door), status))
    assert wrong == []


def test_every_door_but_the_log_in_names_a_role():
    """Deny by default: only the log-in is open."""
    assert {door.path for door in DOORS if door.role is None} == {"/log-in"}


def test_people_users_and_the_audit_log_are_for_administrators():
    """Addresses and rights are behind the highest role; approving and sending behind the middle one."""
    least = {name_of(door): door.role for door in DOORS}
    inside = [
        role
        for name, role in least.items()
        if re.search(r"subscribers|retention|users|audit|bounces|deliveries", name)
    ]
    assert set(inside) == {Role.ADMINISTRATOR}
    acts = (
        "approve",
        "reject",
        "skip",
        "send",
        "pause",
        "resume",
        "cancel",
        "take-back",
        "uncertain",
        "retry",
    )
    assert {least[f"POST /editions/{{id}}/{act}"] for act in acts} == {Role.APPROVER}


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {}],
    ids=["cross_site", "sister_site", "foreign_origin", "nothing_said"],
)  # fmt: skip
def test_a_foreign_page_cannot_act(assembly: Assembly, headers: dict[str, str]):
    """Every POST door, with the cookie of an administrator: 403, and not a row changes (T19)."""
    with world.browsing(assembly, "administrator") as client:
        client.headers.pop("Sec-Fetch-Site")
        before = web_world.every_row(assembly)
        posts = [door for door in DOORS if door.method == "POST"]
        answers = {name_of(door): client.post(path_of(door), headers=headers).status_code for door in posts}
        assert set(answers.values()) == {403}, answers
        assert web_world.every_row(assembly) == before


def test_reading_changes_nothing(assembly: Assembly):
    """GET and HEAD on every door, three times: 0 rows changed (T17)."""
    with world.browsing(assembly, "administrator") as client:
        before = web_world.every_row(assembly)
        for door in DOORS:
            for _ in range(3):
                client.get(path_of(door))
                client.head(path_of(door))
        assert web_world.every_row(assembly) == before


def test_every_page_is_guarded_by_headers(assembly: Assembly):
    """Policy with a nonce, nosniff, no-store: on pages, refusals and the log-in alike."""
    with world.browsing(assembly, "editor") as client:
        for path in ("/newsroom", "/newsroom/users", "/newsroom/editions/none", "/newsroom/log-in"):
            answer = client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe-inline" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_preview_keeps_a_policy_of_its_own(assembly: Assembly):
    """Sandboxed twice: no script, no form, no request but pictures of ours (T2)."""
    with world.browsing(assembly, "editor") as client:
        policy = client.get(f"/newsroom/editions/{EDITION}/preview/de").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:")
    assert "; sandbox;" in policy
    assert "script-src" not in policy


def test_stored_html_is_never_a_page_of_this_host(assembly: Assembly):
    """The exact HTML comes as a file of plain text, not as a document a browser would run."""
    with world.browsing(assembly, "editor") as client:
        answer = client.get(f"/newsroom/editions/{EDITION}/bytes/de.html")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-disposition"].startswith("attachment")


# -- log-in


def test_a_wrong_name_and_a_wrong_password_read_the_same(stranger: TestClient):
    """Nobody learns which names exist."""
    answers = [
        stranger.post("/newsroom/log-in", data={"name": name, "password": "falsch falsch falsch"})
        for name in ("editor", "nobody-here")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    bodies = {re.sub(r'(nonce|value)="[^"]*"', "", answer.text) for answer in answers}
    assert len(bodies) == 1


def test_failures_cost_growing_delays_even_for_the_right_password(assembly: Assembly):
    """From the fourth failure on nothing is compared until the delay is over; then it doubles."""
    with world.browsing(assembly) as client:
        for _ in range(4):
            client.post("/newsroom/log-in", data={"name": "editor", "password": "falsch"})
        blocked = client.post("/newsroom/log-in", data={"name": "editor", "password": world.PASSWORD})
        assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "1")
        assembly.clock.set(world.NOW + timedelta(seconds=2))  # type: ignore[attr-defined]
        world.log_in(client, "editor")


def test_a_session_ends_when_idle_and_in_any_case_after_half_a_day(assembly: Assembly):
    """60 minutes idle, 12 hours absolute."""
    with world.browsing(assembly, "editor") as client:
        for minutes, expected in ((59, 200), (59 + 61, 303)):
            assembly.clock.set(world.NOW + timedelta(minutes=minutes))  # type: ignore[attr-defined]
            assert client.get("/newsroom").status_code == expected
        world.log_in(client, "editor")
        start = world.NOW + timedelta(minutes=120)
        for half_hours in range(1, 25):
            assembly.clock.set(start + timedelta(minutes=30 * half_hours))  # type: ignore[attr-defined]
            status = client.get("/newsroom").status_code
        assert status == 303


def test_a_log_in_gives_a_new_session_and_ends_the_old(assembly: Assembly):
    """A session id planted before the log-in is worth nothing afterwards."""
    with world.browsing(assembly, "editor") as client:
        before = client.cookies["__Host-newsdigest"]
        world.log_in(client, "approver")
        after = client.cookies["__Host-newsdigest"]
    assert before != after
    with world.browsing(assembly) as other:
        other.cookies.set("__Host-newsdigest", before)
        assert other.get("/newsroom").status_code == 303


def test_the_cookie_is_bound_to_this_host(stranger: TestClient):
    """`__Host-`, Secure, HttpOnly, SameSite; on http of the own machine the plain name without Secure."""
    data = {"name": "editor", "password": world.PASSWORD}
    cookie = stranger.post("/newsroom/log-in", data=data).headers["set-cookie"]
    assert cookie.startswith("__Host-newsdigest=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    plain = stranger.post("http://127.0.0.1/newsroom/log-in", data=data).headers["set-cookie"]
    assert plain.startswith("newsdigest=")
    assert "Secure" not in plain


def test_logging_out_ends_the_session_on_the_server(assembly: Assembly):
    """The old cookie is worth nothing after it."""
    with world.browsing(assembly, "editor") as client:
        old = client.cookies["__Host-newsdigest"]
        client.post("/newsroom/log-out")
        client.cookies.set("__Host-newsdigest", old)
        assert client.get("/newsroom").status_code == 303


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/newsroom//evil.example", "/newsroom/../x",
        "/newsroom\r\nSet-Cookie: a=b", "javascript:alert(1)", "/newsroomevil", "/elsewhere",
    ],
)  # fmt: skip
def test_no_redirect_leaves_the_newsroom(stranger: TestClient, asked: str):
    """Whatever `next` says, the log-in leads to a page of ours (T21)."""
    data = {"name": "editor", "password": world.PASSWORD, "next": asked}
    assert stranger.post("/newsroom/log-in", data=data).headers["location"] == "/newsroom"
    assert own_path(asked) == "/newsroom"


def test_a_page_asked_for_is_returned_to(stranger: TestClient):
    """The link of the Thursday mail leads through the log-in to the edition."""
    answer = stranger.get(f"/newsroom/editions/{EDITION}")
    assert answer.headers["location"] == f"/newsroom/log-in?next=/newsroom/editions/{EDITION}"


def test_a_changed_role_ends_the_sessions(assembly: Assembly):
    """Who lost a right loses it now."""
    with world.browsing(assembly, "approver") as client, world.browsing(assembly, "administrator") as chief:
        chief.post("/newsroom/users/approver/role", data={"role": "editor"})
        assert client.get("/newsroom").status_code == 303


def test_the_last_administrator_stays(assembly: Assembly):
    """Neither removed nor demoted; the page says why."""
    with world.browsing(assembly, "administrator") as client:
        client.post("/newsroom/users/administrator/remove")
        client.post("/newsroom/users/administrator/role", data={"role": "editor"})
        assert "ist der letzte Zugang der Verwaltung" in client.get("/newsroom/users").text
    with assembly.store.read() as unit:
        user = unit.users.get("administrator")
    assert user is not None
    assert user.role is Role.ADMINISTRATOR
