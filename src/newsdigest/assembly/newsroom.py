"""The parts of the newsroom: passwords and the keys behind its cookies."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from newsdigest.ports.passwords import PasswordHasher


class NewsroomParts(Base):
    """What the newsroom asks for beside the rooms' own jobs."""

    @cached_property
    def password_hasher(self) -> PasswordHasher:
        """argon2id with the library's costs."""
        from newsdigest.adapters.argon_hasher import ArgonHasher

        return ArgonHasher()
