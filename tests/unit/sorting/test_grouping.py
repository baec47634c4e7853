"""What is one story, what never is, and that neither order nor chance plays a part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.grouping_world import (
    GRANT_DE,
    GRANT_EN,
    JOB,
    MEETING,
    OTHER,
    RETOLD_DE,
    are_one,
    grouped,
    make_item,
)

from newsdigest.model.items import Item
from newsdigest.model.stories import MatchState
from newsdigest.sorting import features
from newsdigest.sorting.clustering import Edge, Groups, cluster


def meeting(number: int, day: int) -> Item:
    return make_item(*(part.format(n=number, d=day) for part in MEETING))


def job(number: int, place: str, source: str = "verband") -> Item:
    return make_item(*(part.format(n=number, place=place) for part in JOB), source=source)


def test_a_copy_is_merged_without_asking() -> None:
    """A portal's copy of a release needs nobody's look."""
    own, copy = make_item(*GRANT_DE), make_item(*GRANT_DE, source="portal", day=7)
    story = grouped(own, copy, make_item(*OTHER))[own.id]
    assert {own.id, copy.id} == set(story.item_ids)
    assert [match.reason for match in story.matches] == ["same text"]


def test_a_copy_with_another_title_and_a_cut_is_one_story() -> None:
    """What portals do to a text does not make it news again."""
    cut = GRANT_DE[1][:240] + " […]"
    copy = make_item("+++ Sensorzentrum: 3,84 Millionen Euro +++", cut, source="portal", day=7)
    assert are_one(make_item(*GRANT_DE), copy, make_item(*OTHER))


def test_the_same_page_under_two_addresses_is_one_document() -> None:
    """Tracking, `www.` and the order of parameters do not make another page."""
    first = make_item(*GRANT_DE, url="https://www.a.example/x?id=2&cHash=1", guid="1")
    again = make_item(*GRANT_DE, url="http://a.example/x/?utm_source=rss&id=2", guid="2", source="portal")
    story = grouped(first, again)[first.id]
    assert MatchState.MERGED is story.matches[0].state
    assert story.matches[0].reason == "same address"


def test_the_other_language_is_proposed_with_its_facts() -> None:
    """A translation joins the story as a proposal, saying which amount and day agree."""
    german, english = make_item(*GRANT_DE), make_item(*GRANT_EN, language="en", day=7)
    story = grouped(german, english, make_item(*OTHER))[german.id]
    assert (german.id,) == story.item_ids
    assert (english.id,) == story.proposed_ids
    assert "same amount and date (3.84 million euro, 5 March)" in story.matches[0].reason
    assert story.matches[0].level == "twin"


def test_ministry_and_association_are_proposed_as_one() -> None:
    """Two authors' texts on one event share amount, day and names, and are proposed."""
    own, ministry = make_item(*GRANT_DE), make_item(*RETOLD_DE, source="ministerium")
    story = grouped(own, ministry, make_item(*OTHER))[own.id]
    assert {own.id, ministry.id} == set(story.all_ids)
    assert all(match.state is MatchState.PROPOSED for match in story.matches)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(meeting(22, 12), meeting(23, 26), id="numbered_events"),
        pytest.param(job(17, "Leipzig"), job(18, "Markkleeberg"), id="two_jobs"),
        pytest.param(job(17, "Leipzig"), job(18, "Leipzig", "portal"), id="two_jobs_at_two_sources"),
        pytest.param(
            make_item("Muldetal Pharma legt Zahlen für das dritte Quartal vor", "Muldetal Pharma hat im dritten Quartal 2025 einen Umsatz von 12,4 Millionen Euro erzielt, fünf Prozent mehr als im Vorjahr. Die Prognose bleibt."),
            make_item("Muldetal Pharma legt Zahlen für das vierte Quartal vor", "Muldetal Pharma hat im vierten Quartal 2025 einen Umsatz von 13,1 Millionen Euro erzielt, sechs Prozent mehr als im Vorjahr. Die Prognose bleibt."),
            id="quarterly_results",
        ),
        pytest.param(
            make_item("Promotionspreis Lebenswissenschaften geht an Jonna Peschke", "Für ihre Doktorarbeit über Biofilme hat Dr. Jonna Peschke am Montag in Freiberg den mit 3.000 Euro dotierten Preis erhalten. Die Stiftung ehrt jedes Jahr junge Forschende."),
            make_item("Promotionspreis Materialwissenschaft geht an Emre Baltasar", "Für seine Doktorarbeit über Knochenzemente hat Dr. Emre Baltasar am Montag in Freiberg den mit 3.000 Euro dotierten Preis erhalten. Die Stiftung ehrt jedes Jahr junge Forschende."),
            id="two_prizes_of_one_evening",
        ),
        pytest.param(
            make_item("Neu im Netzwerk: Lernwerk", GRANT_DE[1], url="https://verband.example/mitglieder#lernwerk"),
            make_item("Neu im Netzwerk: Praxisbund", GRANT_DE[1], url="https://verband.example/mitglieder#praxis"),
            id="two_items_of_one_page",
        ),
        pytest.param(make_item(*GRANT_DE), make_item(*OTHER), id="strangers"),
    ],
)  # fmt: skip
def test_what_only_looks_alike_stays_apart(first: Item, second: Item) -> None:
    """A wrong merge loses a member's news, so these are never one."""
    assert not are_one(first, second)


