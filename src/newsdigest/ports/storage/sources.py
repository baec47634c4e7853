"""What is kept about sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from newsdigest.model.sources import Source, SourceState


class SourceStore(Protocol):
    """Sources and what is known from looking at them."""

    def put(self, sources: Iterable[Source]) -> None:
        """Insert or replace by id."""
        ...

    def remove(self, source_ids: Iterable[str]) -> None:
        """Forget the sources; their items stay."""
        ...

    def get(self, source_id: str) -> Source | None: ...

    def find_url(self, url: str) -> Source | None:
        """Return the source that reads exactly that address."""
        ...

    def due_ids(self, now: datetime) -> Sequence[str]:
        """Return the ids of the sources to look at, those due longest first."""
        ...

    def due_addresses(self, now: datetime) -> Sequence[tuple[str, str]]:
        """Return (id, address) of those, in the same order."""
        ...

    def with_states(self, source_ids: Sequence[str]) -> Sequence[tuple[Source, SourceState]]:
        """Return those that exist, in the order asked for."""
        ...

    def move(self, source_id: str, url: str) -> None:
        """Store another address, for a source that has moved for good."""
        ...

    def pauses(self) -> dict[str, datetime]:
        """Return domain to the instant before which nothing is asked there."""
        ...

    def put_pauses(self, pauses: Mapping[str, datetime]) -> None:
        """Insert or replace by domain."""
        ...

    def all(self) -> Sequence[Source]:
        """Every source, by id."""
        ...

    def iterate_due(self, now: datetime, *, only: Sequence[str] = ()) -> Iterator[tuple[Source, SourceState]]:
        """Yield not paused sources whose next look has come (or just those in `only`, due or not)."""
        ...

    def state(self, source_id: str) -> SourceState:
        """Return what is known, an empty state for a source never looked at."""
        ...

    def states(self) -> dict[str, SourceState]: ...

    def put_states(self, states: Iterable[SourceState]) -> None: ...
