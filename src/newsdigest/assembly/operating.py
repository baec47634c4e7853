"""The parts of operating: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class OperatingParts(Base):
    """What the doors ask of operating."""