WORLD = (
    make_item(*GRANT_DE), make_item(*GRANT_DE, source="portal", day=7), make_item(*GRANT_EN, language="en", day=7),
    make_item(*RETOLD_DE, source="ministerium"), meeting(22, 12), meeting(23, 26), job(17, "Leipzig"),
    job(18, "Markkleeberg"), make_item(*OTHER),
)  # fmt: skip


@given(st.permutations(WORLD))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_order_of_items_does_not_change_the_stories(order: list[Item]) -> None:
    """A run gives the same stories, with the same ids, in whatever order its items come."""
    assert grouped(*WORLD) == grouped(*order)


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 9)), max_size=20), st.randoms()
)
def test_clustering_does_not_depend_on_the_order_of_edges(
    raw: list[tuple[int, int, int]], chance: object
) -> None:
    """The groups follow from the set of edges, and hold no vetoed or forbidden pair."""
    edges = [Edge(-score / 10, *sorted((f"i{a}", f"i{b}"))) for a, b, score in raw if a != b]
    never = [("i0", "i1")]

    def differ(a: str, b: str) -> bool:
        return {a, b} == {"i2", "i3"}

    first = cluster(Groups((f"i{n}" for n in range(8)), never=never), edges, differ=differ).all()
    chance.shuffle(edges)  # type: ignore[attr-defined]
    again = cluster(Groups((f"i{n}" for n in range(8)), never=never), edges, differ=differ).all()
    assert first == again
    assert not any({"i0", "i1"} <= set(group) or {"i2", "i3"} <= set(group) for group in first)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("Wort", "", id="one_word"),
        pytest.param("東京で新しい研究所", "東京で新しい医療研究所が開設された。" * 20, id="japanese"),
        pytest.param("Titel \ud800", "Text mit \udfff halbem Zeichen " * 5, id="lone_surrogates"),
        pytest.param("Lang", "Ein sehr langer Text über alles. " * 320_000, id="ten_megabytes"),
    ],
)
def test_no_item_is_too_strange(title: str, text: str) -> None:
    """Every item ends in a story, whatever it holds."""
    strange = make_item(title, text, guid="x")
    assert strange.id in grouped(strange, make_item(*OTHER))[strange.id].all_ids


def test_features_survive_packing() -> None:
    """What was kept of an item is what was seen in it."""
    item = replace(make_item(*GRANT_DE), alternates=(("en", "https://verband.example/en/1"),))
    seen = features.of_item(item, house="Verband", language="de", vector=bytes(range(8)))
    assert seen == features.unpack(item.id, features.pack(seen))
