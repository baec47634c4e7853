"""The parts of newsroom: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class NewsroomParts(Base):
    """What the doors ask of newsroom."""
