"""The parts of mailing: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class MailingParts(Base):
    """What the doors ask of mailing."""
