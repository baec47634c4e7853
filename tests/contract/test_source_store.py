"""Sources and their states: read back as written, due when due; on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.model.sources import (
    FetchResult,
    PageRules,
    Source,
    SourceKind,
    SourceState,
    SourceType,
    Trust,
)

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
FULL = Source(
    id="haus", name="Haus „ü“ 😀", url="https://haus.example/feed", kind=SourceKind.PAGE, type=SourceType.MINISTRY,
    organisation="Freistaat", homepage="https://haus.example/", language="de-DE", fixed_language="de", trust=Trust.OWN,
    interval=timedelta(hours=3), zone="Asia/Taipei", topics=("T01", "T02"), item_kind="call",
    page_rules=PageRules(container="main", item="article", date="time"), fetches_full_text=True, shows_images=True,
    image_credit="Foto", notices=("Mitfinanziert.",), boilerplate=("Über uns",), origin="added",
)  # fmt: skip
STATE = SourceState(
    source_id="haus", url=FULL.url, etag=b'W/"\xff\x00"', last_modified=b"Mon", body_hash="abc", parser_version="1",
    next_look=NOW, last_look=NOW, last_success=NOW, last_new_item=NOW, last_result=FetchResult.BLOCKED,
    last_error="nein", failures=3, failing_since=NOW, has_base_line=True, policy="g;l:1", evidence={"gaps": [1, 2]},
)  # fmt: skip


def test_a_source_comes_back_as_it_was(store: SQLStore):
    """Every field, and a replacement replaces."""
    with store.write() as unit:
        unit.sources.put([Source(id="haus", name="alt", url="https://alt.example/")])
        unit.sources.put([FULL])
        unit.sources.put_states([STATE])
    with store.read() as unit:
        assert unit.sources.get("haus") == FULL
        assert unit.sources.all() == [FULL]
        assert unit.sources.find_url(FULL.url) == FULL
        assert unit.sources.state("haus") == STATE
        assert unit.sources.states() == {"haus": STATE}
        assert unit.sources.state("nie") == SourceState(source_id="nie")


def test_due_are_those_whose_time_has_come(store: SQLStore):
    """Never looked at, due, and edited ones; not paused, not early ones; the longest due first."""
    names = ("new", "due", "early", "paused", "edited")
    with store.write() as unit:
        unit.sources.put(
            [
                Source(id=name, name=name, url=f"https://{name}.example/", is_paused=name == "paused")
                for name in names
            ]
        )
        looks = {
            "due": NOW - timedelta(hours=1),
            "early": NOW + timedelta(hours=1),
            "paused": NOW,
            "edited": NOW + timedelta(days=9),
        }
        unit.sources.put_states(
            [
                SourceState(
                    source_id=name,
                    url="https://old.example/" if name == "edited" else f"https://{name}.example/",
                    next_look=at,
                )
                for name, at in looks.items()
            ]
        )
    with store.read() as unit:
        assert unit.sources.due_ids(NOW) == ["due", "edited", "new"]
        assert [source.id for source, _ in unit.sources.iterate_due(NOW)] == ["due", "edited", "new"]
        assert [source.id for source, _ in unit.sources.iterate_due(NOW, only=["early", "none"])] == ["early"]


def test_removing_takes_the_state_along(store: SQLStore):
    """A source added again under the same id begins anew."""
    with store.write() as unit:
        unit.sources.put([FULL])
        unit.sources.put_states([STATE])
        unit.sources.remove(["haus"])
    with store.read() as unit:
        assert unit.sources.get("haus") is None
        assert unit.sources.state("haus") == SourceState(source_id="haus")


def test_pauses_of_domains(store: SQLStore):
    """A later pause replaces an earlier one."""
    with store.write() as unit:
        unit.sources.put_pauses({"a.example": NOW})
        unit.sources.put_pauses({"a.example": NOW + timedelta(hours=1), "b.example": NOW})
    with store.read() as unit:
        assert unit.sources.pauses() == {"a.example": NOW + timedelta(hours=1), "b.example": NOW}


def test_moving_changes_the_address_only(store: SQLStore):
    """P17."""
    with store.write() as unit:
        unit.sources.put([FULL])
        unit.sources.move("haus", "https://neu.example/feed")
    with store.read() as unit:
        assert unit.sources.get("haus") == replace(FULL, url="https://neu.example/feed")
