"""
Opaque tokens for links and return paths, and keyed hashes of addresses.

A token names its subject (ids, never an address) and carries an HMAC-SHA256 of it, cut to
144 bits, under a key of its own for every purpose: a token for `unsubscribe` is worth
nothing where `export` is asked for (T18). Keys rotate: the first one signs, all of them
verify. Refused: random tokens in a table, because a restored backup would then break the
unsubscribe links of every mail sent since; and encrypting the subject, as an id tells
nothing by itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache

MAC_BYTES = 18
_SEPARATOR = "\x1f"
_SHORT_MAC_BYTES = 16


def sign(keys: Sequence[bytes], purpose: str, *subject: str) -> str:
    """
    Return a token for that purpose and subject, in URL-safe characters.

    Args:
        keys: The first signs; at least 16 bytes each.
        purpose: E.g. `unsubscribe`, `preferences`, `confirm`, `export`, `delete`.
        subject: Ids (or an ISO instant where the token should age); may not hold U+001F.
    """
    if not keys or any(_SEPARATOR in part for part in subject):
        raise ValueError("a token needs a key, and a subject without U+001F")
    body = _SEPARATOR.join(subject).encode()
    return _text(_mac(keys[0], purpose, body)[:MAC_BYTES] + body)


def read(keys: Sequence[bytes], purpose: str, token: str) -> tuple[str, ...] | None:
    """
    Return the token's subject, None when it was not signed by us for that purpose.

    Compares in constant time and never raises, whatever a stranger sent.
    """
    if len(token) > 1024:
        return None
    try:
        raw = base64.b64decode(
            token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True
        )
    except ValueError:  # also UnicodeEncodeError and binascii.Error
        return None
    mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if len(mac) < MAC_BYTES or _text(raw) != token:  # one token, one spelling
        return None
    found = [hmac.compare_digest(_mac(key, purpose, body)[:MAC_BYTES], mac) for key in keys]
    if not any(found):
        return None
    try:
        return tuple(body.decode().split(_SEPARATOR))
    except UnicodeDecodeError:
        return None


def sign_short(keys: Sequence[bytes], purpose: str, subject: str) -> str:
    """
    Return `<subject>-<26 characters>`, safe in the local part of an address (VERP).

    Lower case only: some servers fold the local part. 128 bits.
    """
    mac = _mac(keys[0], purpose, subject.encode())[:_SHORT_MAC_BYTES]
    return f"{subject}-{base64.b32encode(mac).decode().rstrip('=').lower()}"


def read_short(keys: Sequence[bytes], purpose: str, token: str) -> str | None:
    """Return the subject of a short token, None when it is not ours; case does not matter."""
    subject, dash, _ = token.strip().lower().rpartition("-")
    if not dash or not token.isascii():
        return None
    given = token.strip().lower().encode()
    found = [hmac.compare_digest(sign_short([key], purpose, subject).encode(), given) for key in keys]
    return subject if any(found) else None


def address_hash(keys: Sequence[bytes], address: str) -> str:
    """Return the keyed hash under which a suppression of that address is stored (32 hexadecimal digits)."""
    return _mac(keys[0], "address", normal_address(address).encode("utf-8", "surrogatepass")).hex()[:32]


def address_hashes(keys: Sequence[bytes], address: str) -> tuple[str, ...]:
    """Return the address's hash under every key, newest first: a suppression outlives a change of keys."""
    return tuple(address_hash([key], address) for key in keys)


def subscriber_id(keys: Sequence[bytes], address: str) -> str:
    """
    Return the id of the person behind an address nobody has yet (who is known keeps the id they have).

    Keyed, because deliveries keep it after the person was deleted: an unkeyed hash would let whoever
    holds the database check a guessed address. 80 bits, as all ids.
    """
    body = normal_address(address).encode("utf-8", "surrogatepass")
    return "p" + _mac(keys[0], "subscriber", body).hex()[:20]


def normal_address(address: str) -> str:
    """Return the form in which addresses are compared: trimmed, without regard to case."""
    return address.strip().casefold()


def _mac(key: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.digest(_own_key(key, purpose), body, hashlib.sha256)


@lru_cache(maxsize=64)
def _own_key(key: bytes, purpose: str) -> bytes:
    """A key per purpose, so that no token of one purpose can be spelt as one of another."""
    return hmac.digest(key, b"newsdigest/" + purpose.encode(), hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
