"""Mail: handing messages to a relay, with an answer about each; and fetching what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from newsdigest.model.mailings import HandOver, Message


class MailDesk(Protocol):
    """
    Where a transport fetches messages and reports: the ledger's side of the counter.

    The transport pulls, so that memory stays flat; and it reports in groups, so that the
    marks of several connections share one durable commit.
    """

    def take(self, count: int) -> Sequence[Message]:
        """Return up to that many messages to hand over; none when there is nothing (more) to do now."""
        ...

    def settle(self, handed: Sequence[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        """
        Store outcomes, and mark deliveries as "in data"; the marks in one durable commit.

        Args:
            dotting: Ids of deliveries whose final dot is about to be sent.

        Returns:
            Those of `dotting` that may get their dot; the others must be dropped undotted.
        """
        ...

    def is_stopping(self) -> bool:
        """Whether to finish what is begun and take nothing more; also keeps the lease alive. Often asked."""
        ...


class MailTransport(Protocol):
    """Hands messages over."""

    def deliver(self, desk: MailDesk) -> None:
        """
        Hand over everything the desk gives, until it gives nothing and all outcomes are reported.

        Never raises for what a relay says or does: that is an outcome.
        """
        ...

    def close(self) -> None:
        """Say QUIT and close the connections."""
        ...


class MessageSigner(Protocol):
    """Signs messages (DKIM)."""

    def signature(self, headers: Sequence[tuple[bytes, bytes]], body: Sequence[bytes]) -> bytes:
        """Return the DKIM-Signature header line, CRLF included, for headers in order and the body's pieces."""
        ...


class BounceInbox(Protocol):
    """Where reports about our mail arrive."""

    def reports(self) -> Iterator[tuple[str, bytes]]:
        """Yield (key, raw message) of what has not been dealt with."""
        ...

    def done(self, key: str) -> None:
        """Put that message away."""
        ...

    def close(self) -> None:
        """Let go of the mailbox."""
        ...
