"""
Whose an address is: people are found by it, and whoever is new gets an id that tells nothing of it.

The address is looked up, not recomputed: keys rotate, and a person keeps the id their deliveries and
the links in their mails name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsdigest.errors import UnknownAddressError
from newsdigest.model.subscribers import Subscriber
from newsdigest.ports.storage import UnitOfWork
from newsdigest.text import addresses, tokens


@dataclass(frozen=True, slots=True)
class Owner:
    """The id of the person behind an address, and their subscription to the newsletter asked about."""

    id: str
    known: Subscriber | None


def owner(unit: UnitOfWork, keys: Sequence[bytes], address: str, newsletter_id: str) -> Owner:
    """Return who has that address, or who will."""
    found = unit.subscribers.at_address(address)
    known = next((person for person in found if person.newsletter_id == newsletter_id), None)
    return Owner(found[0].id if found else tokens.subscriber_id(keys, address), known)


def subscriptions(unit: UnitOfWork, address: str) -> Sequence[Subscriber]:
    """
    Return every subscription of who has that address.

    Raises:
        UnknownAddressError: Nobody has it.
    """
    found = unit.subscribers.at_address(addresses.normal(address) or address)
    if not found:
        raise UnknownAddressError
    return found
