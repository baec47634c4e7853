"""Where reports arrive: a maildir on this machine, or a mailbox by IMAP over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from newsdigest.errors import NewsdigestError, Retryable

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

MOST = 2000
"""Reports a run: a flood waits for the next one."""
MAX_BYTES = 1024 * 1024


class MaildirInbox:
    """
    A maildir; what was dealt with goes to the sub-folder `.<archive>`.

    Raises:
        NewsdigestError: There is no maildir.
    """

    def __init__(self, folder: Path, *, archive: str = "Archive") -> None:
        if not (folder / "new").is_dir() and not (folder / "cur").is_dir():
            raise NewsdigestError(f"{folder} is no maildir (no new/ in it); check mail.bounces.maildir")
        self._folder = folder
        self._archive = folder / f".{archive}" / "cur"

    def reports(self) -> Iterator[tuple[str, bytes]]:
        """Yield what lies in `new` and `cur`, oldest name first."""
        paths = sorted(
            path for kind in ("new", "cur") for path in (self._folder / kind).glob("*") if path.is_file()
        )
        for path in paths[:MOST]:
            try:
                with path.open("rb") as file:
                    yield str(path), file.read(MAX_BYTES)
            except FileNotFoundError:
                continue  # another reader was quicker

    def done(self, key: str) -> None:
        """Move it to the archive."""
        for kind in ("cur", "new", "tmp"):
            (self._archive.parent / kind).mkdir(parents=True, exist_ok=True)
        name = Path(key).name
        try:
            Path(key).replace(self._archive / (name if ":2," in name else f"{name}:2,S"))
        except FileNotFoundError:
            return

    def close(self) -> None:
        """Nothing is open."""


class IMAPInbox:
    """
    A folder by IMAP over TLS; what was dealt with is moved to the archive folder.

    Raises:
        Retryable: The server cannot be reached or refuses the log-in.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user: str,
        password: str,
        folder: str = "INBOX",
        archive: str = "Archive",
    ) -> None:
        from imap_tools import MailBox, MailboxLoginError

        self._archive = archive
        try:
            self._mailbox: BaseMailBox = MailBox(host, port, timeout=60).login(user, password, folder)
        except MailboxLoginError as error:
            raise NewsdigestError(
                f"{host} refuses the log-in for bounces; check mail.bounces user and password"
            ) from error
        except OSError as error:
            raise Retryable(
                f"{host}:{port} cannot be reached for bounces ({error}); trying again later"
            ) from error

    def reports(self) -> Iterator[tuple[str, bytes]]:
        """Yield the folder's messages, oldest first."""
        from imap_tools import AND

        for uid in self._mailbox.uids()[:MOST]:
            for message in self._mailbox.fetch(AND(uid=uid), mark_seen=False, bulk=False):
                yield uid, message.obj.as_bytes()[:MAX_BYTES]

    def done(self, key: str) -> None:
        """Move it to the archive, which is made if need be."""
        if not self._mailbox.folder.exists(self._archive):
            self._mailbox.folder.create(self._archive)
        self._mailbox.move(key, self._archive)

    def close(self) -> None:
        """Log out."""
        self._mailbox.logout()
