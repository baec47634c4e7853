"""What is kept about people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from newsdigest.model.subscribers import ConsentEvent, Subscriber, Suppression


class SubscriberStore(Protocol):
    """Subscribers, consent events, suppressions."""

    def get(self, subscriber_id: str, newsletter_id: str) -> Subscriber | None: ...

    def put(self, subscribers: Iterable[Subscriber]) -> None: ...

    def all(self, newsletter_id: str = "") -> Sequence[Subscriber]: ...

    def add_event(self, event: ConsentEvent) -> None: ...

    def events(self, subscriber_id: str) -> Sequence[ConsentEvent]: ...

    def suppress(self, suppression: Suppression) -> None: ...

    def suppressed(self, address_hashes: Iterable[str], newsletter_id: str) -> set[str]:
        """Return those of the hashes that are suppressed for that newsletter or for all."""
        ...
