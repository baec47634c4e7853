"""
Which links of an edition are looked at, and when again. Pure.

Soon after it is composed and again before it leaves: a look keeps for half a day, for two hours
on the last day, and for half an hour where it found trouble, so that a site that was down for a
moment clears itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from newsdigest.model.editions import Edition, EditionState
from newsdigest.model.links import LinkLook, LinkState
from newsdigest.model.newsletters import Newsletter
from newsdigest.text import urls

KEEPS = timedelta(hours=12)
KEEPS_ON_LAST_DAY = timedelta(hours=2)
KEEPS_IN_TROUBLE = timedelta(minutes=30)
LAST_DAY = timedelta(hours=24)
FORGET_AFTER = timedelta(days=2)
"""A planned start so long ago: nobody is about to approve it."""
OPEN = frozenset(
    {
        EditionState.COLLECTING, EditionState.DRAFT, EditionState.IN_REVIEW, EditionState.REJECTED,
        EditionState.APPROVED, EditionState.SCHEDULED, EditionState.NEEDS_DECISION,
    }
)  # fmt: skip
LEAST_HOSTS = 3
"""With fewer hosts asked, silence everywhere may well be theirs."""
# Names that can never resolve (RFC 2606); asking for them would only fill the check list with noise.
_RESERVED = (".example", ".invalid", ".test", ".localhost")


def is_watched(edition: Edition, now: datetime) -> bool:
    """Whether the links of that edition are looked at."""
    return edition.state in OPEN and now - edition.send_at < FORGET_AFTER


def links_of(edition: Edition, newsletter: Newsletter) -> list[str]:
    """Return every foreign link that readers of any language will be given, each once, in order."""
    found: list[str] = []
    for language in newsletter.languages:
        for placement in edition.placed(language):
            found += [placement.url, *(url for _, url in placement.also_at)]
        found.append(dict(newsletter.privacy_url).get(language, ""))
    return [
        url
        for url in dict.fromkeys(found)
        if url.startswith(("http://", "https://")) and not _is_reserved(url)
    ]


def due(
    links: Iterable[str], looks: Mapping[str, LinkLook], *, now: datetime, send_at: datetime
) -> list[str]:
    """Return the links to look at now."""
    is_last_day = send_at - now < LAST_DAY
    keeps = KEEPS_ON_LAST_DAY if is_last_day else KEEPS
    return [
        url
        for url in links
        if (look := looks.get(url)) is None
        or now - look.at >= (KEEPS_IN_TROUBLE if look.is_trouble else keeps)
    ]


def is_our_own_silence(looks: Iterable[LinkLook]) -> bool:
    """Whether nothing at all could be reached, which tells of our network and not of the links."""
    found = list(looks)
    hosts = {urls.host(look.url) for look in found}
    return len(hosts) >= LEAST_HOSTS and all(look.state is LinkState.UNREACHABLE for look in found)


def _is_reserved(url: str) -> bool:
    name = urls.host(url)
    return name in ("", "localhost", "example.com", "example.org", "example.net") or name.endswith(_RESERVED)
