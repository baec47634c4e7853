"""A transport that works: keeps what it is given, and answers as told."""

from __future__ import annotations

from collections.abc import Callable

from newsdigest.model.mailings import DeliveryState, HandOver, Message, Phase
from newsdigest.ports.mail import MailDesk


def accept(message: Message, number: int) -> HandOver:
    return HandOver(
        delivery_id=message.delivery_id,
        state=DeliveryState.SENT,
        phase=Phase.DOT,
        code=250,
        queue_id=f"Q{number}",
    )


def refuse(state: DeliveryState, code: int, phase: Phase = Phase.RCPT) -> Callable[[Message, int], HandOver]:
    """Answer everything alike."""
    return lambda message, _: HandOver(
        delivery_id=message.delivery_id, state=state, phase=phase, code=code, reply="no"
    )


class FakeMailTransport:
    """
    Hands over one after another.

    Attributes:
        sent: Messages answered with success.
        dotted: Everything whose dot was sent.
    """

    def __init__(self, answer: Callable[[Message, int], HandOver] = accept, *, batch: int = 1) -> None:
        self.answer = answer
        self.batch = batch
        self.sent: list[Message] = []
        self.dotted: list[Message] = []
        self.before: Callable[[], None] = lambda: None

    def deliver(self, desk: MailDesk) -> None:
        while not desk.is_stopping() and (messages := list(desk.take(self.batch))):
            self.before()
            granted = desk.settle([], [message.delivery_id for message in messages])
            outcomes = []
            for message in messages:
                if message.delivery_id in granted:
                    self.dotted.append(message)
                    outcomes.append(self.answer(message, len(self.dotted)))
                    if outcomes[-1].state is DeliveryState.SENT:
                        self.sent.append(message)
            desk.settle(outcomes, [])

    def close(self) -> None: ...
