"""Where reports arrive: a maildir on this machine, or a mailbox by IMAP over TLS."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from newsdigest.errors import NewsdigestError, Retryable

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

MOST = 2000
"""Reports a run: a flood waits for the next one."""
MAX_BYTES = 1024 * 1024
_IMAP_SECONDS = 60.0


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

    The certificate is looked at, which the standard library does not do unless told: the log-in
    would otherwise go to whoever answers.

    Args:
        ca_file: Certificates to trust instead of the system's, "" for the system's.

    Raises:
        Retryable: The server cannot be reached, or hangs up (also later).
        NewsdigestError: The certificate does not fit, the log-in is refused, or there is no such folder.
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
        ca_file: str = "",
    ) -> None:
        from imap_tools import MailBox, MailboxFolderSelectError, MailboxLoginError

        self._archive, self._where = archive, f"{host}:{port}"
        self._has_archive = False
        context = ssl.create_default_context(cafile=ca_file or None)
        try:
            with self._speaking():
                self._mailbox: BaseMailBox = MailBox(
                    host, port, timeout=_IMAP_SECONDS, ssl_context=context
                ).login(user, password, folder)
        except ssl.SSLCertVerificationError as error:
            raise NewsdigestError(
                f"the certificate of {self._where} does not fit ({error.verify_message}); "
                "check mail.bounces.host, or name its authority in mail.bounces.ca_file"
            ) from error
        except MailboxLoginError as error:
            raise NewsdigestError(
                f"{host} refuses the log-in for bounces; check mail.bounces user and password"
            ) from error
        except MailboxFolderSelectError as error:
            raise NewsdigestError(
                f"{host} has no folder {folder!r} for bounces; check mail.bounces.folder"
            ) from error

    def reports(self) -> Iterator[tuple[str, bytes]]:
        """Yield the folder's messages, oldest first, as they came and unread as before; long ones cut."""
        with self._speaking():
            uids = self._mailbox.uids("ALL", charset=None)[:MOST]
        for uid in uids:
            with self._speaking():
                _, data = self._mailbox.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MAX_BYTES}>)")
            # Another reader may have been quicker; then nothing comes.
            for part in data:
                if isinstance(part, tuple):
                    yield uid, bytes(part[1])

    def done(self, key: str) -> None:
        """Move it to the archive, which is made if need be."""
        with self._speaking():
            if not self._has_archive and not self._mailbox.folder.exists(self._archive):
                self._mailbox.folder.create(self._archive)
            self._has_archive = True
            self._mailbox.move(key, self._archive)

    def close(self) -> None:
        """Log out."""
        with contextlib.suppress(Retryable), self._speaking():
            self._mailbox.logout()

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Within, a lost or odd conversation is trouble that may pass."""
        from imap_tools import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

        try:
            yield
        except (ssl.SSLCertVerificationError, MailboxLoginError, MailboxFolderSelectError):
            raise
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            raise Retryable(
                f"{self._where} cannot be read for bounces ({error}); trying again later"
            ) from error
