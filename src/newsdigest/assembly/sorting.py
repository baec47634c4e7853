"""The parts of sorting: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class SortingParts(Base):
    """What the doors ask of sorting."""
