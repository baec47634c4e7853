"""
Storage: what is kept, and the work list.

One unit of work is one transaction. Read in one, do network in none, write in
another: `with store.read() as unit: …` then `with store.write() as unit: …`.
Each family of records has its own protocol in this package, named here for the type checker only: who asks
for one family does not load the records of all.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from newsdigest.ports.storage.audit import AuditStore, RunStore
    from newsdigest.ports.storage.editions import EditionStore
    from newsdigest.ports.storage.items import ItemStore
    from newsdigest.ports.storage.mailings import MailingStore
    from newsdigest.ports.storage.sources import SourceStore
    from newsdigest.ports.storage.stories import StoryStore
    from newsdigest.ports.storage.subscribers import SubscriberStore
    from newsdigest.ports.storage.takedowns import TakedownStore
    from newsdigest.ports.storage.web import UserStore

__all__ = ["Store", "UnitOfWork"]


class UnitOfWork(Protocol):
    """One transaction over all families of records."""

    @property
    def sources(self) -> SourceStore: ...
    @property
    def items(self) -> ItemStore: ...
    @property
    def stories(self) -> StoryStore: ...
    @property
    def editions(self) -> EditionStore: ...
    @property
    def subscribers(self) -> SubscriberStore: ...
    @property
    def takedowns(self) -> TakedownStore: ...
    @property
    def mailings(self) -> MailingStore: ...
    @property
    def users(self) -> UserStore: ...
    @property
    def runs(self) -> RunStore: ...
    @property
    def audit(self) -> AuditStore: ...

    def go_on(self) -> None:
        """
        Commit what was written so far, and go on in a new transaction, a lasting one.

        Raises:
            StoreBusyError: Another writer came between; what was written so far is committed.
        """
        ...


class Store(Protocol):
    """Opens transactions."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that sees one moment and writes nothing."""
        ...

    def write(self, *, is_lasting: bool = True) -> AbstractContextManager[UnitOfWork]:
        """
        Open a transaction for writing; leaving commits, an exception rolls back.

        Args:
            is_lasting: False for what must outlive this process but may be lost in a power cut: it does not
                wait for the disk. What was committed before it is never lost without it.

        Raises:
            StoreBusyError: Another writer held the database too long.
            StoreFullError: The disk is full; nothing was written.
        """
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...
