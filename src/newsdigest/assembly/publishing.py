"""The parts of publishing: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class PublishingParts(Base):
    """What the doors ask of publishing."""
