"""Two instances started at the same moment, fifty times: nobody gets two (Q5)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.fakes.mail import FakeMailTransport
from tests.mail_world import MailWorld, make_person

from newsdigest.errors import NewsdigestError
from newsdigest.model.mailings import DeliveryState


@pytest.mark.slow
def test_two_instances_started_together_double_nothing(tmp_path: Path) -> None:
    """One of them sends, the other is turned away or finds it done."""
    for round_ in range(50):
        folder = tmp_path / str(round_)
        folder.mkdir()
        world = MailWorld(folder)
        world.add_edition()
        world.add_people([make_person(number) for number in range(12)])
        start = threading.Barrier(2)
        relays = [FakeMailTransport(batch=3), FakeMailTransport(batch=3)]

        def instance(
            number: int, folder: Path = folder, start: threading.Barrier = start, relays: list = relays
        ) -> None:
            own = MailWorld(folder)
            start.wait()
            try:
                own.dispatch()
                own.send(relays[number], owner=f"{_own()}/{number}")
            except NewsdigestError:
                pass
            finally:
                own.close()

        threads = [threading.Thread(target=instance, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        got = [message.rcpt_to for relay in relays for message in relay.dotted]
        assert len(got) == len(set(got)) == 12
        assert world.counts() == {DeliveryState.SENT: 12}
        world.close()


def _own() -> str:
    from newsdigest.adapters.process_watch import own_name

    return own_name()
