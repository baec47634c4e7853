"""The sorting job over a real store: streaming, ids that stay, editors' decisions, preferred tellings."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.grouping_world import (
    GRANT_DE,
    GRANT_EN,
    MEETING,
    NOW,
    OTHER,
    RETOLD_DE,
    keep,
    make_item,
    make_sorter,
    run_sort,
    stored,
)

from newsdigest.adapters.sql_store import SQLStore, schema
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.errors import NotFoundError, UsageError
from newsdigest.model.items import Item, ItemState
from newsdigest.model.stories import Correction
from newsdigest.sorting import decide, grouping, listing

OWN, COPY = make_item(*GRANT_DE), make_item(*GRANT_DE, source="portal", day=7)
TWIN, MINISTRY = make_item(*GRANT_EN, language="en", day=7), make_item(*RETOLD_DE, source="ministerium")
STRANGER = make_item(*OTHER)
CLOCK = FixedClock(NOW)


def test_later_items_join_the_stored_story(sqlite_store: SQLStore) -> None:
    """A copy met in the next run joins, and the story keeps its id."""
    keep(sqlite_store, OWN, STRANGER)
    assert ((report := run_sort(sqlite_store)).judged, report.grouped) == (2, 2)
    before = {story.item_ids[0]: story.id for story in stored(sqlite_store)}
    keep(sqlite_store, COPY, TWIN)
    run_sort(sqlite_store, days=1)
    (story,) = [story for story in stored(sqlite_store) if OWN.id in story.item_ids]
    assert before[OWN.id] == story.id
    assert ({OWN.id, COPY.id}, (TWIN.id,)) == (set(story.item_ids), story.proposed_ids)


def test_one_run_or_many_give_the_same_stories(sqlite_store: SQLStore) -> None:
    """Sorting again changes nothing; there is nothing left to do."""
    keep(sqlite_store, OWN, COPY, TWIN, MINISTRY, STRANGER)
    run_sort(sqlite_store)
    before = stored(sqlite_store)
    assert ((report := run_sort(sqlite_store)).judged, report.grouped) == (0, 0)
    assert before == stored(sqlite_store)


def test_the_preferred_source_leads_in_each_language(sqlite_store: SQLStore) -> None:
    """The association's text leads before the ministry's and a portal's, whichever came first."""
    keep(sqlite_store, COPY, MINISTRY, OWN, TWIN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    assert (("de", OWN.id), ("en", TWIN.id)) == story.lead_by_language


def test_a_split_outranks_the_judge_for_ever(sqlite_store: SQLStore) -> None:
    """What an editor parted is not joined again, also not by an edit or a bridge."""
    keep(sqlite_store, OWN, TWIN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    decide.split(
        store=sqlite_store, clock=CLOCK, story_id=story.id, item_ids=[TWIN.id], by="Ada", sorter=make_sorter()
    )
    keep(sqlite_store, make_item(GRANT_EN[0], GRANT_EN[1] + " Further details follow.", language="en", day=7))
    keep(sqlite_store, COPY, make_item(*GRANT_EN, language="en", source="portal", day=8))
    run_sort(sqlite_store, days=1)
    stories = {id_: found.id for found in stored(sqlite_store) for id_ in found.all_ids}
    assert stories[OWN.id] == stories[COPY.id] == story.id
    assert stories[TWIN.id] != story.id
    with sqlite_store.read() as unit:
        assert {Correction.DIFFERENT} == {record.what for record in unit.stories.corrections()}


def test_a_merge_outranks_the_judge(sqlite_store: SQLStore) -> None:
    """What an editor joined stays one story through later runs."""
    keep(sqlite_store, OWN, STRANGER)
    run_sort(sqlite_store)
    ids = [story.id for story in stored(sqlite_store)]
    made = decide.merge(store=sqlite_store, clock=CLOCK, story_ids=ids, by="Ada", sorter=make_sorter())
    keep(sqlite_store, COPY)
    run_sort(sqlite_store, days=1)
    (story,) = stored(sqlite_store)
    assert made.id == story.id
    assert {OWN.id, STRANGER.id, COPY.id} == set(story.item_ids)
    assert "Ada joined them" in [match.reason for match in story.matches]


def test_accepting_a_proposal_merges_it(sqlite_store: SQLStore) -> None:
    """Merging a single story takes its proposals in."""
    keep(sqlite_store, OWN, TWIN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    decide.merge(store=sqlite_store, clock=CLOCK, story_ids=[story.id], by="Ada", sorter=make_sorter())
    (after,) = stored(sqlite_store)
    assert ((OWN.id, TWIN.id), ()) == (after.item_ids, after.proposed_ids)


def test_a_changed_mind_counts(sqlite_store: SQLStore) -> None:
    """Of two words on one pair the later one holds."""
    keep(sqlite_store, OWN, TWIN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    _, left = decide.split(
        store=sqlite_store, clock=CLOCK, story_id=story.id, item_ids=[TWIN.id], by="Ada", sorter=make_sorter()
    )
    later = FixedClock(NOW + timedelta(hours=1))
    decide.merge(
        store=sqlite_store, clock=later, story_ids=[story.id, left.id], by="Bo", sorter=make_sorter()
    )
    keep(sqlite_store, COPY)
    run_sort(sqlite_store, days=1)
    assert len(stored(sqlite_store)) == 1


def test_stories_older_than_the_window_keep_their_leads(sqlite_store: SQLStore) -> None:
    """Parted and joined again after their traces are gone, each language still has the telling that leads."""
    keep(sqlite_store, OWN, TWIN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    with sqlite_store.write() as unit:
        unit.stories.prune_traces(NOW + timedelta(days=400))
    both = decide.split(
        store=sqlite_store, clock=CLOCK, story_id=story.id, item_ids=[TWIN.id], by="Ada", sorter=make_sorter()
    )
    assert [(("de", OWN.id),), (("en", TWIN.id),)] == [one.lead_by_language for one in both]
    later = FixedClock(NOW + timedelta(hours=1))
    ids = [one.id for one in both]
    made = decide.merge(store=sqlite_store, clock=later, story_ids=ids, by="Bo", sorter=make_sorter())
    assert {"de": OWN.id, "en": TWIN.id} == dict(made.lead_by_language)


def test_a_story_of_one_telling_has_nothing_to_accept(sqlite_store: SQLStore) -> None:
    """Said, as an editor who named one story of two would think it done."""
    keep(sqlite_store, OWN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    with pytest.raises(UsageError, match="name the stories to join"):
        decide.merge(store=sqlite_store, clock=CLOCK, story_ids=[story.id], by="Ada", sorter=make_sorter())


def test_an_explanation_names_what_an_editor_parted(sqlite_store: SQLStore) -> None:
    """Who reads it later need not wonder why the twin stands alone."""
    keep(sqlite_store, OWN, TWIN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    decide.split(
        store=sqlite_store, clock=CLOCK, story_id=story.id, item_ids=[TWIN.id], by="Ada", sorter=make_sorter()
    )
    with sqlite_store.read() as unit:
        decided = grouping.decisions(unit.stories.corrections())
    left, items = decide.explain(store=sqlite_store, story_id=story.id)
    words = listing.words(left, {**items, TWIN.id: TWIN}, (), decided)
    assert f"Never joined with {TWIN.source_id}: {TWIN.title}: Ada parted them." in words


def test_decisions_name_what_does_not_exist(sqlite_store: SQLStore) -> None:
    """An unknown story or item is said, and nothing is changed."""
    keep(sqlite_store, OWN, TWIN)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    with pytest.raises(NotFoundError):
        decide.merge(store=sqlite_store, clock=CLOCK, story_ids=["s0"], by="Ada", sorter=make_sorter())
    with pytest.raises(UsageError):
        decide.split(
            store=sqlite_store,
            clock=CLOCK,
            story_id=story.id,
            item_ids=story.all_ids,
            by="A",
            sorter=make_sorter(),
        )
    assert [story] == stored(sqlite_store)


def test_withdrawn_items_are_not_grouped(sqlite_store: SQLStore) -> None:
    """What was taken down is no story."""
    keep(sqlite_store, make_item(*OTHER, state=ItemState.WITHDRAWN))
    run_sort(sqlite_store)
    assert stored(sqlite_store) == []


def test_traces_older_than_the_window_go(sqlite_store: SQLStore) -> None:
    """The index holds the window only, with its word counts; stories stay."""
    keep(sqlite_store, OWN, COPY)
    run_sort(sqlite_store)
    run_sort(sqlite_store, days=200)
    with sqlite_store.read() as unit:
        assert unit.stories.count_traces() == 0
        assert not unit.stories.candidates(range(100), per_key=5)
    assert len(stored(sqlite_store)) == 1
    keep(sqlite_store, make_item(*GRANT_DE, source="ministerium", day=8))
    run_sort(sqlite_store, days=201)
    assert len(stored(sqlite_store)) == 2


def stammtisch(number: int, day: int, **more: Any) -> Item:
    return make_item(*(part.format(n=number, d=day) for part in MEETING), **more)


FIRST, PRINTED = stammtisch(22, 12, guid="m"), stammtisch(22, 12, guid="p", source="portal")


def test_an_edited_item_that_contradicts_its_story_leaves_it(sqlite_store: SQLStore) -> None:
    """The portal re-used its page for the next meeting: two stories, and the reason is kept."""
    keep(sqlite_store, FIRST, PRINTED, STRANGER)
    run_sort(sqlite_store)
    (before,) = [story for story in stored(sqlite_store) if FIRST.id in story.all_ids]
    assert PRINTED.id in before.all_ids
    keep(sqlite_store, stammtisch(23, 26, guid="p", source="portal"))
    run_sort(sqlite_store, days=1)
    stories = {id_: story.id for story in stored(sqlite_store) for id_ in story.all_ids}
    assert before.id in (stories[FIRST.id], stories[PRINTED.id])
    assert stories[FIRST.id] != stories[PRINTED.id]
    with sqlite_store.read() as unit:
        (entry,) = [entry for entry in unit.audit.recent() if entry.what == "item_left_story"]
    assert (PRINTED.id, "no. 23 / no. 22") == (entry.subject, entry.detail)


def test_an_edited_founder_leaves_its_story_behind(sqlite_store: SQLStore) -> None:
    """The story keeps its id with those who stay; the founder gets another."""
    keep(sqlite_store, FIRST, PRINTED)
    run_sort(sqlite_store)
    (before,) = stored(sqlite_store)
    founder, other = (FIRST, PRINTED) if before.item_ids[0] == FIRST.id else (PRINTED, FIRST)
    edited = stammtisch(23, 26, guid=founder.guid, source=founder.source_id)
    keep(sqlite_store, edited)
    run_sort(sqlite_store, days=1)
    stories = {id_: story.id for story in stored(sqlite_store) for id_ in story.all_ids}
    assert before.id == stories[other.id]
    assert stories[founder.id] != before.id


def test_an_edit_that_still_fits_stays(sqlite_store: SQLStore) -> None:
    """A sentence more is the same news."""
    keep(sqlite_store, OWN, COPY)
    run_sort(sqlite_store)
    keep(sqlite_store, make_item(GRANT_DE[0], GRANT_DE[1] + " Das Zentrum wächst.", source="portal", day=7))
    run_sort(sqlite_store, days=1)
    assert len(stored(sqlite_store)) == 1


def test_what_an_editor_joined_survives_an_edit(sqlite_store: SQLStore) -> None:
    """A decision outranks contradictions that come later."""
    keep(sqlite_store, FIRST, PRINTED)
    run_sort(sqlite_store)
    (story,) = stored(sqlite_store)
    decide.merge(store=sqlite_store, clock=CLOCK, story_ids=[story.id], by="Ada", sorter=make_sorter())
    keep(sqlite_store, stammtisch(23, 26, guid="p", source="portal"))
    run_sort(sqlite_store, days=1)
    assert [story.id] == [one.id for one in stored(sqlite_store)]


def test_a_run_of_several_chunks_does_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    """1,200 items, stored in two orders, give the same stories, also across chunks of 500."""
    words = [
        "Labor",
        "Klinik",
        "Studie",
        "Implantat",
        "Messe",
        "Preis",
        "Umzug",
        "Software",
        "Zelle",
        "Patent",
    ]
    chance = random.Random(5)
    items = []
    for number in range(400):
        name = "".join(chance.choices("abdefgiklmnorstu", k=9)).capitalize()
        title = f"{name} und {chance.choice(words)} in Halle {number}"
        text = f"{title}: {name} berichtet am {number % 28 + 1}. März 2026 über {' '.join(chance.choices(words, k=14))}."
        own = make_item(title, text, guid=f"a{number}", day=number % 9 + 1)
        copy = make_item(title, text + " Mehr folgt.", guid=f"b{number}", source="portal", day=number % 9 + 1)
        far = make_item(
            f"{name}: {title}",
            text[: 70 + number % 40] + " …",
            guid=f"c{number}",
            source="ministerium",
            day=9,
        )
        items += [own, copy, far]
    outcomes = []
    for turn in range(2):
        chance.shuffle(items)
        store = SQLStore(f"sqlite:///{tmp_path}/{turn}.db")
        schema.migrate(store)
        keep(store, *items)
        run_sort(store)
        outcomes.append({story.id: (story.item_ids, story.proposed_ids) for story in stored(store)})
        store.close()
    assert outcomes[0] == outcomes[1]
    assert 400 <= len(outcomes[0]) < 1200
