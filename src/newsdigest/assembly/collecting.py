"""The parts of collecting: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class CollectingParts(Base):
    """What the doors ask of collecting."""
