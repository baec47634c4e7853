"""Items, their keys and judgements: read back as written; on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model.items import (
    EventDates,
    Image,
    Item,
    ItemState,
    Judgement,
    Kind,
    LanguageVerdict,
    TopicScore,
)

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
ITEM = Item(
    id="i1", source_id="haus", guid="news-1", url="https://haus.example/1", title="Förderung „bewilligt“ 😀",
    first_seen=NOW, last_seen=NOW, fingerprint="f1", aliases=("g:1", "l:1"), text="Ein Text.", core=((0, 9),),
    teaser="Ein Text.", html="<p>Ein Text.</p>", dateline="Leipzig –", notices=("Mitfinanziert.",), published=NOW,
    is_date_only=True, updated=NOW, declared_language="de", authors=("A",), categories=("B",),
    image=Image(url="https://haus.example/a.jpg", alt="x", width=3), enclosures=(("https://haus.example/a.pdf", "pdf"),),
    alternates=(("en", "https://haus.example/en/1"),),
)  # fmt: skip
JUDGED = Judgement(
    language=LanguageVerdict(language="de", confidence=0.9, evidence=("a",)), kind=Kind.EVENT,
    topics=(TopicScore(id="T01", score=0.5, reasons=("x",)),), deadline=date(2026, 11, 1), embargo_until=NOW,
    event=EventDates(start=date(2026, 10, 8)), judged_fingerprint="f1", extra={"a": "b"},
)  # fmt: skip


def test_an_item_comes_back_as_it_was(store: SQLStore):
    """Every field, with and without judgement."""
    with store.write() as unit:
        unit.items.put([ITEM])
    with store.read() as unit:
        assert unit.items.get(["i1", "none"]) == {"i1": ITEM}
    with store.write() as unit:
        unit.items.judge({"i1": JUDGED})
    with store.read() as unit:
        assert unit.items.get(["i1"]) == {"i1": replace(ITEM, judgement=JUDGED)}


def test_unjudged_are_the_new_and_the_changed(store: SQLStore):
    """Judged once, an item waits again only when its fingerprint is another."""
    with store.write() as unit:
        unit.items.put([ITEM])
        assert [item.id for item in unit.items.unjudged(limit=9)] == ["i1"]
        unit.items.judge({"i1": JUDGED})
        assert not unit.items.unjudged(limit=9)
        unit.items.put([replace(ITEM, judgement=JUDGED)])
        assert not unit.items.unjudged(limit=9)
        unit.items.put([replace(ITEM, judgement=JUDGED, fingerprint="f2")])
        assert [item.judgement for item in unit.items.unjudged(limit=9)] == [JUDGED]


def test_a_key_belongs_to_whom_it_met_first(store: SQLStore):
    """Keys are per source, and never go over to another item."""
    with store.write() as unit:
        unit.items.put([ITEM, replace(ITEM, id="i2", aliases=("g:1", "g:2"))])
        unit.items.put([replace(ITEM, id="i3", source_id="other", aliases=("g:1",))])
    with store.read() as unit:
        assert unit.items.known("haus", ["g:1", "g:2", "g:3"]) == {"g:1": "i1", "g:2": "i2"}
        assert unit.items.known("other", ["g:1"]) == {"g:1": "i3"}


def test_a_tombstone_keeps_its_identity(store: SQLStore):
    """The text goes, the keys stay for two years."""
    with store.write() as unit:
        unit.items.put([ITEM])
        assert unit.items.bury(NOW + timedelta(days=1)) == 1
    with store.read() as unit:
        buried = unit.items.get(["i1"])["i1"]
        assert (buried.state, buried.text, buried.html, buried.teaser) == (ItemState.TOMBSTONE, "", "", "")
        assert unit.items.known("haus", ["g:1"]) == {"g:1": "i1"}
        assert not unit.items.unjudged(limit=9)
    with store.write() as unit:
        assert unit.items.forget(NOW + timedelta(days=1)) == 1
        assert unit.items.known("haus", ["g:1"]) == {}


def test_windows_go_by_first_sight(store: SQLStore):
    """Start inside, end outside, in order."""
    with store.write() as unit:
        unit.items.put(
            [replace(ITEM, id=f"i{n}", aliases=(), first_seen=NOW + timedelta(hours=n)) for n in range(5)]
        )
    with store.read() as unit:
        found = unit.items.seen_between(NOW + timedelta(hours=1), NOW + timedelta(hours=4))
        assert [item.id for item in found] == ["i1", "i2", "i3"]
        assert [item.id for item in unit.items.of_source("haus", limit=2)] == ["i4", "i3"]
        assert unit.items.count() == 5
        assert unit.items.counts() == {("haus", ItemState.FRESH): 5}


def test_thousands_are_asked_in_pieces(store: SQLStore):
    """No limit of variables is met."""
    with store.write() as unit:
        unit.items.put([replace(ITEM, id=f"i{n}", aliases=(f"g:{n}",)) for n in range(1500)])
        assert len(unit.items.get([f"i{n}" for n in range(1500)])) == 1500
        assert len(unit.items.known("haus", [f"g:{n}" for n in range(1500)])) == 1500


def test_a_stranger_is_a_source_without_keys(store: SQLStore):
    """Whether a source has any key is told without a look at the source itself, which may be gone."""
    with store.write() as unit:
        unit.items.add_aliases([{"source_id": "known", "alias": "g:1", "item_id": "i1"}])
    with store.read() as unit:
        assert frozenset({"known"}) == unit.items.sources_with_keys(["known", "stranger"])


def test_languages_are_told_newest_first(store: SQLStore):
    """As judged; what nobody judged yet is left out, and so are other sources."""
    told = [("de", 0), ("en", 1), ("cs", 2)]
    with store.write() as unit:
        unit.items.put(
            [
                *(
                    replace(
                        ITEM, id=tag, aliases=(tag,), first_seen=NOW + timedelta(days=day),
                        judgement=replace(JUDGED, language=LanguageVerdict(language=tag, confidence=0.9)),
                    )
                    for tag, day in told
                ),
                replace(ITEM, id="new", aliases=("new",), first_seen=NOW + timedelta(days=3)),
                replace(ITEM, id="fr", aliases=("fr",), source_id="andere", judgement=JUDGED),
            ]
        )  # fmt: skip
    with store.read() as unit:
        assert unit.items.languages("haus", limit=9) == ["cs", "en", "de"]
        assert unit.items.languages("haus", limit=1) == ["cs"]
