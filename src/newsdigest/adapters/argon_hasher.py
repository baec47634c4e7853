"""
Passwords as argon2id (RFC 9106), by argon2-cffi.

The library's defaults are RFC 9106's low-memory profile (3 passes, 64 MiB, 4 lanes): about a tenth of
a second here, paid once per log-in.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class ArgonHasher:
    """See `ports.passwords.PasswordHasher`."""

    def __init__(self, *, time_cost: int = 3, memory_kib: int = 65536, lanes: int = 4) -> None:
        self._argon = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes)
        self._nobody = ""

    def hash(self, password: str) -> str:
        """Return the encoded hash with its own salt."""
        return self._argon.hash(password)

    def fits(self, password: str, encoded: str) -> bool:
        """Whether the password is the one hashed; "" costs the same time and never fits."""
        if not encoded:
            self._nobody = self._nobody or self._argon.hash("nobody")
        try:
            self._argon.verify(encoded or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(encoded)

    def is_outdated(self, encoded: str) -> bool:
        """Whether it was made with other costs than today's."""
        return self._argon.check_needs_rehash(encoded)
