"""Somebody leaves by one click while their edition is being sent."""

from __future__ import annotations

import http.client
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.edition_world import sample_edition
from tests.fakes.fault_relay import Fault, FaultRelay
from tests.newsroom_world import serving
from tests.web_world import NOW, browsing, keep, letters, make_assembly

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly import Assembly
from newsdigest.model.mailings import DeliveryState
from newsdigest.settings.workspace import Workspace
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


READERS = 300
CLICKS = 25
WITHIN = 1.0
"""Seconds after which no mail may leave: the promise itself (R2), not a speed of this machine."""


@pytest.mark.slow
def test_after_a_click_no_mail_leaves_a_second_later(tmp_path: Path, migrated_database: Path):
    """
    Real server, real relay, one person after another leaves while the mails go out.

    Each click is a bare POST without cookie, as a mail provider sends it. Whoever was not being handed over
    at that instant gets nothing, and the ledger says why.
    """
    dots: list[float] = []

    def slowly(phase: str, number: int) -> Fault:
        if phase == "data":
            time.sleep(0.015)
        if phase == "dot":
            dots.append(time.monotonic())
        return None

    with FaultRelay(answer=slowly) as relay:
        assembly = ready(tmp_path / "workspace", migrated_database, relay.port)
        planned = sorted(assembly.deliveries("weekly-2026-03-12"), key=lambda delivery: delivery.id)
        leaving = [one.subscriber_id for one in planned[:: READERS // CLICKS]][:CLICKS]
        address = {person.id: person.address for person in assembly.subscribers()}
        left: dict[str, float] = {}
        with serving(assembly) as base:
            sending = threading.Thread(
                target=assembly.send, args=("weekly-2026-03-12",), kwargs={"by": "chief"}
            )
            sending.start()
            while not dots and sending.is_alive():
                time.sleep(0.01)
            for person in leaving:
                left[person] = click(base, assembly, person)
                time.sleep(0.08)
            was_running = sending.is_alive()
            sending.join(timeout=60)
    assert was_running, "the clicks came after the last mail"
    at = dict(zip(relay.recipients(), dots, strict=True))
    late = {
        person: at[address[person]] - instant
        for person, instant in left.items()
        if address[person] in at and at[address[person]] - instant > WITHIN
    }
    assert late == {}
    states = {one.subscriber_id: one.state for one in assembly.deliveries("weekly-2026-03-12")}
    for person in leaving:
        was_sent = address[person] in at
        assert states[person] is (DeliveryState.SENT if was_sent else DeliveryState.SUPPRESSED)
    assert sum(address[person] not in at for person in leaving) > CLICKS // 3
    assert len(set(relay.recipients())) == len(relay.recipients())
    assembly.close()


def ready(folder: Path, database: Path, port: int) -> Assembly:
    """A workspace that hands over to that port, its edition dispatched to READERS people."""
    made = make_assembly(folder, database)
    keep(made, sample_edition())
    made.close()
    settings = folder / "config" / "newsdigest.yaml"
    relay = f"mail:\n  relays: [{{host: 127.0.0.1, port: {port}, tls: none, connections: 1}}]"
    text = settings.read_text(encoding="utf-8").replace("mail:\n  outbox: var/outbox", relay)
    settings.write_text(text, encoding="utf-8")
    assembly = Assembly(Workspace(folder), clock=FixedClock(NOW))
    table = "email\n" + "".join(f"reader{n}@example.org\n" for n in range(READERS))
    assembly.import_subscribers(table.encode(), basis="member")
    assembly.approve("weekly-2026-03-12", by="chief")
    assembly.dispatch("weekly-2026-03-12", by="chief")
    return assembly


def click(base: str, assembly: Assembly, person: str) -> float:
    """Leave by RFC 8058; return the instant at which the answer was there."""
    token = tokens.sign(assembly.secret_keys, "unsubscribe", person, "weekly")
    place = urlsplit(base)
    wire = http.client.HTTPConnection(str(place.hostname), place.port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    wire.request("POST", f"/unsubscribe/{token}", body="List-Unsubscribe=One-Click", headers=headers)
    answer = wire.getresponse()
    answered = time.monotonic()
    answer.read()
    wire.close()
    assert (answer.status, answer.getheader("set-cookie"), answer.getheader("location")) == (200, None, None)
    return answered
