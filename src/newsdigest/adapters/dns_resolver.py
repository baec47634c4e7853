"""DNS look-ups for the doctor; bounded in time, never an exception for what a name server says."""

from __future__ import annotations

from collections.abc import Sequence

import dns.exception
import dns.resolver

_SECONDS = 4.0


class DNSResolver:
    """
    Reads TXT and MX records.

    Args:
        servers: Addresses of name servers to ask; none: the machine's own.
        seconds: For each question, all servers together.
    """

    def __init__(self, servers: Sequence[str] = (), *, port: int = 53, seconds: float = _SECONDS) -> None:
        try:
            self._resolver: dns.resolver.Resolver | None = dns.resolver.Resolver(configure=not servers)
        except dns.exception.DNSException:  # no name server is configured
            self._resolver = None
            return
        self._resolver.lifetime = seconds
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return the TXT records of a name; () where it has none, None where nobody could tell."""
        answer = self._ask(name, "TXT")
        if answer is None:
            return None
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)

    def mail_servers(self, name: str) -> tuple[str, ...] | None:
        """Return the MX hosts of a name, best first; () where it has none, None where nobody could tell."""
        answer = self._ask(name, "MX")
        if answer is None:
            return None
        return tuple(
            str(r.exchange).rstrip(".") for r in sorted(answer, key=lambda record: int(record.preference))
        )

    def _ask(self, name: str, kind: str) -> list[dns.resolver.Answer] | None:
        if self._resolver is None:
            return None
        try:
            return list(self._resolver.resolve(name, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException:
            return None
