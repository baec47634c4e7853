"""
One connection past log-in, as a machine of states; it never blocks and never waits.

Before the dot everything may be repeated; from the dot on only an answer tells. So content
goes out without its dot, the session says `is_ready`, and only `dot()` completes it. Where the
relay pipelines, the next message's envelope travels with the dot (RFC 2920, section 3.1: the
end of the content may be followed by commands in one group), one round trip a message.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections import deque
from dataclasses import dataclass

from newsdigest.adapters.smtp_transport.dialing import Line
from newsdigest.adapters.smtp_transport.replies import GarbageError, Reply, ReplyReader, queue_id
from newsdigest.model.mailings import DeliveryState, HandOver, Message, Phase

_READ = 65536
_STALE_SECONDS = 5.0


@dataclass
class _Slot:
    """A message under way. `phase` is how far it came; `refusal` waits for the group's other replies."""

    message: Message
    phase: Phase = Phase.MAIL
    refusal: HandOver | None = None
    is_dotted: bool = False


class Session:
    """
    See the module. The owner watches `socket` and calls `on_readable`, `on_writable`.

    Attributes:
        outcomes: What is known of messages, with the message; the owner takes them away.
        returned: Messages that the relay has not heard of; another connection may take them.
        is_ready: The content is out; `dot()` or `drop()`.
    """

    def __init__(self, line: Line, *, timeout_to_dot: float, timeout_after_dot: float) -> None:
        self.socket, self.relay = line.socket, line.relay
        self.pipelines = line.pipelines
        self.timeouts = (timeout_to_dot, timeout_after_dot)
        self.outcomes: list[tuple[HandOver, Message]] = []
        self.returned: list[Message] = []
        self.is_ready = False
        self.is_closed = False
        self.is_watched_for_writing = False
        self._reader = ReplyReader()
        self._output = memoryview(b"")
        self._expected: deque[tuple[str, _Slot | None]] = deque()
        self._slots: deque[_Slot] = deque()
        self._needs_reset = False
        self._deadline = float("inf")
        self.idle_since = time.monotonic()
        self._was_idle_for = 0.0
        self._has_delivered = False

    # -- what the owner asks

    @property
    def is_idle(self) -> bool:
        """Whether it could begin a message."""
        return not self._slots and not self._expected and not self.is_closed

    @property
    def wants_to_write(self) -> bool:
        """Whether there is output left."""
        return len(self._output) > 0

    @property
    def is_dotted(self) -> bool:
        """Whether a message waits for its answer after the dot."""
        return any(slot.is_dotted for slot in self._slots)

    @property
    def ready_id(self) -> str:
        """The delivery whose dot is to come."""
        return self._slots[0].message.delivery_id

    @property
    def can_follow(self) -> bool:
        """Whether the next message's envelope may travel with the dot."""
        return self.pipelines

    def begin(self, message: Message) -> None:
        """Start a message on an idle connection."""
        self._was_idle_for = time.monotonic() - self.idle_since
        self._send(self._envelope(message))
        self._arm(0)

    def dot(self, following: Message | None = None) -> None:
        """Complete the message whose content is out; the mark is durable by now."""
        slot = self._slots[0]
        slot.is_dotted, slot.phase, self.is_ready = True, Phase.DOT, False
        self._expected.append(("DOT", slot))
        after = self._envelope(following) if following else b""
        self._arm(1)
        self._send(b".\r\n" + after)

    def drop(self) -> None:
        """Close without the dot: the relay forgets the message (RFC 5321, section 4.1.1.4), and so do we."""
        self._slots.popleft()
        self.is_ready, self.is_closed = False, True
        self.socket.close()  # a QUIT would be a line of the text

    def on_writable(self) -> None:
        """Send on."""
        self._send(b"")

    def on_readable(self) -> None:
        """Read what came and move on."""
        while not self.is_closed:
            try:
                octets = self.socket.recv(_READ)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                self._lost(f"the connection broke: {error.strerror or error}")
                return
            if not octets:
                self._lost("the relay closed the connection")
                return
            try:
                for reply in self._reader.feed(octets):
                    self._on_reply(reply)
            except GarbageError as error:
                self._lost(f"not an SMTP reply: {error}")
                return
            if len(octets) < _READ and not isinstance(self.socket, ssl.SSLSocket):
                return

    def check_time(self, now: float) -> None:
        """Give up a relay that does not answer."""
        if now > self._deadline and not self.is_ready and not self.is_closed:
            self._lost("no answer in time")

    def abandon(self, why: str) -> None:
        """End now: what was dotted is uncertain, the rest unheard of."""
        self._lost(why, is_ours=True)

    def close(self) -> None:
        """Close the connection; politely when nothing is under way."""
        if self.is_closed:
            return
        if self.is_idle:
            with contextlib.suppress(OSError):
                self.socket.send(b"QUIT\r\n")
        self.is_closed = True
        self.socket.close()

    # -- inside

    def _envelope(self, message: Message) -> bytes:
        slot = _Slot(message)
        self._slots.append(slot)
        sender = f"MAIL FROM:<{message.mail_from}>\r\n".encode("ascii")
        reset = b""
        if self._needs_reset:
            self._needs_reset, reset = False, b"RSET\r\n"
            self._expected.append(("RSET", None))
        self._expected.append(("MAIL", slot))
        if not self.pipelines:
            return reset + sender
        self._expected += [("RCPT", slot), ("DATA", slot)]
        return reset + sender + self._recipient(message) + b"DATA\r\n"

    @staticmethod
    def _recipient(message: Message) -> bytes:
        return f"RCPT TO:<{message.rcpt_to}>\r\n".encode("ascii")

    def _on_reply(self, reply: Reply) -> None:
        if self.is_closed:
            return
        if not self._expected:
            # Unasked: a relay that tires of an idle connection says 421.
            self._lost(f"{reply.code} {reply.text}", code=reply.code)
            return
        what, slot = self._expected.popleft()
        if reply.code == 421:
            self._farewell(what, slot, reply)
            return
        self._was_idle_for = 0.0
        if what == "DOT" and slot:
            self._on_final(slot, reply)
        elif what == "DATA" and slot:
            self._on_data(slot, reply)
        elif slot:
            self._on_envelope(what, slot, reply)
        elif not reply.is_ok:
            self._lost(f"the relay refused to reset: {reply.code} {reply.text}", code=reply.code)

    def _on_envelope(self, what: str, slot: _Slot, reply: Reply) -> None:
        phase = Phase.MAIL if what == "MAIL" else Phase.RCPT
        if reply.code in (250, 251, 252):
            slot.phase = Phase.RCPT if what == "MAIL" else Phase.DATA
        elif reply.code < 400:
            self._lost(f"an answer out of place: {reply.code} {reply.text}")
            return
        elif slot.refusal is None:
            slot.phase = phase
            slot.refusal = self._refused(slot, phase, reply)
        if self.pipelines:
            return
        if slot.refusal:
            self._settle_refusal(slot)
        elif what == "MAIL":
            self._expected.append(("RCPT", slot))
            self._send(self._recipient(slot.message))
        else:
            self._expected.append(("DATA", slot))
            self._send(b"DATA\r\n")

    def _on_data(self, slot: _Slot, reply: Reply) -> None:
        if slot.refusal:
            if reply.code == 354:  # it wants content for nobody: only closing is sure to send nothing
                self._settle_refusal(slot)
                self.close()
            else:
                self._settle_refusal(slot)
        elif reply.code == 354:
            slot.phase = Phase.DATA
            self._send(_stuffed(slot.message))
        elif reply.code >= 400:
            slot.refusal = self._refused(slot, Phase.DATA, reply)
            self._settle_refusal(slot)
        else:
            self._lost(f"an answer out of place: {reply.code} {reply.text}")

    def _on_final(self, slot: _Slot, reply: Reply) -> None:
        if 300 <= reply.code < 400:
            self._expected.appendleft(("DOT", slot))
            self._lost(f"an answer out of place: {reply.code} {reply.text}")
            return
        self._slots.popleft()
        if reply.is_ok:
            self._has_delivered = True
            self._tell(slot, self._outcome(slot, DeliveryState.SENT, Phase.DOT, reply, queue=queue_id(reply)))
        else:
            self._tell(slot, self._refused(slot, Phase.DOT, reply))
        self._arm(0)

    def _settle_refusal(self, slot: _Slot) -> None:
        assert slot.refusal
        self._tell(slot, slot.refusal)
        self._slots.remove(slot)
        self._needs_reset = True
        self._arm(0)

    def _farewell(self, what: str, slot: _Slot | None, reply: Reply) -> None:
        """421: the relay closes. It answers the message it stands for; the others are unheard of."""
        if slot and (slot.is_dotted or what != "MAIL" or not self._is_worn):
            self._slots.remove(slot)
            self._tell(slot, self._refused(slot, Phase(what.lower()), reply))
        self._lost(f"{reply.code} {reply.text}", code=reply.code, is_ours=True)

    def _lost(self, why: str, *, code: int | None = None, is_ours: bool = False) -> None:
        """
        Close, and say for each message under way what that means.

        The first one under way was tried; those whose envelope only travelled behind it were not.
        """
        said = Reply(code or 0, (why,))
        for index, slot in enumerate(self._slots):
            if slot.is_dotted:
                self._tell(slot, self._outcome(slot, DeliveryState.UNCERTAIN, Phase.DOT, said))
            elif slot.refusal:
                self._tell(slot, slot.refusal)
            elif index == 0 and not is_ours and not (self._is_worn and slot.phase is Phase.MAIL):
                self._tell(slot, self._outcome(slot, DeliveryState.DEFERRED, slot.phase, said))
            else:
                self.returned.append(slot.message)
        self._slots.clear()
        self._expected.clear()
        self.is_ready, self.is_closed = False, True
        self.socket.close()

    @property
    def _is_worn(self) -> bool:
        """
        Whether an end before MAIL was answered is the connection's: it was idle, or took a message before.

        Many relays take so many messages a connection and no more; on a new one it concerns the message.
        """
        return self._has_delivered or self._was_idle_for >= _STALE_SECONDS

    def _tell(self, slot: _Slot, outcome: HandOver) -> None:
        self.outcomes.append((outcome, slot.message))

    def _refused(self, slot: _Slot, phase: Phase, reply: Reply) -> HandOver:
        state = DeliveryState.FAILED if reply.code >= 500 else DeliveryState.DEFERRED
        return self._outcome(slot, state, phase, reply, is_for_all=phase is Phase.MAIL)

    def _outcome(
        self,
        slot: _Slot,
        state: DeliveryState,
        phase: Phase,
        reply: Reply,
        *,
        queue: str = "",
        is_for_all: bool = False,
    ) -> HandOver:
        return HandOver(
            delivery_id=slot.message.delivery_id,
            state=state,
            phase=phase,
            code=reply.code or None,
            reply="" if state is DeliveryState.SENT else reply.text,
            queue_id=queue,
            is_for_all=is_for_all,
            relay=self.relay.name,
        )

    def _arm(self, which: int) -> None:
        """Set the time by which the relay must have moved on: up to the dot, or after it."""
        dotted = any(slot.is_dotted for slot in self._slots)
        self.idle_since = time.monotonic()
        self._deadline = (
            self.idle_since + self.timeouts[max(which, int(dotted))] if self._slots else float("inf")
        )

    def _send(self, octets: bytes) -> None:
        if octets:
            self._output = memoryview(bytes(self._output) + octets) if self._output else memoryview(octets)
        try:
            while self._output:
                self._output = self._output[self.socket.send(self._output) :]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return
        except OSError as error:
            self._lost(f"the connection broke: {error.strerror or error}")
            return
        slot = self._slots[0] if self._slots else None
        if slot and slot.phase is Phase.DATA and not slot.is_dotted and not self._expected:
            self.is_ready = True


def _stuffed(message: Message) -> bytes:
    """Return the content ready for the wire: dots at line starts doubled (ours have none)."""
    content = message.content
    if message.is_dotless:
        return content
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..") if b"\r\n." in content else content
