"""A workspace whose newsroom has everything to show, for tests of the screens and for screenshots."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from newsdigest.adapters.argon_hasher import ArgonHasher
from newsdigest.assembly import Assembly
from newsdigest.model import ids
from newsdigest.model.editions import Edition, Placement
from newsdigest.model.items import Item, Judgement, Kind, LanguageVerdict, TopicScore
from newsdigest.model.sources import FetchResult, Source, SourceState, SourceType
from newsdigest.model.stories import Match, MatchState, Story
from newsdigest.model.subscribers import LegalBasis, Subscriber, SubscriberState
from newsdigest.model.users import Role
from newsdigest.web import auth, server
from newsdigest.web.app import create_app
from tests import web_world
from tests.edition_world import sample_edition

NOW = datetime(2026, 3, 11, 14, 20, tzinfo=UTC)
PASSWORD = "eine kleine Nachtredaktion"
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def make_world(
    folder: Path, database: Path | None = None, *, base: str = web_world.BASE, now: datetime = NOW
) -> Assembly:
    """A workspace with users of every role, sources, stories, a draft, a sent edition and subscribers."""
    assembly = web_world.make_assembly(folder, database, base=base, now=now)
    # Cheap costs: the costs of argon2 are its adapter's business, not these tests'.
    assembly.__dict__["password_hasher"] = ArgonHasher(time_cost=1, memory_kib=64, lanes=1)
    for role in Role:
        auth.add_user(
            store=assembly.store, hasher=assembly.password_hasher, name=role.value, password=PASSWORD, role=role,
            by="test", now=now,
        )  # fmt: skip
    draft = with_waiting(sample_edition())
    earlier = web_world.sent_edition(id="weekly-2026-03-05", number=10, placements=draft.placements[:6])
    earlier = replace(earlier, day=draft.day - timedelta(days=7), send_at=draft.send_at - timedelta(days=7))
    web_world.keep(assembly, earlier, draft)
    _put_sources(assembly, now)
    _put_stories(assembly, draft, now)
    _put_people(assembly, now)
    return assembly


def with_waiting(edition: Edition) -> Edition:
    """The edition with two stories that only wait, one that was left out, and merged tellings."""
    placements = tuple(
        replace(p, tellings=2 + i, reasons=REASONS) if i < 2 else replace(p, reasons=REASONS[:2])
        for i, p in enumerate(edition.placements)
    )
    german = next(p for p in placements if p.language == "de" and p.text_language == "de")
    waiting = (
        _waiting(
            german, "w1", "Neue Blutzucker-App senkt Kosten um die Hälfte, sagt der Anbieter", "low_trust"
        ),
        _waiting(german, "w2", "Studie zur Wundheilung erscheint am Freitag", "embargo"),
    )
    return replace(edition, placements=placements, waiting=waiting, left_out=(("sleft", "over"),))


REASONS = (
    "source: Biosphäre Sachsen (association)", "first seen: 2026-03-09 08:12 UTC", "language: de (0.99, by judge)",
    "topic: medtech 0.91 (implantat, sensorik)", "merged: same amount and date (3.84 million euro, 5 March)",
)  # fmt: skip


def _waiting(like: Placement, id_: str, headline: str, held: str) -> Placement:
    return replace(
        like, id=f"{id_}.de", story_id=id_, item_id=f"i{id_}", headline=headline, held=held, tellings=1, is_lead=False,
        also_at=(), notices=(), section_id="members", organisation="Offene Presse", image_url="",
    )  # fmt: skip


def _put_sources(assembly: Assembly, now: datetime) -> None:
    rows = (
        ("biosphaere", "Biosphäre Sachsen", SourceType.ASSOCIATION, FetchResult.OK, 2, 0),
        ("muldenmed", "Muldenmed GmbH", SourceType.MEMBER, FetchResult.NOT_MODIFIED, 30, 0),
        ("pleissecell", "PleisseCell AG", SourceType.MEMBER, FetchResult.OK, 9, 0),
        (
            "smwt",
            "Staatsministerium für Wirtschaft und Transfer",
            SourceType.MINISTRY,
            FetchResult.FAILED,
            200,
            14,
        ),
        ("offenepresse", "Offene Presse", SourceType.PORTAL, FetchResult.GONE, 600, 3),
    )
    with assembly.store.write() as unit:
        for id_, name, kind, result, hours, failures in rows:
            url = f"https://{id_}.example/feed.xml"
            unit.sources.put([Source(id=id_, name=name, url=url, type=kind, origin="added")])
            at = now - timedelta(hours=hours)
            unit.sources.put_states([
                SourceState(
                    source_id=id_, url=url, last_look=now - timedelta(minutes=12), last_success=at, last_new_item=at,
                    next_look=now + timedelta(minutes=48), last_result=result, failures=failures, has_base_line=True,
                    failing_since=at if failures else None,
                    last_error="the server answers 503 Service Unavailable" if failures else "",
                )
            ])  # fmt: skip


def _put_stories(assembly: Assembly, draft: Edition, now: datetime) -> None:
    seen: dict[str, list[str]] = {}
    with assembly.store.write() as unit:
        for index, p in enumerate((*draft.placements, *draft.waiting)):
            if p.is_own or p.story_id in seen:
                continue
            tellings = [_item(p, 0, now)] + ([_item(p, 1, now), _item(p, 2, now)] if index < 2 else [])
            seen[p.story_id] = [item.id for item in tellings]
            unit.items.put(tellings)
            first, *others = seen[p.story_id]
            matches = tuple(
                Match(
                    a=min(first, other), b=max(first, other), score=0.9 - 0.2 * n,
                    reason=("same amount and date (3.84 million euro, 5 March)", "same names (Transferzentrum)")[n],
                    state=(MatchState.MERGED, MatchState.PROPOSED)[n], level="retold",
                )
                for n, other in enumerate(others)
            )  # fmt: skip
            unit.stories.put([
                Story(
                    id=p.story_id, item_ids=(first, *others[:1]), proposed_ids=tuple(others[1:]), matches=matches,
                    lead_by_language=((p.text_language, first),), first_seen=now - timedelta(days=2), last_seen=now,
                )
            ])  # fmt: skip


def _item(p: Placement, number: int, now: datetime) -> Item:
    source = ("biosphaere", "smwt", "muldenmed")[number]
    return Item(
        id=f"{p.item_id or p.story_id}{'abc'[number]}", source_id=source, guid=None, url=p.url + "&n=" + str(number),
        title=p.headline if not number else f"{p.headline} ({number})", text=p.teaser, teaser=p.teaser,
        first_seen=now - timedelta(days=2), last_seen=now, fingerprint=p.id + str(number), published=p.published,
        judgement=Judgement(
            language=LanguageVerdict(language=p.text_language, confidence=0.98, evidence=("eld de 0.99", "langid de 0.97")),
            kind=Kind(p.kind), topics=tuple(TopicScore(id=t, score=0.9, reasons=("implantat", "sensorik")) for t in p.topics),
            judged_fingerprint=p.id + str(number),
        ),
    )  # fmt: skip


def _put_people(assembly: Assembly, now: datetime) -> None:
    people = [
        Subscriber(
            id="p" + ids.derive("subscriber", address), address=address, newsletter_id="weekly", name=name, language=language,
            topics=("medtech",) if n % 3 == 1 else (), organisation=("Muldenmed GmbH", "", "Klinikum")[n % 3],
            state=SubscriberState.CONFIRMED if n % 5 else SubscriberState.PENDING, basis=LegalBasis.MEMBER,
            created_at=now - timedelta(days=90), confirmed_at=now - timedelta(days=90),
        )
        for n in range(1, 41)
        for language, name, address in [
            ("en" if n % 3 == 0 else "de", f"Leserin {n}", f"leserin{n:02}@haus-{n % 7}.example")
        ]
    ]  # fmt: skip
    with assembly.store.write() as unit:
        unit.subscribers.put(people)


def log_in(client: TestClient, name: str = "administrator") -> TestClient:
    """Give the client a session of that user."""
    answer = client.post("/newsroom/log-in", data={"name": name, "password": PASSWORD}, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    return client


@contextmanager
def browsing(assembly: Assembly, name: str = "") -> Iterator[TestClient]:
    """A client of the whole application, logged in as that user if named."""
    options: dict[str, Any] = {"headers": ORIGIN}
    with TestClient(
        create_app(assembly), base_url=web_world.BASE, follow_redirects=False, **options
    ) as client:
        yield log_in(client, name) if name else client


@contextmanager
def serving(assembly: Assembly) -> Iterator[str]:
    """A real server on a free port of this machine; gives its address."""
    socket = server.bind("127.0.0.1", 0)
    served = server.web_server(create_app(assembly))
    thread = threading.Thread(target=served.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        served.should_exit = True
        thread.join(timeout=10)
        socket.close()
