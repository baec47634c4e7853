"""Links are looked at by the clock, again when due, and shown as warnings with the time of the look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from tests.editing_desk import ID, Desk
from tests.editing_store import fill, make_item
from tests.edition_world import make_edition, make_newsletter, make_placement

from newsdigest.editing import check_links, link_rounds
from newsdigest.editing.check_links import LinkReport
from newsdigest.editing.checklist import Check, checks
from newsdigest.model.editions import EditionState
from newsdigest.model.links import LinkLook, LinkState

NOW = datetime.fromisoformat("2026-03-11T12:00:00+00:00")


@dataclass
class FakeLooker:
    """Says what it was told to say of a link; all others are alive."""

    states: dict[str, LinkState] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def look(self, urls: Iterable[str], *, at: datetime) -> Iterator[LinkLook]:
        for url in urls:
            self.asked.append(url)
            yield LinkLook(url=url, state=self.states.get(url, LinkState.ALIVE), at=at)


def checked(desk: Desk, looker: FakeLooker, **more: str) -> LinkReport:
    return check_links.check_links(
        clock=desk.clock, store=desk.store, looker=looker, newsletters={"weekly": desk.newsletter}, **more
    )


def real(number: int) -> str:
    return f"https://haus{number}.de/meldung"


@pytest.fixture
def links(desk: Desk) -> list[str]:
    """A draft of five stories of five houses; returns their links."""
    desk.newsletter = make_newsletter(languages=("de",), privacy_url=())
    fill(desk.store, *((make_item(n, f"quelle{n}", url=real(n)),) for n in range(1, 6)))
    desk.compose()
    return [p.url for p in desk.stored().placed("de")]


def test_a_fresh_draft_is_looked_at_once(desk: Desk, links: list[str]):
    """Every link, each once; the next nudge has nothing to do."""
    looker = FakeLooker()
    assert checked(desk, looker).line == "5 links looked at, 0 in trouble"
    assert sorted(looker.asked) == sorted(links)
    assert checked(desk, looker).line == ""
    assert len(looker.asked) == 5


def test_trouble_is_looked_at_again_soon_and_the_rest_before_it_leaves(desk: Desk, links: list[str]):
    """A site down for a moment clears itself within the hour; on the last day all are looked at again."""
    looker = FakeLooker({links[0]: LinkState.UNREACHABLE})
    checked(desk, looker)
    desk.now += timedelta(minutes=31)
    looker.states.clear()
    looker.asked.clear()
    checked(desk, looker)
    assert looker.asked == [links[0]]
    desk.now += timedelta(hours=2, minutes=1)
    looker.asked.clear()
    checked(desk, looker)
    assert sorted(looker.asked) == sorted(links)


def test_silence_everywhere_is_our_own(desk: Desk, links: list[str]):
    """Offline, nothing is stored: forty dead links would be a false alarm."""
    looker = FakeLooker(dict.fromkeys(links, LinkState.UNREACHABLE))
    assert checked(desk, looker).is_offline
    with desk.store.read() as unit:
        assert unit.editions.link_looks(links) == {}


@pytest.mark.parametrize("state", [EditionState.SENT, EditionState.SKIPPED, EditionState.SENDING])
def test_what_cannot_change_is_left_alone(desk: Desk, links: list[str], state: EditionState):
    """Nobody asks a server about an edition that has left."""
    with desk.store.write() as unit:
        unit.editions.save(replace(desk.stored(), state=state))
    looker = FakeLooker()
    checked(desk, looker)
    assert looker.asked == []


def test_one_edition_by_name_whatever_is_due(desk: Desk, links: list[str]):
    """`edition links ID` looks at all of them now."""
    looker = FakeLooker()
    checked(desk, looker)
    assert checked(desk, looker, only=ID).looked == 5


def test_dropped_and_reserved_names_are_not_asked_for(desk: Desk):
    """Names for examples can never resolve (RFC 2606); a dropped story is not sent."""
    newsletter = make_newsletter(languages=("de",), privacy_url=(("de", "https://verband.de/privat"),))
    edition = make_edition(
        make_placement(1, url="https://haus.de/1", also_at=(("B", "https://haus.de/2"), ("C", "http://x.example/")),
                       is_dropped=False),
        make_placement(2, url="https://haus.de/3", is_dropped=True),
    )  # fmt: skip
    expected = ["https://haus.de/1", "https://haus.de/2", "https://verband.de/privat"]
    assert link_rounds.links_of(edition, newsletter) == expected


def line(state: LinkState, **changes: object) -> dict[str, Check]:
    placement = make_placement(1, url="https://haus.de/1")
    look = LinkLook(url=placement.url, state=state, detail="the server answered 404", at=NOW)
    newsletter = make_newsletter(languages=("de",), privacy_url=())
    listed = checks(make_edition(placement), newsletter, {}, links={look.url: look})
    return {check.code: check for check in listed}


@pytest.mark.parametrize("state", [LinkState.DEAD, LinkState.UNREACHABLE, LinkState.MOVED_HOME])
def test_trouble_warns_and_never_blocks(state: LinkState):
    """With the reason, the time of the look and a way to the story."""
    check = line(state)[f"link_{state.value}"]
    assert (check.level, check.placement_id, dict(check.facts)["at"]) == ("warn", "s001.de", NOW)
    assert "404" in check.text


@pytest.mark.parametrize("state", [LinkState.ALIVE, LinkState.UNSURE])
def test_no_trouble_is_one_quiet_line(state: LinkState):
    """How many of how many were looked at."""
    found = line(state)
    assert [code for code in found if code.startswith("link_")] == []
    assert (found["links"].level, dict(found["links"].facts)["of"]) == ("ok", 1)


def test_old_looks_are_forgotten(desk: Desk):
    """A look of weeks ago says nothing; the table does not grow for ever."""
    old = LinkLook(url="https://haus.de/alt", state=LinkState.DEAD, at=NOW - timedelta(days=60))
    new = LinkLook(url="https://haus.de/neu", state=LinkState.DEAD, status=404, detail="x", at=NOW)
    with desk.store.write() as unit:
        unit.editions.put_link_looks([old])
        unit.editions.put_link_looks([replace(new, status=500), new])
        assert unit.editions.link_looks([old.url, new.url]) == {new.url: new}
