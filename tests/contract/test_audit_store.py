"""Acts and runs: append-only, chained, once per key; on every engine."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.sql_store.tables_audit import acts
from newsdigest.model.audit import Run

NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)


def test_acts_come_back_newest_first(store: SQLStore):
    """What was written is read back word for word, with its instant to the microsecond."""
    with store.write() as unit:
        unit.audit.add(at=NOW, by="anna", what="edition.approve", subject="weekly-2026-03-12", detail="ü 😀")
        unit.audit.add(at=NOW, by="bert", what="edition.send", subject="weekly-2026-03-12")
    with store.read() as unit:
        found = unit.audit.recent(subject="weekly-2026-03-12")
        assert [(act.by, act.at, act.detail) for act in found] == [("bert", NOW, ""), ("anna", NOW, "ü 😀")]
        assert unit.audit.broken_link() is None


def test_an_altered_act_is_seen(store: SQLStore):
    """Whoever changes a row behind our back breaks the chain at that row."""
    with store.write() as unit:
        for number in range(5):
            unit.audit.add(at=NOW, by="anna", what="x", subject=str(number))
        unit.connection.execute(update(acts).where(acts.c.number == 3).values(by="mallory"))
    with store.read() as unit:
        assert unit.audit.broken_link() == 3


def test_a_period_is_started_once(store: SQLStore):
    """The second start of the same key is refused."""
    run = Run(key="compose:weekly:2026-03-12", job="compose", started_at=NOW)
    with store.write() as unit:
        assert [unit.runs.start(run), unit.runs.start(run)] == [True, False]


def test_facts_are_kept_and_found_by_prefix(store: SQLStore):
    """A fact is replaced by its name; a prefix is taken literally."""
    with store.write() as unit:
        unit.runs.put_value("job:a", '{"n": 1}')
        unit.runs.put_value("job:a", '{"n": 2}')
        unit.runs.put_value("jobXb", '{"n": 3}')
    with store.read() as unit:
        assert (unit.runs.get_value("job:a"), unit.runs.values("job:")) == ('{"n": 2}', [{"n": 2}])
