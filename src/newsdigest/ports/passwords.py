"""Passwords: hashed slowly on purpose."""

from __future__ import annotations

from typing import Protocol


class PasswordHasher(Protocol):
    """Hashes passwords and compares them in constant time."""

    def hash(self, password: str) -> str:
        """Return the encoded hash with its own salt."""
        ...

    def fits(self, password: str, encoded: str) -> bool:
        """Whether the password is the one hashed; an `encoded` of "" costs the same time and never fits."""
        ...

    def is_outdated(self, encoded: str) -> bool:
        """Whether it was made with other costs than today's."""
        ...
