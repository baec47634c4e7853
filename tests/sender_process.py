"""
A real sender process for the kill tests: `python -m tests.sender_process FOLDER PORT CONNECTIONS POLICY`.

Says `ready` when the lease is taken and `done` when nothing is left; ends cleanly on SIGTERM.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from newsdigest.adapters.process_watch import own_name
from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
from newsdigest.adapters.system_clock import SystemClock
from newsdigest.errors import IllegalStepError
from newsdigest.mailing.desk import SendOrder
from newsdigest.mailing.send import send
from tests.mail_world import EDITION, MailWorld


def main(folder: str, port: str, connections: str) -> int:
    stopping = threading.Event()

    def stop(_number: int, _frame: Any) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    world = MailWorld(Path(folder))
    transport = SMTPTransport(
        [Relay(host="127.0.0.1", port=int(port), tls="none", connections=int(connections))],
        helo="kill.example.org",
        timeout_to_dot=20,
        timeout_after_dot=20,
    )
    tools = world.tools(
        transport,
        clock=SystemClock(),
        pause=lambda seconds: stopping.wait(seconds) and None,
        should_stop=stopping.is_set,
    )
    print(f"ready {time.time():.6f}", flush=True)
    try:
        report = send(
            tools=tools,
            order=SendOrder(
                edition_id=EDITION,
                owner=own_name(),
                wait=timedelta(seconds=1),
                patience=timedelta(seconds=10),
            ),
        )
    except IllegalStepError as error:
        print(f"refused {error}", flush=True)
        return 3
    print(f"done {report.state}", flush=True)
    world.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
