"""What is kept about deliveries: the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.mailings import Delivery, DeliveryState


class MailingStore(Protocol):
    """The ledger of deliveries."""

    def plan(self, deliveries: Iterable[Delivery]) -> int:
        """Insert those that do not exist yet; return how many were new."""
        ...

    def get(self, delivery_id: str) -> Delivery | None: ...

    def counts(self, edition_id: str) -> dict[DeliveryState, int]:
        """Deliveries per state; the sum is what was planned."""
        ...

    def of_edition(self, edition_id: str) -> Sequence[Delivery]: ...

    def claim(self, edition_id: str, *, now: datetime, limit: int, fence: int) -> Sequence[Delivery]:
        """Mark up to `limit` due deliveries as claimed under that fence and return them."""
        ...

    def mark(self, deliveries: Iterable[Delivery]) -> None:
        """Store state, attempts, next try, reason, code and queue id."""
        ...
