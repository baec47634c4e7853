"""
Following links: the page behind a list's entry, the files behind an index over HTTP.

Through the same fetcher, hence the same guard, limits and politeness as every feed.
A linked document that cannot be had leaves the entry as the list tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, urljoin, urlsplit

from newsdigest import logs
from newsdigest.model.entries import Entry
from newsdigest.model.sources import Source, SourceKind
from newsdigest.ports.fetching import FetchAnswer, Fetcher, FetchRequest
from newsdigest.ports.reading import FullText, RawDocument, Reader
from newsdigest.text import html, urls

log = logs.get_logger(__name__)

MAX_FOLLOWED = 60
"""Linked documents a source and look; a list that suddenly names more is read without them."""
ENOUGH_TEXT = 1_200
"""Characters from which a feed's own text is not an excerpt."""
FILES = (".txt", ".md", ".html", ".htm", ".eml", ".pdf", ".docx")
_LINK = re.compile(r"<a\s[^>]*?href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_ACCEPT = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Fetches and reads what a source only links to."""

    fetcher: Fetcher
    reader: Reader
    max_bytes: int
    timeout: float
    full_text: FullText | None = None

    def complete(self, source: Source, entries: Sequence[Entry], *, now: datetime) -> list[Entry]:
        """Return the entries, those that are only linked with the text of the linked document."""
        wanted = {
            str(number): entry.url
            for number, entry in enumerate(entries)
            if entry.url and _may_follow(source, entry) and len(html.to_text(entry.html)) < ENOUGH_TEXT
        }
        if not wanted or len(wanted) > MAX_FOLLOWED:
            return list(entries)
        completed = list(entries)
        for number, fuller in self._details(source, wanted, now):
            completed[number] = _merged(entries[number], fuller)
        return completed

    def files(self, source: Source, answer: FetchAnswer, *, now: datetime) -> Iterator[RawDocument]:
        """Yield the files that an index page over HTTP links to, each to become one entry."""
        page = answer.body.decode("utf-8", "replace")
        found = (html.unescape(next(filter(None, match.groups()), "")) for match in _LINK.finditer(page))
        links = dict.fromkeys(urljoin(answer.url, link).partition("#")[0] for link in found)
        inside = [
            link
            for link in links
            if link.startswith(answer.url.rpartition("/")[0] + "/") and _name(link).lower().endswith(FILES)
        ]
        requests = [self._request(link, link) for link in inside[: MAX_FOLLOWED * 5]]
        for got in self.fetcher.fetch_all(requests):
            if got.problem is None and got.status == 200:
                yield RawDocument(
                    key=got.key, body=got.body, url=got.url, content_type=got.content_type, zone=source.zone,
                    now=now, kind="file", file_name=_name(got.key),
                )  # fmt: skip

    def _details(
        self, source: Source, wanted: Mapping[str, str], now: datetime
    ) -> Iterator[tuple[int, Entry]]:
        # Several entries may stand on one page, told apart by their fragments: it is asked for once (P9).
        pages: dict[str, dict[str, str]] = {}
        for key, url in wanted.items():
            pages.setdefault(url.partition("#")[0], {})[key] = url
        requests = [self._request(page, page) for page in pages]
        articles: dict[str, str] = {}
        for result in self.reader.read_all(self._raws(source, requests, pages, now, articles)):
            if result.document and result.document.entries:
                entry = result.document.entries[0]
                article = articles.pop(result.key, "")
                yield int(result.key), replace(entry, content_html=article) if article else entry
            else:
                log.warning("linked_document_unread", source=source.id, reason=result.reason)

    def _raws(
        self,
        source: Source,
        requests: Sequence[FetchRequest],
        pages: Mapping[str, Mapping[str, str]],
        now: datetime,
        articles: dict[str, str],
    ) -> Iterator[RawDocument]:
        for got in self.fetcher.fetch_all(requests):
            if got.problem is not None or got.status != 200 or not got.body:
                log.warning("linked_document_missing", source=source.id, url=got.url, status=got.status)
                continue
            name = _name(got.url)
            is_file = name.lower().endswith((".pdf", ".docx")) or b"pdf" in got.headers.get(
                "content-type", b""
            )
            for key, url in pages[got.key].items():
                fragment = url.partition("#")[2]
                if (
                    self.full_text and source.fetches_full_text and source.kind is SourceKind.FEED
                    and not is_file and not fragment
                ):  # fmt: skip
                    # Ours still reads the page too, for title, date and picture, and where no article is found.
                    articles[key] = self.full_text.article(got.body, url=got.url)
                yield RawDocument(
                    key=key, body=got.body, url=f"{got.url.partition('#')[0]}#{fragment}" if fragment else got.url,
                    content_type=got.content_type, zone=source.zone, now=now,
                    kind="file" if is_file else "detail", file_name=(name or "linked.pdf") if is_file else "",
                    page_rules=source.page_rules,
                )  # fmt: skip

    def _request(self, key: str, url: str) -> FetchRequest:
        return FetchRequest(
            key=key, url=url, max_bytes=self.max_bytes, timeout_seconds=self.timeout, accept=_ACCEPT
        )


def _may_follow(source: Source, entry: Entry) -> bool:
    """
    Pages link to their own house; a feed's full text is fetched only where its settings allow it.

    What stands on the list page itself, behind a `#fragment`, was read with it.
    """
    if source.kind is not SourceKind.PAGE:
        return source.fetches_full_text
    own = urls.registrable_domain(urls.host(source.url))
    is_elsewhere = urls.canonical(entry.url or "") != urls.canonical(source.url)
    return urls.registrable_domain(urls.host(entry.url or "")) == own and is_elsewhere


def _merged(listed: Entry, fuller: Entry) -> Entry:
    """Return the list's entry with the linked document's text; the list's own title, link and date win."""
    text = fuller.content_html or fuller.summary_html
    return replace(
        listed,
        content_html=text if len(text) > len(listed.html) else listed.content_html,
        title=listed.title or fuller.title,
        published=listed.published or fuller.published,
        published_raw=listed.published_raw or fuller.published_raw,
        is_date_only=listed.is_date_only if listed.published else fuller.is_date_only,
        updated=listed.updated or fuller.updated,
        language=listed.language or fuller.language,
        authors=listed.authors or fuller.authors,
        image_url=listed.image_url or fuller.image_url,
        image_alt=listed.image_alt or fuller.image_alt,
        alternates=listed.alternates or fuller.alternates,
        enclosures=listed.enclosures or fuller.enclosures,
    )


def _name(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]
