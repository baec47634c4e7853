"""The sending job by the clock: every edition that is due begins, whatever is wrong with another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests import newsroom_world as world

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import MailingState
from newsdigest.settings.workspace import Workspace

DUE = "weekly-2026-03-12"


def test_one_editions_trouble_stops_no_other(tmp_path: Path, migrated_database: Path) -> None:
    """A newsletter that was taken out of the settings is named; the weekly one begins all the same."""
    assembly = world.make_world(tmp_path / "w", migrated_database)
    assembly.approve(DUE, by="approver", is_sure=True)
    approved = assembly.edition(DUE)
    with assembly.store.write() as unit:
        assert unit.editions.add(replace(approved, id="gone-2026-03-12", newsletter_id="gone"))
    assembly.close()
    assembly = Assembly(Workspace(tmp_path / "w"), clock=FixedClock(approved.send_at))
    said = assembly.send_due()
    with assembly.store.read() as unit:
        begun = unit.mailings.mailings(list(MailingState))
    left = assembly.edition("gone-2026-03-12").state
    assembly.close()
    assert "'gone'" in said
    assert [one.edition_id for one in begun] == [DUE]
    assert left is EditionState.APPROVED
