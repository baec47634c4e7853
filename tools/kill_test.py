"""
Kill a real sender again and again, and count what arrived: `make kill-test`.

A send to N recipients over C connections, against an SMTP sink in this process that notes every
message whose dot arrived; kill -9 at random moments, start anew, until all is settled; then
the next send. Checked after every kill: planned equals the sum of the states. Checked at the
end of every send: nobody lost, nobody marked as sent who got nothing, nobody twice (hold), at
most two copies (resend_once). `--slice 3/10` does the third tenth (with a seed of its own), so that
the whole can be run in parts; `--log FILE` keeps each part's figures, `--sum FILE` adds them up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.mail_world import EDITION, NOW, MailWorld, make_person  # noqa: E402

from newsdigest.adapters.system_clock import FixedClock  # noqa: E402
from newsdigest.mailing import report  # noqa: E402
from newsdigest.model.mailings import DeliveryState, UncertainPolicy  # noqa: E402

S = DeliveryState
PROMISED_RESUME = 2.0


class Sink:
    """A quick SMTP sink: takes everything, notes who got it when the dot has arrived, answers a moment later."""

    def __init__(self, *, delay: float) -> None:
        self.delay = delay
        self.copies: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        self._started.wait(5)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0, limit=2**20))
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        try:
            writer.write(b"220 sink ESMTP\r\n")
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    writer.write(b"250-sink\r\n250 PIPELINING\r\n")
                elif verb == b"RCPT":
                    recipient = line.decode().partition("<")[2].partition(">")[0]
                    writer.write(b"250 ok\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.copies[recipient] += 1
                    await asyncio.sleep(random.random() * 2 * self.delay)  # noqa: S311
                    writer.write(b"250 queued\r\n")
                else:
                    writer.write(b"250 ok\r\n")
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()


@dataclass
class Figures:
    """What was counted; everything from `lost` on must stay 0 or empty."""

    kills: int = 0
    sends: int = 0
    recipients: int = 0
    uncertain: int = 0
    most_copies: int = 0
    slowest_resume: float = 0.0
    usual_resume: float = 0.0
    slow_resumes: int = 0
    lost: int = 0
    falsely_sent: int = 0
    doubles: int = 0
    sums_wrong: int = 0
    problems: list[str] = field(default_factory=list)
    _resumes: list[float] = field(default_factory=list, repr=False)

    def note_resume(self, seconds: float) -> None:
        """Keep how long a new sender took to its first mail."""
        self._resumes.append(round(seconds, 3))
        self.slowest_resume = max(self._resumes)
        self.slow_resumes += seconds > PROMISED_RESUME
        self.usual_resume = statistics.median(self._resumes)


@contextmanager
def sender(folder: Path, port: int, connections: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sender_process", str(folder), str(port), str(connections)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def check_sums(world: MailWorld, figures: Figures) -> dict[DeliveryState, int]:
    found = report.read(world.store, EDITION)
    counts = dict(found.counts)
    if sum(counts.values()) != found.planned:
        figures.sums_wrong += 1
        figures.problems.append(f"planned {found.planned}, counted {counts}")
    return counts


def one_send(
    figures: Figures,
    *,
    kills: int,
    recipients: int,
    connections: int,
    policy: UncertainPolicy,
    chance: random.Random,
    with_term: bool = False,
    delay: float = 0.0005,
) -> None:
    """One edition to everyone, with up to that many kills on the way."""
    folder = Path(tempfile.mkdtemp(prefix="newsdigest-kill-"))
    sink = Sink(delay=delay)
    world = MailWorld(folder, clock=FixedClock(NOW))
    try:
        world.add_people(make_person(number) for number in range(recipients))
        world.add_edition()
        world.dispatch(uncertain=policy)
        figures.sends += 1
        figures.recipients += recipients
        killed = 0
        while killed < kills:
            before = sum(sink.copies.values())
            with sender(folder, sink.port, connections) as process:
                assert process.stdout
                ready = process.stdout.readline()
                if ready:
                    _wait_for_mail(sink, before, process, figures, started=float(ready.split()[1]))
                time.sleep(chance.random() * 0.05)
                if process.poll() is not None:
                    break
                process.send_signal(signal.SIGTERM if with_term else signal.SIGKILL)
                process.wait(30)
            killed += 1
            figures.kills += 1
            check_sums(world, figures)
        with sender(folder, sink.port, connections) as process:
            process.wait(300)
        _judge(world, sink, figures, recipients, policy, with_term=with_term)
    finally:
        world.close()
        sink.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_mail(
    sink: Sink, before: int, process: subprocess.Popen[str], figures: Figures, *, started: float
) -> None:
    """Wait for the first mail of a resumed sender, and note how long it took from its start."""
    until = time.monotonic() + 30
    while sum(sink.copies.values()) == before and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    if process.poll() is None:
        figures.note_resume(time.time() - started)


def _judge(
    world: MailWorld,
    sink: Sink,
    figures: Figures,
    recipients: int,
    policy: UncertainPolicy,
    *,
    with_term: bool,
) -> None:
    counts = check_sums(world, figures)
    figures.uncertain += counts.get(S.UNCERTAIN, 0)
    with world.store.read() as unit:
        people = {person.id: person.address for person in unit.subscribers.iterate("weekly")}
        each = list(unit.mailings.of_edition(EDITION))
    for one in each:
        copies = sink.copies[people[one.subscriber_id]]
        if one.state is S.SENT and copies == 0:
            figures.falsely_sent += 1
        if copies == 0 and one.state not in (S.UNCERTAIN, S.SENT):
            figures.lost += 1
            figures.problems.append(f"{one.state}: {one.reason}")
        figures.most_copies = max(figures.most_copies, copies)
        if copies > (1 if policy is UncertainPolicy.HOLD else 2):
            figures.doubles += 1
    if with_term and counts.get(S.UNCERTAIN):
        figures.problems.append(f"{counts[S.UNCERTAIN]} uncertain after SIGTERM")
    if len(each) != recipients:
        figures.problems.append(f"{len(each)} deliveries for {recipients} recipients")


def run(
    *,
    kills: int,
    recipients: int,
    connections: int,
    policy: str,
    seed: int,
    with_term: bool = False,
    per_send: int = 25,
    delay: float = 0.0005,
) -> Figures:
    """Return the figures of that many kills."""
    chance = random.Random(seed)  # noqa: S311
    figures = Figures()
    while figures.kills < kills:
        before = figures.kills
        one_send(
            figures,
            kills=min(per_send, kills - figures.kills),
            recipients=recipients,
            connections=connections,
            policy=UncertainPolicy(policy),
            chance=chance,
            with_term=with_term,
            delay=delay,
        )
        if figures.kills == before:
            figures.problems.append("a send ended before it could be killed; use more recipients")
            break
        if sys.stderr.isatty():
            print(f"\r{figures.kills} of {kills} kills", end="", file=sys.stderr)
    return figures


def fails(figures: Figures) -> bool:
    """Whether a promise was broken. How long a resume takes is a figure to read: machines are noisy."""
    return bool(
        figures.lost or figures.falsely_sent or figures.doubles or figures.sums_wrong or figures.problems
    )


def added_up(lines: list[str]) -> dict[str, object]:
    """Return the figures of several parts as one."""
    parts = [json.loads(line) for line in lines if line.strip()]
    whole: dict[str, object] = {}
    for name in asdict(Figures()):
        values = [part[name] for part in parts if name in part]
        if not values or name.startswith("_"):
            continue
        if name == "usual_resume":
            whole[name] = statistics.median(values)
        elif name in ("most_copies", "slowest_resume"):
            whole[name] = max(values)
        else:
            whole[name] = sum(values, [] if name == "problems" else 0)
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--recipients", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--policy", choices=["hold", "resend_once"], default="hold")
    parser.add_argument(
        "--term", action="store_true", help="SIGTERM instead of SIGKILL: 0 uncertain, 0 doubles"
    )
    parser.add_argument("--per-send", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slice", default="1/1", metavar="K/N")
    parser.add_argument("--log", type=Path, help="append the figures to that file, a line a part")
    parser.add_argument("--sum", type=Path, help="kill nobody; add up what stands in that file")
    given = parser.parse_args()
    from newsdigest import logs

    logs.configure(level="error")
    if given.sum:
        whole = added_up(given.sum.read_text(encoding="utf-8").splitlines())
        print(json.dumps(whole, indent=2))
        return 0
    part, parts = (int(number) for number in given.slice.split("/"))
    made = run(
        kills=given.kills * part // parts - given.kills * (part - 1) // parts,
        recipients=given.recipients,
        connections=given.connections,
        policy=given.policy,
        seed=given.seed * 1000 + part,
        with_term=given.term,
        per_send=given.per_send,
    )
    shown = {name: value for name, value in asdict(made).items() if not name.startswith("_")}
    print(json.dumps(shown, indent=2))
    if given.log:
        with given.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(shown) + "\n")
    return 1 if fails(made) else 0


if __name__ == "__main__":
    sys.exit(main())
