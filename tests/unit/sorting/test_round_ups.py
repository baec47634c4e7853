"""A round-up is attached to the stories it tells, and never merged with one of them."""

from __future__ import annotations

import pytest
from tests.grouping_world import OTHER, grouped, keep, make_item, run_sort, stored

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model.items import Item
from newsdigest.sorting import decide, listing

PRIZE = make_item(
    "Mitteldeutscher Gerätepreis geht nach Grimma",
    "Für eine Ladestation, die auch bei Stromausfall durchhält, hat Muldenmed den Mitteldeutschen Gerätepreis erhalten. "
    "Die mit 25.000 Euro verbundene Auszeichnung wurde am Freitagabend in Magdeburg überreicht.",
    source="muldenmed",
)
HONOUR = make_item(
    "Familienfreundlicher Betrieb des Jahres: Stadt Dresden ehrt Elbtal Biosensorik",
    "Kinderzimmer neben dem Labor und eine Ferienwoche für den Nachwuchs: Dafür hat die Stadt Dresden das Team am "
    "Montag geehrt. Es hat sich gegen 31 Bewerber durchgesetzt, die Urkunde hängt im Treppenhaus.",
    source="elbtal",
)
BOTH_TEXT = (
    "Die Muldenmed GmbH aus Grimma hat den Mitteldeutschen Gerätepreis gewonnen, die Elbtal Biosensorik GmbH wurde als "
    "familienfreundlicher Betrieb des Jahres geehrt. Der Gerätepreis ist mit 25.000 Euro verbunden und wurde am Freitag "
    "in Magdeburg verliehen, die Ehrung sprach die Stadt Dresden am Montag aus. Wir gratulieren beiden Teams herzlich."
)
BOTH = make_item("Doppelte Freude: Zwei Mitglieder in einer Woche ausgezeichnet", BOTH_TEXT, day=8)
ALL = (PRIZE, HONOUR, BOTH, make_item(*OTHER, source="hochschule"))


def told(store: SQLStore, item: Item) -> tuple[dict[str, object], list[str]]:
    """The story of an item as data and in words."""
    story, items = decide.explain(store=store, story_id=item.id)
    with store.read() as unit:
        attached = unit.stories.attached(story.all_ids)
        items |= unit.items.get({id_ for match in attached for id_ in (match.a, match.b)})
    return listing.document(story, items, attached), listing.words(story, items, attached)


def test_a_round_up_stays_a_story_of_its_own() -> None:
    """Whoever joined it to one of two would lose the other."""
    stories = grouped(*ALL)
    assert len({stories[item.id].id for item in ALL}) == len(ALL)


@pytest.mark.parametrize("runs", [1, 2], ids=["in_one_run", "a_run_later"])
def test_a_round_up_is_attached_to_each_story_it_tells(sqlite_store: SQLStore, runs: int) -> None:
    """Either story names the round-up, and the round-up both."""
    keep(sqlite_store, *(item for item in ALL if item is not BOTH or runs == 1))
    run_sort(sqlite_store)
    if runs == 2:
        keep(sqlite_store, BOTH)
        run_sort(sqlite_store, days=1)
    assert len(ALL) == len(stored(sqlite_store))
    for item in (PRIZE, HONOUR):
        document, words = told(sqlite_store, item)
        assert [BOTH.id] == [one["item"] for one in document["attached"]]  # type: ignore[attr-defined]
        assert any(line.startswith("Attached, not joined") and BOTH.title in line for line in words)
    document, _ = told(sqlite_store, BOTH)
    assert {PRIZE.id, HONOUR.id} == {one["item"] for one in document["attached"]}  # type: ignore[attr-defined]


def test_a_translated_round_up_is_still_proposed_as_its_twin() -> None:
    """Only proposals to the stories it tells are void."""
    copy = make_item(
        "+++ Doppelte Freude: Zwei Mitglieder in einer Woche ausgezeichnet", BOTH_TEXT, source="portal", day=8
    )
    stories = grouped(*ALL, copy)
    assert stories[BOTH.id].id == stories[copy.id].id


def test_one_story_among_others_makes_no_round_up(sqlite_store: SQLStore) -> None:
    """Two stories at least; else it is another telling, or nothing."""
    keep(sqlite_store, PRIZE, BOTH, ALL[3])
    run_sort(sqlite_store)
    with sqlite_store.read() as unit:
        assert list(unit.stories.attached([PRIZE.id, BOTH.id])) == []
