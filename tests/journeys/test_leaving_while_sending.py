"""Somebody leaves by one click while their edition is being sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.edition_world import sample_edition
from tests.web_world import browsing, keep, letters, make_assembly

from newsdigest.model.mailings import DeliveryState
from newsdigest.text import tokens

PEOPLE = 1500


@pytest.mark.slow
def test_one_click_during_a_running_send_stops_the_mail(tmp_path: Path, migrated_database: Path):
    """RFC 8058 POST, no cookie, in the middle of a send: the last person's mail does not leave, the sums still hold."""
    assembly = make_assembly(tmp_path / "workspace", migrated_database)
    keep(assembly, sample_edition())
    table = "email\n" + "".join(f"reader{n}@example.org\n" for n in range(PEOPLE))
    assembly.import_subscribers(table.encode(), basis="member")
    assembly.approve("weekly-2026-03-12", by="chief")
    assembly.dispatch("weekly-2026-03-12", by="chief")
    last = sorted(assembly.deliveries("weekly-2026-03-12"), key=lambda delivery: delivery.id)[-1]
    link = f"/unsubscribe/{tokens.sign(assembly.secret_keys, 'unsubscribe', last.subscriber_id, 'weekly')}"
    clicks: list[int] = []
    with browsing(assembly) as client:

        def leave(done: int, total: int) -> None:
            if done and not clicks:
                clicks.append(client.post(link, content=b"List-Unsubscribe=One-Click", headers={
                    "content-type": "application/x-www-form-urlencoded", "origin": "https://mail.example",
                }).status_code)  # fmt: skip

        report = assembly.send("weekly-2026-03-12", by="chief", progress=leave)
    states = {delivery.id: delivery.state for delivery in assembly.deliveries("weekly-2026-03-12")}
    assert clicks == [200]
    assert states[last.id] is DeliveryState.SUPPRESSED
    assert list(states.values()).count(DeliveryState.SENT) == PEOPLE - 1 == len(letters(assembly))
    assert report is not None
    assembly.close()
