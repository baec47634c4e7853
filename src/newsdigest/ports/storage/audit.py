"""What is kept about acts and runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from newsdigest.model.audit import Act, Run


class AuditStore(Protocol):
    """Append-only; there is no method to change or remove."""

    def add(self, *, at: datetime, by: str, what: str, subject: str, detail: str = "") -> Act: ...

    def recent(self, *, limit: int = 200, subject: str = "") -> Sequence[Act]:
        """Newest first."""
        ...

    def broken_link(self) -> int | None:
        """Return the number of the first act whose hash does not fit, None when the chain holds."""
        ...


class RunStore(Protocol):
    """Runs of jobs; the key is unique, so a period is done once."""

    def start(self, run: Run) -> bool:
        """Insert; False when the key exists already."""
        ...

    def finish(self, run: Run) -> None: ...

    def get(self, key: str) -> Run | None: ...

    def recent(self, *, limit: int = 100) -> Sequence[Run]: ...

    def get_value(self, name: str) -> str | None:
        """Small facts of the workspace (hash of applied sources, parser version)."""
        ...

    def put_value(self, name: str, value: str) -> None: ...

    def values(self, prefix: str) -> list[dict[str, Any]]:
        """Return the JSON facts whose names begin so, by name."""
        ...
