"""An address is taken out of every text of the database, on every engine."""

from __future__ import annotations

from datetime import UTC, datetime

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.sql_store.eraser import SQLEraser
from newsdigest.model.ids import derive
from newsdigest.model.subscribers import ConsentEvent, Subscriber
from newsdigest.text.addresses import written_forms

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
ADDRESS = "Anna_100%+x@example.org"


def test_every_text_lets_go_of_the_address_and_keeps_the_rest(store: SQLStore):
    """Plain texts and JSON alike, whatever the case; `_` and `%` in an address are no wildcards."""
    other = Subscriber(
        id="p" + derive("subscriber", "b@c.de"), address="b@c.de", newsletter_id="weekly", created_at=AT, name=f"writes to {ADDRESS.upper()}",
        topics=("medtech", f"of {ADDRESS}"),
    )  # fmt: skip
    event = ConsentEvent(
        id="c1",
        subscriber_id=other.id,
        newsletter_id="weekly",
        what="imported",
        at=AT,
        detail=f'{{"by": "{ADDRESS.lower()}"}}',
    )
    with store.write() as unit:
        unit.subscribers.put([other])
        unit.subscribers.add_event(event)
        unit.runs.put_value("near", "AnnaX100zz+x@example.org stays")
    eraser = SQLEraser(store)
    assert eraser.erase_text(written_forms(ADDRESS)) == 2
    assert eraser.erase_text(written_forms(ADDRESS)) == 0
    with store.read() as unit:
        kept = unit.subscribers.get(other.id, "weekly")
        assert kept is not None
        assert (kept.name, kept.topics, kept.address) == (
            "writes to [deleted]",
            ("medtech", "of [deleted]"),
            "b@c.de",
        )
        assert [e.detail for e in unit.subscribers.events(other.id)] == ['{"by": "[deleted]"}']
        assert unit.runs.get_value("near") == "AnnaX100zz+x@example.org stays"
    assert eraser.compact() is True
