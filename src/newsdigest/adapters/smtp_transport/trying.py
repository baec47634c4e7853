"""Trying a relay without sending: connect, TLS, log in, say goodbye."""

from __future__ import annotations

import contextlib

from newsdigest.adapters.smtp_transport.dialing import DialError, Relay, dial


def try_relay(relay: Relay, *, helo: str, timeout: float = 10.0) -> tuple[bool, str]:
    """Return whether the relay lets us in, and what it said or offers."""
    try:
        line = dial(relay, helo=helo, timeout=timeout)
    except DialError as error:
        return False, f"{error.phase}: {error.code or ''} {error.reply}".replace(":  ", ": ")
    with contextlib.suppress(OSError):
        line.socket.send(b"QUIT\r\n")
    line.socket.close()
    secured = "encrypted" if relay.tls != "none" else "NOT encrypted"
    offers = ", ".join(sorted(line.extensions)) or "nothing"
    return True, f"lets us in, {secured}; offers {offers}"
