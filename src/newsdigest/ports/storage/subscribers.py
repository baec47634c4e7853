"""What is kept about people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.subscribers import ConsentEvent, SignUpAttempt, Subscriber, SubscriberState, Suppression


class SubscriberStore(Protocol):
    """Subscribers, consent events, suppressions, sign-up attempts."""

    def get(self, subscriber_id: str, newsletter_id: str) -> Subscriber | None: ...

    def get_many(self, subscriber_ids: Iterable[str], newsletter_id: str) -> dict[str, Subscriber]:
        """Return those that exist, by id."""
        ...

    def of_person(self, subscriber_id: str) -> Sequence[Subscriber]:
        """Every subscription of one person, by newsletter."""
        ...

    def at_address(self, address: str) -> Sequence[Subscriber]:
        """Every subscription of who has that address (compared without regard to case), by newsletter."""
        ...

    def put(self, subscribers: Iterable[Subscriber]) -> None:
        """Insert or replace by newsletter and id."""
        ...

    def all(self, newsletter_id: str = "") -> Sequence[Subscriber]:
        """Every subscription (of that newsletter), by newsletter and id."""
        ...

    def iterate(
        self, newsletter_id: str = "", *, states: Iterable[SubscriberState] = (), page: int = 1000
    ) -> Iterator[Subscriber]:
        """Yield subscriptions by newsletter and id in pages; memory stays flat."""
        ...

    def counts(self, newsletter_id: str = "") -> dict[tuple[str, str], int]:
        """Subscriptions per (state, language)."""
        ...

    def remove(self, subscriber_id: str, newsletter_id: str = "") -> int:
        """Delete the rows of a person (of one newsletter), with their events; return how many rows went."""
        ...

    def add_event(self, event: ConsentEvent) -> None: ...

    def events(self, subscriber_id: str, newsletter_id: str = "") -> Sequence[ConsentEvent]:
        """One person's history, oldest first."""
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Add; an older decision about the same address and newsletter stays."""
        ...

    def suppressed(self, address_hashes: Iterable[str], newsletter_id: str) -> set[str]:
        """Return those of the hashes that are suppressed for that newsletter or for all."""
        ...

    def suppressions(self, address_hashes: Iterable[str]) -> Sequence[Suppression]:
        """Every standing decision about these hashes."""
        ...

    def lift(self, address_hashes: Iterable[str], newsletter_id: str) -> int:
        """
        End "unsubscribed" for that newsletter, because the person signed up again and confirmed.

        Bounces, complaints and decisions by hand stay. Return how many were lifted.
        """
        ...

    def add_attempt(self, attempt: SignUpAttempt) -> None: ...

    def attempts(
        self, *, since: datetime | None = None, address_hash: str = "", network_hash: str = "", what: str = ""
    ) -> int:
        """How many attempts fit."""
        ...

    def forget_attempts(self, *, before: datetime | None = None, address_hashes: Iterable[str] = ()) -> int:
        """Delete attempts older than that, or of those addresses; return how many went."""
        ...
