"""
T17: mail scanners and link previews follow every link; none of it may change a row.

Every route of the application is taken from its route table, every link from the mails of an edition
that was really sent. A hundred clients ask for each of them three times by GET and by HEAD, the clock
moving on between the rounds; the whole database is compared before and after.
"""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from starlette.routing import BaseRoute, Mount, Route
from tests import newsroom_world as world
from tests.web_world import BASE, every_row, letters

from newsdigest.assembly import Assembly
from newsdigest.model.subscribers import SubscriberState
from newsdigest.subscribing.consent import Wishes
from newsdigest.subscribing.sign_up import confirm_token
from newsdigest.text import tokens
from newsdigest.web.app import Application, create_app

EDITION = "weekly-2026-03-12"
CLIENTS = 100
ROUNDS = 3
METHODS = ("GET", "HEAD")


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace whose edition went out to its readers."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    made.approve(EDITION, by="approver")
    made.dispatch(EDITION, by="approver")
    made.send(EDITION, by="approver")
    yield made
    made.close()


def links_in(letter: EmailMessage) -> set[str]:
    """Every link of a mail that leads to our host: header, text and HTML."""
    texts = [str(value) for value in letter.values()]
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        assert part is not None
        texts.append(part.get_content().replace("&amp;", "&"))
    found = {link for text in texts for link in re.findall(r"https?://[^\s<>\"']+", text)}
    return {link.removeprefix(BASE) for link in found if link.startswith(BASE + "/")}


def values_of(assembly: Assembly) -> dict[str, str]:
    """A real value for every parameter of a path, by the path's beginning where it matters."""
    keys = assembly.secret_keys
    reader = next(p for p in assembly.subscribers() if p.state is SubscriberState.CONFIRMED)
    pending = next(p for p in assembly.subscribers() if p.state is SubscriberState.PENDING)
    now = assembly.clock.now()
    mailed = (reader.id, reader.newsletter_id)
    return {
        "/confirm/{token}": confirm_token(keys, pending, Wishes(), now),
        "/unsubscribe/{token}": tokens.sign(keys, "unsubscribe", *mailed),
        "/preferences/{token}": tokens.sign(keys, "preferences", *mailed),
        "/my-data/{token}": tokens.sign(keys, "personal", reader.id, now.isoformat()),
        "/archive/{language}/{name}": f"{EDITION}.html",
        "/feeds/{language}/{name}": "all.rss",
        "/embed/{language}/{name}": "all.html",
        "/opml/{name}": "sources.opml",
        "/assets/{name}": "public.css",
        "/images/{name}": "none.jpg",
        "/newsroom/subscribers/{id}": reader.id,
        "/newsroom/subscribers/{id}/evidence.json": reader.id,
        "/newsroom/subscribers/{id}/evidence.txt": reader.id,
        "/newsroom/stories/{id}": "s001",
        "/newsroom/sources/{id}": "muldenmed",
        "id": EDITION, "edition_id": EDITION, "language": "de", "name": "de.txt", "placement": "s001.de", "rest": "nowhere",
    }  # fmt: skip


def paths_of(routes: Iterable[BaseRoute], values: dict[str, str]) -> list[str]:
    """A real path for every route that answers to GET; every one of its languages for a page with one."""
    made = []
    for route in routes:
        if isinstance(route, Mount):
            made += [f"{route.path}/newsroom.css", f"{route.path}/none"]
            continue
        assert isinstance(route, Route), route
        if "GET" not in (route.methods or ()):
            continue
        own = values.get(route.path)
        names = {
            name: values[name] if own is None or name == "language" else own
            for name in route.param_convertors
        }
        made += [
            route.path.replace(":path}", "}").format_map({**names, "language": code}) for code in ("de", "en")
        ]
    return list(dict.fromkeys(made))


async def ask(app: Application, method: str, link: str, client: str, headers: dict[str, str]) -> int:
    """Ask the application as a server would, without the costs of a socket; return the status."""
    parts = urlsplit(link)
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
        "path": unquote(parts.path), "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
        "root_path": "", "client": (client, 40_000), "server": ("news.example", 443), "state": {},
        "headers": [(b"host", b"news.example"), *((k.encode(), v.encode()) for k, v in headers.items())],
    }  # fmt: skip
    status = 0
    given = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in given:
            return message
        await asyncio.Event().wait()  # the client stays until it has its answer
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)  # type: ignore[arg-type]
    return status


