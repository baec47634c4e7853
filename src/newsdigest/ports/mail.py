"""Mail: handing messages to a relay, with an answer about each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from newsdigest.model.mailings import HandOver, Message


class MailTransport(Protocol):
    """Hands messages over."""

    def send(self, messages: Iterable[Message], *, before_dot: Callable[[str], None]) -> Iterator[HandOver]:
        """
        Yield what became of each message.

        Args:
            before_dot: Called with the delivery id right before the final dot; when it
                returns, the mark is durable. When it raises, the message is not completed.
        """
        ...

    def close(self) -> None:
        """Say QUIT and close the connections."""
        ...
