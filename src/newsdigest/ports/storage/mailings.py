"""What is kept about deliveries: the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.mailings import (
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Throttle,
)


class MailingStore(Protocol):
    """The ledger of deliveries. Everything that changes one while sending names the fence."""

    def plan(self, mailing: Mailing, deliveries: Iterable[Delivery]) -> bool:
        """Insert a mailing with all its deliveries; False when the edition has one already."""
        ...

    def mailing(self, edition_id: str) -> Mailing | None: ...

    def mailings(self, states: Iterable[MailingState] = ()) -> Sequence[Mailing]:
        """Return mailings in those states (all: none given), newest first."""
        ...

    def set_state(self, edition_id: str, state: MailingState, *, reason: str = "", now: datetime) -> None:
        """Change where a mailing stands."""
        ...

    def remove(self, edition_id: str) -> bool:
        """Take a mailing back of which nothing was begun; False when something was."""
        ...

    def set_not_before(self, edition_id: str, at: datetime) -> None:
        """Move the end of the undo window."""
        ...

    def take_lease(self, edition_id: str, *, owner: str, until: datetime) -> int:
        """Give the lease to that owner, whoever held it; return its new fence."""
        ...

    def hold_lease(self, edition_id: str, *, fence: int, until: datetime) -> MailingState | None:
        """Lengthen the lease and return the mailing's state; None when another one has it."""
        ...

    def release_lease(self, edition_id: str, *, fence: int) -> None: ...

    def recover(self, edition_id: str, *, fence: int, now: datetime) -> tuple[int, int]:
        """
        Clear up after senders of older fences; return (back to planned, now uncertain).

        Claimed ones were never dotted: planned again. Those in data: uncertain.
        """
        ...

    def resend_uncertain(self, edition_id: str, *, now: datetime, at_most: int) -> int:
        """Plan uncertain deliveries again that were resent fewer than `at_most` times."""
        ...

    def accept_uncertain(self, edition_id: str, *, now: datetime, by: str) -> int:
        """Count uncertain deliveries as sent; return how many."""
        ...

    def retry_failed(self, edition_id: str, *, now: datetime) -> int:
        """Plan failed deliveries again; return how many."""
        ...

    def cancel_open(self, edition_id: str, *, now: datetime) -> int:
        """Cancel what has not been begun; return how many."""
        ...

    def claim(
        self,
        edition_id: str,
        *,
        now: datetime,
        limit: int,
        fence: int,
        allowances: Mapping[str, int] | None = None,
    ) -> Sequence[Delivery]:
        """
        Mark up to `limit` due deliveries as claimed under that fence and return them.

        Args:
            allowances: For some domains, how many at most; 0 for one that must wait.
        """
        ...

    def unclaim(self, delivery_ids: Iterable[str], *, fence: int) -> None:
        """Give claimed deliveries back unattempted."""
        ...

    def mark_in_data(self, delivery_ids: Sequence[str], *, fence: int, now: datetime) -> frozenset[str]:
        """Mark claimed deliveries as in data; return those that were, the others are not claimed under that fence."""
        ...

    def mark(self, deliveries: Sequence[Delivery], *, fence: int) -> None:
        """Store state, attempts, next try, reason, code and queue id of deliveries under that fence."""
        ...

    def count_refusals(self, edition_id: str, number: int) -> None:
        """Remember the permanent refusals in a row."""
        ...

    def get(self, delivery_id: str) -> Delivery | None: ...

    def counts(self, edition_id: str) -> dict[DeliveryState, int]:
        """Deliveries per state; the sum is what was planned."""
        ...

    def mailed(self, edition_id: str) -> dict[str, int]:
        """How many got which variant: sent deliveries by variant id."""
        ...

    def reasons(self, edition_id: str) -> Sequence[tuple[DeliveryState, str, int]]:
        """How many per state and reason, most frequent first; those without a reason left out."""
        ...

    def next_due(self, edition_id: str, *, after: datetime | None = None) -> datetime | None:
        """When the next deferred delivery (of those due after an instant) is due; None where there is none."""
        ...

    def of_edition(self, edition_id: str) -> Iterator[Delivery]:
        """Yield every delivery of an edition, by id."""
        ...

    def throttles(self) -> dict[str, Throttle]: ...

    def put_throttles(self, throttles: Iterable[Throttle]) -> None: ...

    def add_bounce(self, bounce: Bounce) -> bool:
        """Keep a report; False when it is known already."""
        ...

    def bounces(self, edition_id: str = "", *, limit: int = 1000) -> Sequence[Bounce]:
        """Newest first."""
        ...

    def bounce_counts(self, edition_id: str) -> dict[BounceKind, int]: ...

    def of_person(self, subscriber_id: str) -> Sequence[Delivery]:
        """Every delivery to one person, for the document of what is kept about them."""
        ...

    def bounces_of(self, subscriber_id: str) -> Sequence[Bounce]:
        """Reports about all deliveries to one person, oldest first."""
        ...
