"""
The links of one recipient, and the return path of one delivery.

Only ids go into them, signed; no address (R8). The return path names the delivery, so that a
report that comes back can be mapped without reading its text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsdigest.mailing.message_building import Recipient
from newsdigest.model.mailings import Delivery
from newsdigest.text import public_links, tokens

VERP_PREFIX = "bounce-"
VERP_PURPOSE = "verp"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMaker:
    """
    Makes links for one edition.

    Attributes:
        public_url: Of the public pages, https, without a slash at the end.
        bounce_domain: Where return paths live; "" for none: the sender's own address is used.
    """

    keys: Sequence[bytes]
    newsletter_id: str
    public_url: str
    sender: str
    bounce_domain: str = ""

    def recipient(self, delivery: Delivery, address: str) -> Recipient:
        """Return what stands in that person's message."""
        subject = (delivery.subscriber_id, self.newsletter_id)
        base, language = self.public_url, delivery.variant_id.partition(".")[0]
        return Recipient(
            delivery_id=delivery.id,
            address=address,
            unsubscribe=public_links.unsubscribe(base, tokens.sign(self.keys, "unsubscribe", *subject)),
            preferences=public_links.preferences(base, tokens.sign(self.keys, "preferences", *subject)),
            web=public_links.edition(base, language, delivery.edition_id),
        )

    def mail_from(self, delivery: Delivery) -> str:
        """Return the envelope sender of a delivery (VERP)."""
        if not self.bounce_domain:
            return self.sender
        return f"{VERP_PREFIX}{tokens.sign_short(self.keys, VERP_PURPOSE, delivery.id)}@{self.bounce_domain}"


def delivery_of(keys: Sequence[bytes], address: str) -> str | None:
    """Return the delivery whose return path an address is, None when it is none of ours."""
    local = address.strip().strip("<>").rpartition("@")[0].lower()
    if not local.startswith(VERP_PREFIX):
        return None
    return tokens.read_short(keys, VERP_PURPOSE, local.removeprefix(VERP_PREFIX))


def https(url: str) -> str:
    """
    Return the public address as it stands in mails: https, without a slash at the end.

    A machine's own address is written with https too (RFC 8058 asks for it, and nobody else
    could follow it anyway); any other http address is left for the preflight to refuse.
    """
    trimmed = url.rstrip("/")
    for host in ("127.0.0.1", "localhost", "[::1]"):
        if trimmed.startswith(f"http://{host}"):
            return "https" + trimmed.removeprefix("http")
    return trimmed
