"""
How often anybody may make us write to an address (T16).

One mail an address a day and three in all while nobody confirms; caps per network and for the
whole site, so that the form is no gun for hire. What is over an address's own cap is passed over
in silence, as the answer must not tell who is known; what is over the others is refused openly,
as it tells nothing of anybody.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many mails at most."""

    address_day: int = 1
    address_total: int = 3
    network_hour: int = 20
    site_hour: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many mails there were: to this address, asked for from this network, in all."""

    address_day: int = 0
    address_total: int = 0
    network_hour: int = 0
    site_hour: int = 0


class Verdict(StrEnum):
    """What to do with a request."""

    WRITE = "write"
    KEEP_SILENT = "keep_silent"
    REFUSE = "refuse"


def judge(counts: Counts, caps: Caps) -> Verdict:
    """Return what to do; the open refusal comes first, so that it depends on nobody's address."""
    if counts.network_hour >= caps.network_hour or counts.site_hour >= caps.site_hour:
        return Verdict.REFUSE
    if counts.address_day >= caps.address_day or counts.address_total >= caps.address_total:
        return Verdict.KEEP_SILENT
    return Verdict.WRITE


def network_of(address: str) -> str:
    """Return the network an IP address belongs to (/24, /56), "" where it is none; only its hash is kept."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    prefix = 24 if found.version == 4 else 56
    return str(ipaddress.ip_network(f"{found}/{prefix}", strict=False))
