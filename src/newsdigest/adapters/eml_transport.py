"""
Mail as files: one .eml a message, for dry runs and previews.

A file is written under another name, flushed to the disk and renamed, so that a file that is
there is whole; its name is the delivery's id, so that sending twice writes it once.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from newsdigest.model.mailings import DeliveryState, HandOver, Message, Phase
from newsdigest.ports.mail import MailDesk

_BATCH = 100
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


class EMLTransport:
    """Writes messages into a folder; see `ports.mail.MailTransport`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, desk: MailDesk) -> None:
        """Write everything the desk gives."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while not desk.is_stopping() and (messages := desk.take(_BATCH)):
            granted = desk.settle([], [message.delivery_id for message in messages])
            done = [self._write(message) for message in messages if message.delivery_id in granted]
            desk.settle(done, [])
            if len(granted) < len(messages):
                return

    def close(self) -> None:
        """Nothing is open."""

    def _write(self, message: Message) -> HandOver:
        name = message.delivery_id
        if not _NAME.fullmatch(name):
            raise ValueError("a delivery id that is no file name")
        path, spare = self.folder / f"{name}.eml", self.folder / f".{name}.part"
        try:
            with spare.open("wb") as file:
                file.write(message.content)
                file.flush()
                os.fsync(file.fileno())
            spare.replace(path)
        except OSError as error:
            return HandOver(
                delivery_id=name,
                state=DeliveryState.DEFERRED,
                phase=Phase.DATA,
                reply=str(error.strerror or error),
            )
        return HandOver(delivery_id=name, state=DeliveryState.SENT, phase=Phase.DOT, queue_id=path.name)
