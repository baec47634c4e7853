"""The parts of subscribing: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class SubscribingParts(Base):
    """What the doors ask of subscribing."""