def ask_all(
    assembly: Assembly,
    links: Iterable[str],
    *,
    clients: int,
    headers: dict[str, str] | None = None,
    rounds: int = ROUNDS,
) -> dict[str, set[int]]:
    """Let every client ask for every link, by GET and HEAD, round by round; return the statuses by link."""
    app = create_app(assembly)
    statuses: dict[str, set[int]] = {}

    async def go() -> None:
        for _ in range(rounds):
            assembly.clock.advance(timedelta(minutes=7))  # type: ignore[attr-defined]
            for number in range(clients):
                address = f"198.51.{100 + number // 250}.{number % 250}"
                for link in links:
                    for method in METHODS:
                        status = await ask(
                            app, method, link, address, {"user-agent": f"scanner/{number}", **(headers or {})}
                        )
                        statuses.setdefault(link, set()).add(status)

    asyncio.run(go())
    return statuses


def test_every_link_of_a_sent_edition_asked_for_by_a_hundred_clients(assembly: Assembly):
    """All links to our host in the mails of readers of each kind: leaving, settings, archive, calendar, pictures."""
    mails = letters(assembly)
    assert len(mails) > 30
    by_reader = [links_in(mail) for mail in mails]
    common = set.intersection(*by_reader)
    kinds = {mail["Content-Language"]: links for mail, links in zip(mails, by_reader, strict=True)}
    links = sorted(set().union(*kinds.values()))
    assert {link.split("/")[1] for link in links} >= {"unsubscribe", "preferences", "archive"}, (
        links,
        common,
    )
    before = every_row(assembly)
    statuses = ask_all(assembly, links, clients=CLIENTS)
    assert every_row(assembly) == before
    assert {link: found for link, found in statuses.items() if not found <= {200, 302}} == {}


def test_every_readers_own_links(assembly: Assembly):
    """Whoever they were sent to: each reader's links three times, and nobody has left."""
    links = sorted(set().union(*(links_in(mail) for mail in letters(assembly))))
    before = every_row(assembly)
    ask_all(assembly, links, clients=1)
    assert every_row(assembly) == before


def test_every_route_asked_for_by_a_hundred_clients(assembly: Assembly):
    """The whole route table, newsroom included, as a scanner without a session sees it."""
    paths = paths_of(create_app(assembly).routes, values_of(assembly))
    assert len(paths) > 55
    before = every_row(assembly)
    statuses = ask_all(assembly, paths, clients=CLIENTS)
    assert every_row(assembly) == before
    assert {path: found for path, found in statuses.items() if not found <= {200, 302, 303, 404}} == {}


def test_every_route_as_an_administrator_reads_it(assembly: Assembly):
    """With a session that grows older: every screen three times, and not even the session's row changes."""
    paths = paths_of(create_app(assembly).routes, values_of(assembly))
    with world.browsing(assembly, "administrator") as client:
        cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
    before = every_row(assembly)
    statuses = ask_all(assembly, paths, clients=1, headers=cookie)
    assert every_row(assembly) == before
    screens = {path: found for path, found in statuses.items() if path.startswith("/newsroom")}
    assert screens.pop("/newsroom/log-in") == {303}
    assert screens.pop("/newsroom/nowhere") == {404}
    assert {path: found for path, found in screens.items() if found != {200}} == {}


def test_a_hundred_addresses_over_real_sockets(tmp_path: Path, migrated_database: Path):
    """A real server, a connection from each of a hundred loopback addresses: the links that carry a token."""
    assembly = world.make_world(tmp_path / "workspace", migrated_database)
    values = values_of(assembly)
    links = [path.format(token=value) for path, value in values.items() if "{token}" in path]
    assert len(links) == 4
    before = every_row(assembly)
    with world.serving(assembly) as address:
        place = urlsplit(address)
        for number in range(CLIENTS):
            own = (f"127.0.0.{number + 2}", 0)
            wire = http.client.HTTPConnection(str(place.hostname), place.port, timeout=20, source_address=own)
            for link in links:
                for method in METHODS:
                    wire.request(method, link)
                    answer = wire.getresponse()
                    answer.read()
                    assert answer.status == 200, link
            wire.close()
    assert every_row(assembly) == before
    assembly.close()
