"""
From a letter to the bytes of one message, and the desk that hands it to a transport.

Letters carry no List-Unsubscribe, as they answer what a person just asked for; they say
`Auto-Submitted: auto-replied`, so that no absence note answers them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from newsdigest.mailing import headers
from newsdigest.model.letters import Letter
from newsdigest.model.mailings import DeliveryState, HandOver, Message
from newsdigest.text import quoted_printable


def message(letter: Letter, *, at: datetime) -> Message:
    """
    Return the letter as it goes over the wire; equal letters give equal bytes.

    Raises:
        HeaderError: The address or the sender's settings do not fit a header field.
    """
    boundary = "=_" + hashlib.sha256(f"{letter.id}{letter.text}".encode()).hexdigest()[:32]
    fields: list[tuple[str, bytes]] = [
        ("From", headers.mailbox(letter.sender_name, letter.sender_address, column=6)),
        ("To", headers.require_address(letter.address).encode("ascii")),
        ("Subject", headers.encoded(letter.subject, column=9)),
        ("Date", headers.date(at)),
        ("Message-ID", letter.message_id.encode("ascii")),
        ("Auto-Submitted", b"auto-replied"),
        ("Content-Language", letter.language.encode("ascii")),
        ("MIME-Version", b"1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'.encode("ascii")),
    ]
    if letter.reply_to:
        fields.insert(2, ("Reply-To", headers.require_address(letter.reply_to).encode("ascii")))
    head = b"".join(name.encode("ascii") + b": " + value + b"\r\n" for name, value in fields)
    parts = b"".join(
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode("ascii")
        + quoted_printable.encode_piece(text.rstrip("\n") + "\n")
        for kind, text in (("plain", letter.text), ("html", letter.html))
    )
    return Message(
        delivery_id=letter.id,
        mail_from=letter.sender_address,
        rcpt_to=letter.address,
        content=head + b"\r\n" + parts + f"--{boundary}--\r\n".encode("ascii"),
    )


class LetterDesk:
    """
    The desk of one letter: gives it once, keeps the answer. See `ports.mail.MailDesk`.

    No ledger stands behind it: a letter that was not answered for is not sent again, the person asks again.
    """

    def __init__(self, letter: Message) -> None:
        self._waiting = [letter]
        self.answer: HandOver | None = None

    def take(self, count: int) -> Sequence[Message]:
        """Return the letter, once."""
        given, self._waiting = self._waiting[:count], self._waiting[count:]
        return given

    def settle(self, handed: Sequence[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        """Keep the answer; every dot may be sent."""
        for answer in handed:
            self.answer = answer
        return frozenset(dotting)

    def is_stopping(self) -> bool:
        """Never: it is one letter."""
        return False

    @property
    def was_taken(self) -> bool:
        """Whether the relay has it, or may have it."""
        return self.answer is not None and self.answer.state in (DeliveryState.SENT, DeliveryState.UNCERTAIN)
