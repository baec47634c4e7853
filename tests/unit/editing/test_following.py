"""What an editor says about a story stands in the open edition at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.editing_desk import ID, Desk
from tests.editing_store import fill, make_item, make_judgement, make_source, make_story

from newsdigest.editing import follow
from newsdigest.model.editions import EditionState
from newsdigest.model.items import EventDates, Item, Kind
from newsdigest.model.sources import SourceType
from newsdigest.model.stories import Story


def judge(desk: Desk, item: Item, language: str = "de", **changes: object) -> None:
    """Store another judgement of an item, as a correction does."""
    with desk.store.write() as unit:
        unit.items.judge({item.id: make_judgement(language, **changes)})  # type: ignore[arg-type]


def keep_stories(desk: Desk, *stories: Story, gone: tuple[str, ...] = ()) -> None:
    with desk.store.write() as unit:
        unit.stories.remove(gone)
        unit.stories.put(stories)


def told(desk: Desk, *story_ids: str, joined: dict[str, str] | None = None) -> list[str]:
    return follow.follow(
        clock=desk.clock, store=desk.store, newsletters={"weekly": desk.newsletter}, story_ids=story_ids,
        by="anna", joined=joined,
    )  # fmt: skip


def sections(desk: Desk, story_id: str) -> dict[str, str]:
    edition = desk.stored()
    return {
        code: p.section_id
        for code in ("de", "en")
        if (p := edition.placement(f"{story_id}.{code}")) and not p.held
    }


def drafted(desk: Desk, *groups: tuple[Item, ...]) -> list[Story]:
    filler = [(make_item(n, f"quelle{n}"),) for n in range(20, 25)]
    stories = fill(desk.store, *groups, *filler)
    assert desk.compose() is not None
    return stories


def test_a_corrected_language_changes_sides(desk: Desk):
    """Said to be English, a story stands as such in the English edition, and in the German one under "In English"."""
    item = make_item(1)
    story = drafted(desk, (item,))[0]
    assert sections(desk, story.id) == {"de": "members", "en": "in-de"}
    judge(desk, item, "en")
    assert told(desk, story.id) == [ID]
    assert sections(desk, story.id) == {"de": "in-en", "en": "members"}
    with desk.store.read() as unit:
        assert unit.editions.history(ID)[0].what == f"placed anew {story.id}"


def test_a_corrected_kind_moves_to_its_section(desk: Desk):
    """News that is an event goes into the calendar, in order of its place."""
    item = make_item(1)
    story = drafted(desk, (item,))[0]
    judge(desk, item, kind=Kind.EVENT, event=EventDates(start=desk.stored().day))
    told(desk, story.id)
    assert sections(desk, story.id)["de"] == "events"


def test_what_the_editor_decided_stays(desk: Desk):
    """Own words, the lead and a section chosen by hand survive a correction that concerns none of them."""
    item = make_item(1)
    story = drafted(desk, (item,))[0]
    id_ = f"{story.id}.de"
    desk.review.edit(ID, id_, headline="Mein Titel", by="anna")
    desk.review.pin(ID, id_, by="anna")
    desk.review.move(ID, id_, section_id="research", by="anna")
    with desk.store.write() as unit:
        unit.items.put([replace(item, url="https://muldenmed.example/neu")])
    told(desk, story.id)
    placed = desk.stored().placement(id_)
    assert placed is not None
    assert (placed.headline, placed.is_lead, placed.section_id) == ("Mein Titel", True, "research")
    assert placed.url == "https://muldenmed.example/neu"


def test_an_unchanged_headline_is_not_the_editors(desk: Desk):
    """Saving the form without writing anything leaves the source's words, which follow a correction."""
    story = drafted(desk, (make_item(1),))[0]
    id_ = f"{story.id}.de"
    before = desk.stored().placement(id_)
    assert before is not None
    desk.review.edit(ID, id_, headline=before.headline, teaser=before.teaser, by="anna")
    after = desk.stored().placement(id_)
    assert after is not None
    assert (after.has_headline_edited, after.has_teaser_edited) == (False, False)


def test_an_approval_is_void_only_where_something_changed(desk: Desk):
    """A correction that changes no word of the edition leaves the approval."""
    item = make_item(1)
    story = drafted(desk, (item,))[0]
    desk.review.approve(ID, by="chief")
    assert told(desk, story.id) == []
    assert desk.stored().state is EditionState.APPROVED
    judge(desk, item, "en")
    told(desk, story.id)
    assert (desk.stored().state, desk.stored().approval) == (EditionState.DRAFT, None)
    desk.review.undo(ID, by="anna")
    assert sections(desk, story.id)["de"] == "members"


def test_split_stories_stand_side_by_side(desk: Desk):
    """What was one stands as two, the newcomer at the end of its section."""
    first, second = make_item(1), make_item(2, "klinik")
    story = drafted(desk, (first, second))[0]
    apart = make_story(second)
    keep_stories(desk, replace(story, item_ids=(first.id,)), apart)
    told(desk, story.id, apart.id)
    german = [p.story_id for p in desk.stored().placed("de") if p.story_id in (story.id, apart.id)]
    assert german == [story.id, apart.id]


def test_joined_stories_stand_once_where_the_first_stood(desk: Desk):
    """The gone story's place is taken where the kept one had none; never does one stand twice."""
    first, second = make_item(1), make_item(2, "klinik")
    one, other = drafted(desk, (first,), (second,))[:2]
    desk.review.pin(ID, f"{other.id}.de", by="anna")
    keep_stories(desk, replace(one, item_ids=(first.id, second.id)), gone=(other.id,))
    told(desk, one.id, joined={other.id: one.id})
    stories = [p.story_id for p in desk.stored().placed("de")]
    assert stories.count(one.id) == 1
    assert other.id not in stories
    assert desk.stored().placement(f"{other.id}.de") is None


@pytest.mark.parametrize("state", [EditionState.SENT, EditionState.SKIPPED, EditionState.SENDING])
def test_what_is_over_never_changes(desk: Desk, state: EditionState):
    """Sent words are history."""
    item = make_item(1)
    story = drafted(desk, (item,))[0]
    with desk.store.write() as unit:
        unit.editions.save(replace(desk.stored(), state=state), what="test")
    judge(desk, item, "en")
    assert told(desk, story.id) == []


def test_a_missing_topic_takes_nothing_out(desk: Desk):
    """ "None of our topics" leaves a story standing that the editor let stand."""
    item = make_item(1)
    story = drafted(desk, (item,))[0]
    judge(desk, item, topics=())
    told(desk, story.id)
    assert "de" in sections(desk, story.id)


def test_what_waited_for_a_topic_comes_in(desk: Desk):
    """A topic given by the editor places what waited for want of one."""
    item = make_item(1, topics=())
    story = drafted(desk, (item,))[0]
    assert sections(desk, story.id) == {}
    judge(desk, item, topics=("medtech",))
    told(desk, story.id)
    assert "de" in sections(desk, story.id)


def test_sources_type_does_not_matter_to_a_follow(desk: Desk):
    """A story that stands in no open edition changes none."""
    fill(desk.store, (make_item(9, "anderswo"),), sources=(make_source("anderswo", type=SourceType.PORTAL),))
    drafted(desk)
    assert told(desk, "snothere") == []
