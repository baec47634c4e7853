"""
What stands at an address, before it becomes a source: a feed, a list page, or nothing we can read.

The collector's own look decides, not the caller's guess: a list page stored as a feed is a broken source
from its first look on. Nothing is stored here; a feed a page names is told, never taken in its stead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsdigest.collecting import discovery, looks
from newsdigest.model.sources import PageRules, SourceKind
from newsdigest.ports.fetching import FetchAnswer, Fetcher, FetchProblem, FetchRequest
from newsdigest.ports.reading import RawDocument, Reader
from newsdigest.text import urls
from newsdigest.text.decoding import decode

ANYWAY = "to add it all the same, say --unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """
    What an address is.

    Attributes:
        url: The address to store: a folder's path made absolute, `https://` added to a bare host.
        kind: None where nothing readable was found.
        problem: Then why, and what to do.
    """

    url: str
    kind: SourceKind | None = None
    entries: int = 0
    problem: str = ""


def at_address(
    url: str, *, kind: SourceKind | None, fetcher: Fetcher, reader: Reader, now: datetime,
    page_rules: PageRules | None = None,
) -> Recognised:  # fmt: skip
    """
    Return what is read at an http(s) address by one look.

    Args:
        kind: What it is said to be; then nothing else is tried. None: a feed, else a list page.
        page_rules: Of a source known already.
    """
    asked = urls.safe(url if "://" in url else f"https://{url}")
    if asked is None or ("://" not in url and "." not in url.partition("/")[0]):
        return Recognised(url=url, problem=f"{url[:120]!r} is no http or https address, nor a folder here")
    answer = fetcher.fetch(FetchRequest(key=asked, url=asked))
    if answer.problem is not None:
        is_status = answer.problem is FetchProblem.STATUS
        why = looks.status_words(answer) if is_status else answer.detail.rstrip(". ")
        return Recognised(url=asked, problem=f"{why}; mend the address, or {ANYWAY}")
    named = _named(answer) if kind is None else ""
    errors = []
    for tried in (kind,) if kind else (SourceKind.FEED, SourceKind.PAGE):
        if tried is SourceKind.PAGE and named:
            break
        result = reader.read(
            RawDocument(
                key=asked, body=answer.body, url=answer.url, content_type=answer.content_type, now=now,
                kind="page" if tried is SourceKind.PAGE else "feed",
                page_rules=page_rules if tried is SourceKind.PAGE else None,
            )
        )  # fmt: skip
        document = result.document
        if document is not None and (document.entries or tried is SourceKind.FEED):
            return Recognised(url=asked, kind=tried, entries=len(document.entries))
        errors.append(result.error.rstrip(". ") or "no list of news was recognised")
    if named:
        return Recognised(
            url=asked,
            problem=f"this is a page that names a feed: add {named}, or say --kind page to read its list",
        )
    hint = f"`newsdigest sources discover {asked}` looks behind it"
    return Recognised(url=asked, problem=f"{errors[-1]}; {hint}; {ANYWAY}")


def _named(answer: FetchAnswer) -> str:
    """Return the feed that a page names in its head or by a link, "" where none."""
    found = discovery.candidates(decode(answer.body, answer.content_type).text, url=answer.url)
    best = discovery.best(found)
    return best.url if best else ""
