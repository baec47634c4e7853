"""An editing desk on a real store, for tests of composing, reviewing and following."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.editing import compose
from newsdigest.editing.review import Review
from newsdigest.model.editions import Edition
from newsdigest.model.newsletters import Newsletter
from tests.editing_store import fill, make_item
from tests.edition_world import WINDOW, make_newsletter, make_renderer

CUT_OFF = WINDOW[1]
ID = "weekly-2026-03-12"


@dataclass
class Desk:
    """An editing desk on a real SQLite file, with a clock to set."""

    store: SQLStore
    newsletter: Newsletter = field(default_factory=make_newsletter)
    now: datetime = CUT_OFF + timedelta(minutes=30)

    @property
    def clock(self) -> FixedClock:
        return FixedClock(self.now)

    @property
    def review(self) -> Review:
        newsletters = {self.newsletter.id: self.newsletter}
        return Review(clock=self.clock, store=self.store, renderer=make_renderer(), newsletters=newsletters)

    def compose(self, *, is_by_hand: bool = True) -> Edition | None:
        report = compose.compose(
            clock=self.clock, store=self.store, newsletter=self.newsletter, is_by_hand=is_by_hand
        )
        return report.edition if report else None

    def drafted(self, count: int = 5) -> Edition:
        fill(self.store, *((make_item(n, f"quelle{n}"),) for n in range(1, count + 1)))
        made = self.compose()
        assert made is not None
        return made

    def stored(self, id_: str = ID) -> Edition:
        with self.store.read() as unit:
            found = unit.editions.get(id_)
        assert found is not None
        return found
