"""Stories, corrections and the candidate index, on both engines."""

from __future__ import annotations

from datetime import timedelta

from tests.grouping_world import GRANT_DE, GRANT_EN, NOW, OTHER, keep, make_item, run_sort, stored

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model.stories import Correction, CorrectionRecord, Match, MatchState, Story, Trace

MATCH = Match(a="i1", b="i2", reason="same text", score=0.99, state=MatchState.MERGED, level="copy")
STORY = Story(
    id="s1", item_ids=("i1", "i2"), proposed_ids=("i3",), lead_by_language=(("de", "i1"),), first_seen=NOW, last_seen=NOW,
    matches=(MATCH,),
)  # fmt: skip


def test_a_story_comes_back_as_it_was_put(store: SQLStore) -> None:
    """Members in their order, leads and matches; replacing takes members along."""
    with store.write() as unit:
        unit.stories.put([STORY])
    with store.write() as unit:
        assert unit.stories.get(["s1", "s2"]) == {"s1": STORY}
        assert unit.stories.of_items(["i1", "i3", "i9"]) == {"i1": "s1", "i3": "s1"}
        unit.stories.put([Story(id="s1", item_ids=("i1",), first_seen=NOW, last_seen=NOW)])
        assert unit.stories.of_items(["i2"]) == {}
        unit.stories.remove(["s1"])
        assert list(unit.stories.seen_since(None)) == []


def test_stories_are_listed_by_their_latest_item(store: SQLStore) -> None:
    """Since an instant, newest last."""
    later = Story(id="s0", item_ids=("i9",), first_seen=NOW, last_seen=NOW + timedelta(days=1))
    with store.write() as unit:
        unit.stories.put([later, STORY])
    with store.read() as unit:
        assert [story.id for story in unit.stories.seen_since(None)] == ["s1", "s0"]
        assert [story.id for story in unit.stories.seen_since(NOW + timedelta(hours=1))] == ["s0"]


def test_corrections_are_kept_once_and_in_order(store: SQLStore) -> None:
    """The same record twice is one."""
    first = CorrectionRecord(id="c1", what=Correction.DIFFERENT, subject="i1", other="i2", by="Ada", at=NOW)
    second = CorrectionRecord(
        id="c0", what=Correction.SAME, subject="i1", other="i2", by="Ada", at=NOW + timedelta(1)
    )
    with store.write() as unit:
        for record in (second, first, first):
            unit.stories.correct(record)
    with store.read() as unit:
        assert [first, second] == list(unit.stories.corrections())


def test_the_index_gives_the_newest_and_counts_words(store: SQLStore) -> None:
    """Per key the newest items; word counts follow traces that are replaced and pruned."""
    traces = [
        Trace(
            item_id=f"i{n}",
            fingerprint="f",
            seen=NOW - timedelta(days=n),
            keys=(7, n),
            words=(1, 2**32 - 1),
            data=b"x",
        )
        for n in range(5)
    ]
    with store.write() as unit:
        unit.stories.put_traces(traces)
        unit.stories.put_traces(traces[:2])
        found = unit.stories.candidates([7, 4, 99], per_key=2)
        names = unit.stories.numbered({number for numbers in found.values() for number in numbers})
        assert {key: [names[n] for n in ns] for key, ns in found.items()} == {7: ["i0", "i1"], 4: ["i4"]}
        assert dict(unit.stories.word_counts([1, 2, 2**32 - 1])) == {1: 5, 2**32 - 1: 5}
        assert unit.stories.traces(["i3"])["i3"].data == b"x"
        assert unit.stories.prune_traces(NOW - timedelta(days=1, hours=1)) == 3
        assert (unit.stories.count_traces(), dict(unit.stories.word_counts([1]))) == (2, {1: 2})
        (numbers,) = unit.stories.candidates([7, 4], per_key=9).values()
        assert {"i0", "i1"} == set(unit.stories.numbered(numbers).values())


def test_sorting_runs_on_both_engines(store: SQLStore) -> None:
    """Copies and twins become one story, strangers another."""
    keep(
        store,
        make_item(*GRANT_DE),
        make_item(*GRANT_DE, source="portal"),
        make_item(*GRANT_EN, language="en"),
    )
    run_sort(store)
    keep(store, make_item(*OTHER))
    run_sort(store, days=1)
    assert [len(story.all_ids) for story in stored(store)] == [3, 1]


def test_attachments_are_found_from_either_side(store: SQLStore) -> None:
    """A round-up is no member of a story, and is named with it all the same."""
    match = Match(a="i1", b="i2", reason="round-up", score=0.5, state=MatchState.ATTACHED, level="umbrella")
    with store.write() as unit:
        unit.stories.put_matches([match])
        assert [match] == list(unit.stories.attached(["i1"])) == list(unit.stories.attached(["i2", "i3"]))
        assert list(unit.stories.attached(["i3"])) == []
