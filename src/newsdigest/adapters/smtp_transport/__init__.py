"""
SMTP with N connections in one thread.

One loop serves all connections, so that every turn's "in data" marks go to the ledger in one
durable commit; threads with a commit each would be held by the disk (1,420 durable
commits a second). Relays stand in order: the next one is dialled while an earlier one does not
let us in. A message changes the relay only before DATA.

Tried and refused: smtplib in threads (one round trip a command, one commit a message),
aiosmtplib (770 messages a second on one connection), commits in a thread beside the loop (what
is won of the disk's 0.3 ms a commit is lost in waking threads and passing the interpreter's lock).
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from newsdigest.adapters.smtp_transport.dialing import DialError, Line, Relay, dial
from newsdigest.adapters.smtp_transport.session import Session
from newsdigest.model.mailings import DeliveryState, HandOver, Message, Phase
from newsdigest.ports.mail import MailDesk

__all__ = ["Relay", "SMTPTransport"]

_TURN = 0.25
_DIALLING_TURN = 0.005
_CLOCK_STEP = 0.1
_SLOW_COMMIT = 0.004
_STOP_GRACE = 3.0
DIAL_WAITS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)


@dataclass
class _RelayState:
    """How a relay behaves: after failed dials it rests, longer each time."""

    relay: Relay
    failures: int = 0
    rests_until: float = 0.0
    dialling: int = 0
    open: int = 0
    last: DialError | None = None


@dataclass
class SMTPTransport:
    """
    Hands messages over to relays; see `ports.mail.MailTransport`.

    Attributes:
        relays: In order of preference.
        helo: Our name; "" for this machine's.
        timeout_to_dot, timeout_after_dot: Seconds (Q11).
        dial_waits: Seconds for which a relay rests after the first, second … failed dial in a row.
    """

    relays: Sequence[Relay]
    helo: str = ""
    timeout_to_dot: float = 120.0
    timeout_after_dot: float = 600.0
    dial_waits: Sequence[float] = DIAL_WAITS
    _states: list[_RelayState] = field(default_factory=list)
    _sessions: list[Session] = field(default_factory=list)
    _dials: dict[Future[Line], _RelayState] = field(default_factory=dict)
    _waiting: deque[Message] = field(default_factory=deque)
    _tried: dict[str, set[str]] = field(default_factory=dict)
    _looked_at: float = 0.0
    _commit_seconds: float = 0.0
    _ready_since: float = 0.0

    def __post_init__(self) -> None:
        self._states = [_RelayState(relay) for relay in self.relays]
        self._selector = selectors.DefaultSelector()
        self._pool: ThreadPoolExecutor | None = None
        self.helo = self.helo or _own_name()

    def deliver(self, desk: MailDesk) -> None:
        """Hand over everything the desk gives."""
        handed: list[HandOver] = []
        stopping_since = 0.0
        try:
            while True:
                is_stopping = desk.is_stopping()
                if is_stopping:
                    stopping_since = stopping_since or time.monotonic()
                    self._wind_down(stopping_since)
                    if not self._is_busy() and not handed:
                        break
                elif not self._assign(desk, handed):
                    break
                self._turn()
                self._reap(handed)
                ready = [session for session in self._sessions if session.is_ready]
                is_gathering = bool(ready) and self._is_worth_waiting(ready, time.monotonic())
                if (handed or ready) and not is_gathering:
                    self._settle(desk, handed, ready)
        finally:
            self._waiting.clear()
            self._tried.clear()

    def close(self) -> None:
        """Say QUIT and close the connections."""
        for session in self._sessions:
            self._forget(session)
            session.close()
        self._sessions.clear()
        for dialled in self._dials:
            dialled.add_done_callback(_hang_up)
        self._dials.clear()
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    # -- one turn

    def _assign(self, desk: MailDesk, handed: list[HandOver]) -> bool:
        """Give idle connections work and open more; False when all is done."""
        idle = [session for session in self._sessions if session.is_idle]
        room = self._room()
        wanted = len(idle) + room - len(self._waiting)
        if wanted > 0:
            self._waiting += desk.take(wanted)
        for session in idle:
            if message := self._next_for(session.relay.name):
                session.begin(message)
        if self._waiting:
            self._dial()
            self._despair(handed)
        return bool(self._waiting or handed or self._is_busy())

    def _room(self) -> int:
        """How many more connections could be opened now."""
        now = time.monotonic()
        for state in self._states:
            if state.rests_until <= now:
                return state.relay.connections - state.open - state.dialling
        return 1  # everything rests: hold one message, so that the desk learns of it

    def _next_for(self, relay: str) -> Message | None:
        for _ in range(len(self._waiting)):
            message = self._waiting.popleft()
            if relay not in self._tried.get(message.delivery_id, ()):
                return message
            self._waiting.append(message)
        return None

    def _dial(self) -> None:
        """Open connections for what waits: on the first relay that does not rest and was not tried with it."""
        now = time.monotonic()
        waiting = list(self._waiting)
        for state in self._states:
            if state.rests_until > now:
                continue
            mine = [one for one in waiting if state.relay.name not in self._tried.get(one.delivery_id, ())]
            waiting = [one for one in waiting if one not in mine]
            while len(mine) > state.dialling and state.open + state.dialling < state.relay.connections:
                self._pool = self._pool or ThreadPoolExecutor(max_workers=32, thread_name_prefix="dial")
                future = self._pool.submit(
                    dial, state.relay, helo=self.helo, timeout=min(self.timeout_to_dot, 60.0)
                )
                self._dials[future] = state
                state.dialling += 1

    def _despair(self, handed: list[HandOver]) -> None:
        """When no relay lets us in, tell the desk, by way of the messages in our hands."""
        now = time.monotonic()
        if self._sessions or self._dials or any(state.rests_until <= now for state in self._states):
            return
        last = next((state for state in self._states if state.last), None)
        if last is None or last.last is None:
            return
        error, relay = last.last, last.relay.name
        for state in self._states:
            state.last = None  # said once for each failed dial
        while self._waiting:
            message = self._waiting.popleft()
            handed.append(
                HandOver(
                    delivery_id=message.delivery_id,
                    phase=error.phase,
                    code=error.code,
                    reply=error.reply,
                    relay=relay,
                    is_for_all=True,
                    state=DeliveryState.DEFERRED,
                    is_lasting=error.is_lasting,
                )
            )

    def _turn(self) -> None:
        """Wait for the connections and let them move on."""
        self._greet_dialled()
        for session in self._sessions:
            self._watch(session)
        if any(session.is_ready for session in self._sessions):
            timeout = self._commit_seconds / 4 if self._commit_seconds > _SLOW_COMMIT else 0.0
        else:
            timeout = _DIALLING_TURN if self._dials else _TURN
        if self._selector.get_map():
            for key, events in self._selector.select(timeout):
                session = key.data
                if events & selectors.EVENT_WRITE:
                    session.on_writable()
                if events & selectors.EVENT_READ:
                    session.on_readable()
        else:
            time.sleep(timeout)
        now = time.monotonic()
        if now - self._looked_at >= _CLOCK_STEP:
            self._looked_at = now
            for session in self._sessions:
                session.check_time(now)

    def _greet_dialled(self) -> None:
        for session in self._sessions:
            if session.is_closed:
                self._forget(session)  # before a new socket gets its number
        for future in [future for future in self._dials if future.done()]:
            state = self._dials.pop(future)
            state.dialling -= 1
            try:
                line = future.result()
            except DialError as error:
                if state.rests_until <= time.monotonic():  # dialled together, they failed for one reason
                    state.failures += 1
                state.last = error
                rest = self.dial_waits[min(state.failures, len(self.dial_waits)) - 1]
                state.rests_until = time.monotonic() + rest
                self._tried.clear()  # what failed over to it goes back to where it came from
                continue
            state.failures, state.last = 0, None
            state.open += 1
            session = Session(
                line, timeout_to_dot=self.timeout_to_dot, timeout_after_dot=self.timeout_after_dot
            )
            self._sessions.append(session)
            self._selector.register(session.socket, selectors.EVENT_READ, session)

    def _watch(self, session: Session) -> None:
        if session.is_closed or session.wants_to_write == session.is_watched_for_writing:
            return
        session.is_watched_for_writing = session.wants_to_write
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if session.wants_to_write else 0)
        self._selector.modify(session.socket, wanted, session)

    def _reap(self, handed: list[HandOver]) -> None:
        """Collect outcomes, and what closed connections leave behind."""
        for session in list(self._sessions):
            for outcome, message in session.outcomes:
                if self._fails_over(outcome, message):
                    continue
                handed.append(outcome)
                self._tried.pop(outcome.delivery_id, None)
            session.outcomes.clear()
            if session.is_closed:
                self._forget(session)
                self._sessions.remove(session)
                self._state_of(session).open -= 1
                self._waiting.extendleft(reversed(session.returned))
                session.returned.clear()

    def _settle(self, desk: MailDesk, handed: list[HandOver], ready: list[Session]) -> None:
        """One commit for all marks, after their outcomes; then the dots, each with the next envelope behind it."""
        started = time.monotonic()
        granted = desk.settle(handed, [session.ready_id for session in ready])
        handed.clear()
        if ready:
            self._commit_seconds += (time.monotonic() - started - self._commit_seconds) / 8
            self._ready_since = 0.0
        is_stopping = desk.is_stopping()
        for session in ready:
            if session.ready_id not in granted:
                session.drop()
            elif session.can_follow and not is_stopping:
                session.dot(self._next_for(session.relay.name))
            else:
                session.dot()
        # What comes next is made while the relay is busy with the dots, not before them.
        if not is_stopping and len(self._waiting) < len(self._sessions):
            self._waiting += desk.take(len(self._sessions) - len(self._waiting))

    # -- small questions

    def _is_worth_waiting(self, ready: list[Session], now: float) -> bool:
        """Whether the disk is so slow that a commit should wait, a quarter of its time, for more marks to share it."""
        self._ready_since = self._ready_since or now
        if self._commit_seconds <= _SLOW_COMMIT or len(ready) == len(self._sessions):
            return False
        return now - self._ready_since < self._commit_seconds / 4

    def _state_of(self, session: Session) -> _RelayState:
        return next(state for state in self._states if state.relay is session.relay)

    def _is_busy(self) -> bool:
        return any(not session.is_idle for session in self._sessions)

    def _fails_over(self, outcome: HandOver, message: Message) -> bool:
        """Whether another relay gets the message at once: only before DATA, and only for the relay's own trouble."""
        is_relays = outcome.phase is Phase.MAIL or outcome.code in (None, 421)
        if (
            outcome.state is not DeliveryState.DEFERRED
            or outcome.phase not in (Phase.MAIL, Phase.RCPT)
            or not is_relays
        ):
            return False
        tried = self._tried.setdefault(message.delivery_id, set())
        tried.add(outcome.relay)
        now = time.monotonic()
        if not any(state.relay.name not in tried and state.rests_until <= now for state in self._states):
            return False
        self._waiting.append(message)
        return True

    def _wind_down(self, since: float) -> None:
        """Stopping: what was dotted gets its time to be answered, the rest only a moment."""
        if time.monotonic() - since > _STOP_GRACE:
            for session in self._sessions:
                if not session.is_idle and not session.is_dotted:
                    session.abandon("stopped")

    def _forget(self, session: Session) -> None:
        # A closed socket has no number any more; the selector then finds it by object, or not at all.
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(session.socket)


def _hang_up(dialled: Future[Line]) -> None:
    if not dialled.cancelled() and dialled.exception() is None:
        dialled.result().socket.close()


def _own_name() -> str:
    name = socket.getfqdn()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
