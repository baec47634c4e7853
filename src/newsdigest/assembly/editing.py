"""The parts of editing: ports meet tools, one method per job."""

from __future__ import annotations

from newsdigest.assembly.base import Base


class EditingParts(Base):
    """What the doors ask of editing."""
