"""What every part of the assembly shares: the workspace, the clock, the store."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from newsdigest.adapters.system_clock import FixedClock, SystemClock
from newsdigest.errors import WorkspaceError
from newsdigest.ports.clock import Clock
from newsdigest.settings.workspace import Workspace

if TYPE_CHECKING:
    from newsdigest.adapters.sql_store import SQLStore
    from newsdigest.model.newsletters import Newsletter


class Base:
    """The workspace, the clock and the store of one process."""

    def __init__(
        self, workspace: Workspace, *, now: datetime | None = None, clock: Clock | None = None
    ) -> None:
        self.workspace = workspace
        self.clock: Clock = clock or (FixedClock(now) if now else SystemClock())

    @cached_property
    def store(self) -> SQLStore:
        """
        The database, checked to fit this program; a new SQLite file is made and migrated.

        Raises:
            SchemaError: Older or newer than this program.
        """
        from newsdigest.adapters.sql_store import SQLStore, schema
        from newsdigest.assembly import quick

        self._make_var()
        store = SQLStore(self.workspace.store_url)
        if store.path is not None and not store.path.exists():
            # It holds every reader's address; SQLite gives its side files the same rights.
            store.path.touch(mode=0o600)
            schema.migrate(store)
        else:
            schema.require_current(store)
        if self.workspace.has_own_store:
            quick.remember(self.workspace.folder)
        return store

    def _make_var(self) -> None:
        try:
            self.workspace.var.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"{self.workspace.var}: cannot be made ({error.strerror}); it must be a folder that this user may "
                "write"
            ) from error

    @cached_property
    def secret_keys(self) -> tuple[bytes, ...]:
        """The signing keys, newest first; made on first use."""
        from newsdigest.settings.secrets import load_keys

        return load_keys(self.workspace.var)

    def newsletter(self, newsletter_id: str = "") -> Newsletter:
        """
        Return the newsletter of that id, the first one for "".

        Raises:
            UsageError: There is none; names those there are.
        """
        from newsdigest.errors import UsageError

        known = tuple(self.workspace.newsletters.values())
        for newsletter in known:
            if newsletter_id in ("", newsletter.id):
                return newsletter
        names = ", ".join(newsletter.id for newsletter in known)
        raise UsageError(f"there is no newsletter {newsletter_id!r}; there are {names}")

    def close(self) -> None:
        """Let go of what was opened."""
        if "store" in self.__dict__:
            self.store.close()
