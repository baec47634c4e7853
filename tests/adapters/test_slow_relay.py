"""Q11: a relay may take its time, up to the dot and for its answer behind it, and is not waited for longer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.fault_relay import FaultRelay
from tests.mail_world import MailWorld, make_person

from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
from newsdigest.model.mailings import DeliveryState
from newsdigest.settings.main_settings import MailSettings

SHORT, LONG, SLOW = 0.8, 8.0, 1.6
"""Seconds: up to the dot, for its answer, and what the relay takes: the rule is the same for 120, 600 and 300."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    made = MailWorld(tmp_path)
    made.add_edition()
    yield made
    made.close()


def test_the_times_are_those_of_the_rule():
    """120 s up to the dot, 600 s for its answer; the transport and the settings say the same."""
    mail = MailSettings()
    assert (mail.timeout_to_dot, mail.timeout_after_dot) == (120.0, 600.0)
    made = SMTPTransport([])
    assert (made.timeout_to_dot, made.timeout_after_dot) == (120.0, 600.0)


@pytest.mark.parametrize(
    ("phase", "after_dot", "state"),
    [
        ("dot", LONG, DeliveryState.SENT),
        ("dot", SHORT, DeliveryState.UNCERTAIN),
        ("mail", LONG, DeliveryState.DEFERRED),
        ("data", LONG, DeliveryState.DEFERRED),
    ],
    ids=[
        "slow_to_answer_the_dot",
        "too_slow_to_answer_the_dot",
        "slow_to_take_the_sender",
        "slow_to_ask_for_the_text",
    ],
)
def test_a_slow_relay(world: MailWorld, phase: str, after_dot: float, state: DeliveryState):
    """Behind the dot it is waited for longer, as it may have the mail by then; before it, nothing is lost by trying again."""
    world.add_people([make_person(1)])
    world.dispatch()

    def answer(where: str, _number: int) -> None:
        if where == phase:
            time.sleep(SLOW)

    with FaultRelay(answer=answer) as relay:
        sending = SMTPTransport(
            [Relay(host="127.0.0.1", port=relay.port, tls="none", connections=1)],
            helo="test.example.org",
            timeout_to_dot=SHORT,
            timeout_after_dot=after_dot,
        )
        report = world.send(sending, wait=timedelta(seconds=5), patience=timedelta(seconds=0.5))
    assert report.count(state) == report.planned == 1, report
