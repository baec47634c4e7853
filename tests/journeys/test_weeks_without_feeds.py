"""Q12: feeds or the name server down for weeks: fewer and fewer requests, the digest goes without, the editor is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from tests import web_world
from tests.journeys.collecting_server import Answer, FeedHost, ScriptedServer, rss

from newsdigest import jobs
from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
from newsdigest.adapters.httpx_fetcher import HttpxFetcher
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.collecting import health
from newsdigest.settings.workspace import Workspace

BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)  # a Monday; the weekly edition is drafted on Wednesdays
STEP = timedelta(hours=12)
HOSTS = ("auen", "elbe", "mulde", "neisse", "pleisse")
DEAD = "dead"
SETTINGS = """\
association: {name: Verband}
mail: {outbox: var/outbox}
web: {public_url: https://news.example}
network: {host_interval: 0}
"""
TOPICS = (
    "eröffnet ein Labor",
    "beruft eine neue Leitung",
    "baut ein Prüffeld",
    "gewinnt einen Preis",
    "liefert Geräte",
)


def script(feed: FeedHost, _asked: dict[str, bytes]) -> Answer:
    """A healthy feed: a new piece of news every second day."""
    number = int(feed.day // 2)
    titles = [
        f"Klinikum {feed.host.partition('.')[0].title()} {TOPICS[(one + len(feed.host)) % 5]}, Nummer {one * 7}"
        for one in range(max(0, number - 8), number + 1)
    ]
    return Answer(200, {"ETag": f'"{number}"'}, rss(titles, host=feed.host, day=feed.server.clock.now()))


class World:
    """A workspace whose names are all resolved by the server, and its simulated weeks."""

    def __init__(self, folder: Path, server: ScriptedServer, clock: FixedClock) -> None:
        self.server, self.clock, self.folder = server, clock, folder
        web_world.make_assembly(folder).close()
        rows = [
            f"  - {{id: {name}, name: {name}, url: '{server.url(f'{name}.example')}'}}"
            for name in (*HOSTS, DEAD)
        ]
        (folder / "config/newsdigest.yaml").write_text(SETTINGS, encoding="utf-8")
        (folder / "config/sources.yaml").write_text("\n".join(["sources:", *rows]) + "\n", encoding="utf-8")
        newsletters = folder / "config/newsletters.yaml"
        text = newsletters.read_text(encoding="utf-8")
        named = text.replace("    editors: []", "    editors: [redaktion@verband.example]", 1)
        newsletters.write_text(named, encoding="utf-8")
        for name in HOSTS:
            server.scripts[f"{name}.example", "/feed"] = script
        server.scripts[f"{DEAD}.example", "/feed"] = lambda _feed, _asked: Answer(500)
        self.assembly = Assembly(Workspace(folder), clock=clock)
        self.cut(is_down=False)

    def cut(self, *, is_down: bool) -> None:
        """Take the name server away or give it back; connections of before are gone."""
        self.server.is_down = is_down
        if "fetcher" in self.assembly.__dict__:
            self.assembly.fetcher.close()
        guard = GuardedNetwork(allow=["127.0.0.1/32"], resolver=self.server.resolve)
        self.assembly.__dict__["fetcher"] = HttpxFetcher(
            open_pools=lambda: open_transports(guard, count=1, connections=8), user_agent="t", host_interval=0
        )

    def live(self, span: timedelta) -> None:
        """Let the clock's jobs run as they would."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            is_morning = self.clock.now().hour == BEGIN.hour
            for name in ("collect", "sort", "compose", "remind") if is_morning else ("collect",):
                assert jobs.nudge(self.assembly, jobs.by_name(name)).outcome != "failed"
            self.clock.advance(STEP)

    def health(self, source_id: str) -> health.Health:
        return next(found for source, _, found in self.assembly.sources() if source.id == source_id)

    def mails(self) -> list[str]:
        """The plain text of every mail to the editors, oldest first."""
        found = sorted(self.folder.rglob("outbox/**/*.eml"), key=lambda path: path.stat().st_mtime)
        letters = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in found)
        return [body.get_content() for letter in letters if (body := letter.get_body(("plain",)))]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FixedClock(BEGIN)
    with ScriptedServer(clock) as server:
        made = World(tmp_path / "w", server, clock)
        try:
            yield made
        finally:
            made.assembly.close()


@pytest.mark.slow
def test_a_feed_down_for_weeks(world: World):
    """Asked ever more rarely, at most daily after two weeks, and never given up; editions go without it and say so."""
    world.live(timedelta(weeks=4))
    asked = [one.at for one in world.server.asked(f"{DEAD}.example")]
    late = [at for at in asked if at - asked[0] > timedelta(days=14)]
    assert all(after - before >= timedelta(hours=24) for before, after in itertools.pairwise(late))
    assert world.clock.now() - asked[-1] < timedelta(days=3)
    found = world.health(DEAD)
    assert (found.mark, found.needs_attention) == (health.Mark.FAILING, True)
    assert "the server has an error (500)" in found.evidence[0]
    # Nobody approves here, so only the latest of four weekly editions holds stories.
    states = {edition.id: len(edition.placements) for edition in world.assembly.editions()}
    assert len(states) == 4
    assert states["weekly-2026-03-26"] >= 3
    assert any(DEAD in text and "500" in text for text in world.mails())


@pytest.mark.slow
def test_the_name_server_down_for_weeks(world: World):
    """An outage of ours: no source is blamed, the editor is told, and what was published meanwhile is news afterwards."""
    world.live(timedelta(weeks=1))
    with world.assembly.store.read() as unit:
        before = {key: state.failures for key, state in unit.sources.states().items()}
        known = unit.items.count()
    assert not any("elbe" in text for text in world.mails())
    world.cut(is_down=True)
    asked = len(world.server.log)
    world.live(timedelta(weeks=3))
    assert len(world.server.log) == asked
    with world.assembly.store.read() as unit:
        assert {key: state.failures for key, state in unit.sources.states().items()} == before
    found = world.health("elbe")
    assert found.needs_attention
    assert "does not resolve" in found.evidence[0]
    assert any(words.startswith("not read for 2") for words in found.evidence)
    assert any("elbe" in text and "nicht gelesen" in text for text in world.mails()), world.mails()[-1:]
    world.cut(is_down=False)
    world.live(timedelta(days=2))
    with world.assembly.store.read() as unit:
        assert unit.items.count() > known
    assert world.health("elbe").mark is health.Mark.WELL
