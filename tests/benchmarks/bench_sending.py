"""
Messages a second with the whole crash-safe ledger, against the same sink in the same run:

- raw: sockets that write the same bytes, one exchange a message, no ledger (the limit);
- smtplib: one connection, one message after another, no ledger (what one would write oneself);
- bare: our own transport without a ledger (what the ledger costs).

Alternated; medians and spread of several rounds. The sink is Debian's smtp-sink. `commit_ms` is
what a durable write of 30 KB costs on this disk in the same run: a message cannot be quicker than
a commit divided by the connections that share it.

`--recipients 1000,20000,200000` measures instead what an edition of that size costs, each in a
process of its own: memory must stay flat, and the cost a recipient.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import resource
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.mail_world import EDITION, NOW, MailWorld, make_newsletter, make_person, make_variant  # noqa: E402

from newsdigest import logs  # noqa: E402
from newsdigest.adapters.smtp_transport import Relay, SMTPTransport  # noqa: E402
from newsdigest.mailing.message_building import template  # noqa: E402
from newsdigest.model.mailings import Delivery, HandOver, Message  # noqa: E402

STORY = "<p>Förderbescheid für die Universität Leipzig: 3,84 Mio. Euro für die Zelltherapie &amp; mehr.</p>\n"
HTML = (
    f'<html lang="de"><body>{STORY * 560}<a href="https://u.invalid/unsubscribe">Abmelden</a></body></html>'
)


class ListDesk:
    """A desk without a ledger."""

    def __init__(self, messages: Iterator[Message]) -> None:
        self._messages = messages

    def take(self, count: int) -> Sequence[Message]:
        return list(islice(self._messages, count))

    def settle(self, handed: Sequence[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        return frozenset(dotting)

    def is_stopping(self) -> bool:
        return False


@contextmanager
def sink() -> Iterator[int]:
    """Run smtp-sink on a free port."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    if not Path(program).exists():
        sys.exit("smtp-sink is missing; on Debian: apt-get install postfix")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if pwd.getpwuid(os.getuid()).pw_name == "root" else []
    process = subprocess.Popen(
        [program, *user, f"127.0.0.1:{port}", "256"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 0.1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(5)


def messages(number: int) -> Iterator[Message]:
    made = template(make_variant("de", html=HTML), make_newsletter(), date=NOW)
    from tests.unit.mailing.test_messages import LINKS

    for index in range(number):
        delivery = Delivery(
            id=f"d{index:020d}",
            edition_id=EDITION,
            subscriber_id=f"p{index:020d}",
            variant_id="de",
            domain="example.com",
        )
        address = f"reader{index:05d}@example.com"
        yield Message(
            delivery_id=delivery.id,
            mail_from=LINKS.mail_from(delivery),
            rcpt_to=address,
            content=made.fill(LINKS.recipient(delivery, address)),
        )


def raw(port: int, number: int, _connections: int) -> None:
    ready = [
        (f"MAIL FROM:<{m.mail_from}>\r\nRCPT TO:<{m.rcpt_to}>\r\nDATA\r\n".encode(), m.content + b".\r\n")
        for m in messages(number)
    ]
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.recv(4096)
    line.sendall(b"EHLO b\r\n")
    line.recv(4096)
    _clock.start()
    for envelope, content in ready:
        line.sendall(envelope)
        answer = b""
        while b"354 " not in answer:
            answer += line.recv(4096)
        line.sendall(content)
        line.recv(4096)
    line.close()


def by_smtplib(port: int, number: int, _connections: int) -> None:
    ready = list(messages(number))
    _clock.start()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="b") as client:
        for message in ready:
            client.sendmail(message.mail_from, [message.rcpt_to], message.content)


def bare(port: int, number: int, connections: int) -> None:
    transport = SMTPTransport(
        [Relay(host="127.0.0.1", port=port, tls="none", connections=connections)], helo="b"
    )
    _clock.start()
    transport.deliver(ListDesk(messages(number)))
    transport.close()


def whole(port: int, number: int, connections: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = MailWorld(Path(folder))
        world.add_people(make_person(index) for index in range(number))
        world.add_edition([make_variant("de", html=HTML), make_variant("en")])
        world.dispatch()
        transport = SMTPTransport(
            [Relay(host="127.0.0.1", port=port, tls="none", connections=connections)], helo="b"
        )
        _clock.start()
        report = world.send(transport)
        assert report.state == "sent", report
        world.close()


class _Clock:
    def start(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def stop(self) -> tuple[float, float]:
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


_clock = _Clock()


def build_ratio() -> float:
    """Return how much quicker filling in a recipient is than building an `EmailMessage`."""
    variant = make_variant("de", html=HTML)
    started = time.perf_counter()
    for _ in range(20):
        mail = EmailMessage()
        mail["Subject"], mail["To"] = variant.subject, "reader@example.com"
        mail.set_content(variant.text)
        mail.add_alternative(variant.html, subtype="html")
        mail.as_bytes()
    slow = (time.perf_counter() - started) / 20
    list_ = list(messages(20))
    assert list_
    made = template(variant, make_newsletter(), date=NOW)
    from tests.unit.mailing.test_messages import recipient

    who = recipient()
    started = time.perf_counter()
    for _ in range(2000):
        made.fill(who)
    return slow / ((time.perf_counter() - started) / 2000)


def commit_ms() -> float:
    """Return the median time of a durable write of 30 KB, about a group of marks, in milliseconds."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(100):
            started = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * 30_000, 0)
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def prepare(folder: str, number: str) -> None:
    """Put that many readers and an approved edition into a new database; a process of its own."""
    world = MailWorld(Path(folder))
    everyone = iter(range(int(number)))
    while some := [make_person(index) for index in islice(everyone, 5000)]:
        world.add_people(some)
    world.add_edition([make_variant("de", html=HTML), make_variant("en")])
    world.close()


def send_all(folder: str, port: str, connections: str) -> None:
    """Dispatch and send that edition; print what it took. A process of its own."""
    logs.configure(level="error")
    world = MailWorld(Path(folder))
    started, cpu = time.perf_counter(), time.process_time()
    planned = world.dispatch().planned
    dispatched, dispatched_cpu = time.perf_counter(), time.process_time()
    after_dispatch = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    transport = SMTPTransport(
        [Relay(host="127.0.0.1", port=int(port), tls="none", connections=int(connections))], helo="b"
    )
    report = world.send(transport)
    assert (report.state, report.planned) == ("sent", planned), report
    seconds = time.perf_counter() - dispatched
    print(json.dumps({
        "recipients": planned,
        "dispatch_seconds": round(dispatched - started, 1),
        "dispatch_cpu_us_per_recipient": round(1e6 * (dispatched_cpu - cpu) / planned),
        "send_seconds": round(seconds, 1),
        "messages_per_second": round(planned / seconds),
        "send_cpu_ms_per_message": round(1000 * (time.process_time() - dispatched_cpu) / planned, 3),
        "peak_mb_after_dispatch": round(after_dispatch / 1024),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }))  # fmt: skip
    world.close()


def capacity(numbers: Sequence[int], connections: int) -> None:
    """Measure editions of several sizes."""
    code = (
        "from tests.benchmarks import bench_sending as b; import sys; getattr(b, sys.argv[1])(*sys.argv[2:])"
    )
    with sink() as port:
        for number in numbers:
            with tempfile.TemporaryDirectory() as folder:
                for step in (("prepare", folder, number), ("send_all", folder, port, connections)):
                    subprocess.run([sys.executable, "-c", code, *map(str, step)], check=True, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--recipients", default="", help="numbers with commas between them")
    given = parser.parse_args()
    logs.configure(level="error")
    if given.recipients:
        capacity([int(number) for number in given.recipients.split(",")], given.connections)
        return
    ways: dict[str, Callable[[int, int, int], None]] = {
        "raw": raw,
        "smtplib": by_smtplib,
        "bare": bare,
        "ledger": whole,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    with sink() as port:
        for _ in range(given.rounds):
            for name, way in ways.items():
                way(port, given.messages, given.connections)
                wall, used = _clock.stop()
                rates[name].append(given.messages / wall)
                cpu[name].append(1000 * used / given.messages)
    found = {
        name: {
            "messages_per_second": round(statistics.median(rates[name])),
            "spread": [round(min(rates[name])), round(max(rates[name]))],
            "cpu_ms_per_message": round(statistics.median(cpu[name]), 3),
        }
        for name in ways
    }
    ratios = {
        "to_smtplib": [a / b for a, b in zip(rates["ledger"], rates["smtplib"], strict=True)],
        "to_raw": [a / b for a, b in zip(rates["ledger"], rates["raw"], strict=True)],
        "ledger_cpu": [a / b for a, b in zip(cpu["ledger"], cpu["bare"], strict=True)],
    }
    print(json.dumps({
        **found,
        "ratios": {name: [round(min(r), 2), round(statistics.median(r), 2), round(max(r), 2)] for name, r in ratios.items()},
        "commit_ms": round(commit_ms(), 2),
        "email_message_to_fill": round(build_ratio()),
        "message_bytes": len(next(messages(1)).content),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
