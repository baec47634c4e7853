"""Letters: single messages to one person that are no part of an edition, e.g. a confirmation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """
    One letter, complete but for the envelope.

    Attributes:
        id: Derived from person, purpose and instant; the Message-ID is made of it.
        sender_name, sender_address: As of the newsletter it concerns.
    """

    id: str
    address: str
    language: str
    subject: str
    text: str
    html: str
    sender_name: str
    sender_address: str
    reply_to: str = ""

    @property
    def message_id(self) -> str:
        """The Message-ID, in angle brackets."""
        return f"<{self.id}@{self.sender_address.rpartition('@')[2]}>"
