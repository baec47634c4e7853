"""
Looking at an address before it becomes a source: finding its feed, and saying what the collector sees.

Nothing is stored. Every request goes through the same guarded fetcher as collecting (T5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from newsdigest.collecting import diagnosis, discovery, looks
from newsdigest.model.entries import Document, Entry
from newsdigest.model.sources import SourceKind
from newsdigest.ports.fetching import FetchAnswer, Fetcher, FetchProblem, FetchRequest
from newsdigest.ports.reading import RawDocument, Reader, ReadResult
from newsdigest.text import html, urls
from newsdigest.text.decoding import decode

PAGE_BYTES = 512 * 1024
MAX_TRIED = 6
MAX_WELL_KNOWN = 10
MAX_NEWS_PAGES = 2
PREVIEWED = 3
_NO_SITE = frozenset({"parked", "consent", "login", "bot_wall", "error_page"})
"""What stands in the way of everything behind an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    Something that can be read at or behind an address.

    Attributes:
        reasons: Why it is proposed, in plain words.
        entries: The newest three, as a preview.
        count: How many there are.
    """

    url: str
    title: str
    kind: SourceKind
    language: str | None
    score: float
    reasons: tuple[str, ...]
    entries: tuple[Entry, ...]
    count: int
    homepage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """What was found, the likeliest first, or why nothing was."""

    url: str
    found: tuple[Found, ...] = ()
    problem: str = ""


def discover(
    url: str, *, fetcher: Fetcher, reader: Reader, now: datetime, language: str | None = None
) -> Exploration:
    """Return what can be read at an address: a feed itself, feeds a page names, else the page's own list."""
    asked = urls.safe(url if "://" in url else f"https://{url}")
    if asked is None:
        return Exploration(url=url, problem=f"{url[:200]!r} is no http or https address")
    answer = fetcher.fetch(_request(asked, asked))
    if answer.problem is not None:
        is_status = answer.problem is FetchProblem.STATUS
        return Exploration(url=asked, problem=looks.status_words(answer) if is_status else answer.detail)
    itself = _read(reader, answer, now, kind="feed")
    if itself.document is not None:
        whole = fetcher.fetch(FetchRequest(key=asked, url=asked))
        document = _read(reader, whole, now, kind="feed").document or itself.document
        title = document.title or urls.host(asked)
        return Exploration(
            url=asked, found=(_found(answer.url, title, document, ("is a feed itself",), 100.0),)
        )
    page = decode(answer.body, answer.content_type).text
    if itself.reason in _NO_SITE:
        return Exploration(url=asked, problem=itself.error)
    found, news_pages = _behind(page, answer.url, fetcher, reader, now, language)
    for listing in (answer, *news_pages):
        if not found and (listed := _list_page(reader, listing, now, homepage=answer.url)):
            found = (listed,)
    return Exploration(url=asked, found=found, problem="" if found else _nothing(reader, answer, now))


def _nothing(reader: Reader, answer: FetchAnswer, now: datetime) -> str:
    """Return why nothing was found, with what the page itself shows of it."""
    why = "no feed is named here or stands at the usual places, and no list of news was recognised"
    if "JavaScript" in _read(reader, answer, now, kind="page").error:
        why += " (the page seems to fetch its list by JavaScript, which is not run here)"
    return why


def _behind(
    page: str, url: str, fetcher: Fetcher, reader: Reader, now: datetime, language: str | None
) -> tuple[tuple[Found, ...], list[FetchAnswer]]:
    """Return the feeds named by the page or its news pages, else those at the usual places; and the news pages."""
    facts = discovery.page_facts(page, url=url)
    named = list(discovery.candidates(page, url=url, language=language))
    if found := _tried(named[:MAX_TRIED], fetcher, reader, now, language, homepage=url):
        return found, []
    links = facts.news_pages[:MAX_NEWS_PAGES]
    answers = [
        one for one in fetcher.fetch_all(_request(link, link) for link in links) if one.problem is None
    ]
    answers.sort(key=lambda one: links.index(one.key))
    for answer in answers:
        further = decode(answer.body, answer.content_type).text
        named += discovery.candidates(further, url=answer.url, language=language)
    if found := _tried(named[:MAX_TRIED], fetcher, reader, now, language, homepage=url):
        return found, answers
    usual = discovery.well_known(url, generator=facts.generator)[:MAX_WELL_KNOWN]
    guesses = [discovery.Candidate(url=link, reasons=("stands at a usual place",)) for link in usual]
    return _tried(guesses, fetcher, reader, now, language, homepage=url), answers


def _tried(
    candidates: Iterable[discovery.Candidate],
    fetcher: Fetcher,
    reader: Reader,
    now: datetime,
    language: str | None,
    *,
    homepage: str,
) -> tuple[Found, ...]:
    by_key = {str(number): one for number, one in enumerate(candidates)}
    documents: dict[str, Document] = {}

    def raws() -> Iterator[RawDocument]:
        asked = (FetchRequest(key=key, url=one.url) for key, one in by_key.items())
        for answer in fetcher.fetch_all(asked):
            if answer.problem is None:
                yield _raw(answer, now, "feed")

    for result in reader.read_all(raws()):
        if result.document is not None:
            documents[result.key] = result.document
    read = [(by_key[key], documents[key]) for key in by_key if key in documents]
    of_url = {one.url: document for one, document in read}
    return tuple(
        _found(
            one.url,
            one.title or of_url[one.url].title,
            of_url[one.url],
            one.reasons,
            one.score,
            homepage=homepage,
        )
        for one in discovery.reorder(read, now=now, language=language)
    )


def _list_page(reader: Reader, answer: FetchAnswer, now: datetime, *, homepage: str) -> Found | None:
    document = _read(reader, answer, now, kind="page").document
    if document is None or not document.entries:
        return None
    reasons = ("has no feed, but a list of news that is recognised",)
    return _found(
        answer.url, document.title or urls.host(answer.url), document, reasons, 1.0, kind=SourceKind.PAGE,
        homepage=homepage,
    )  # fmt: skip


def _found(
    url: str,
    title: str,
    document: Document,
    reasons: tuple[str, ...],
    score: float,
    *,
    kind: SourceKind = SourceKind.FEED,
    homepage: str = "",
) -> Found:
    return Found(
        url=url,
        title=html.one_line(title),
        kind=kind,
        language=document.language,
        score=score,
        reasons=reasons,
        entries=document.entries[:PREVIEWED],
        count=len(document.entries),
        homepage=homepage or document.home_url or "",
    )


def examine(
    url: str, *, fetcher: Fetcher, reader: Reader, now: datetime, language: str, kind: SourceKind,
    translate: Callable[[str], str] = str,
) -> list[diagnosis.Step]:  # fmt: skip
    """Return step by step, in plain words of that language, what the collector sees at an address."""
    asked = urls.safe(url if "://" in url else f"https://{url}") or url
    answer = fetcher.fetch(FetchRequest(key=asked, url=asked))
    result = None
    again = None
    named = None
    if answer.problem is None and answer.body:
        result = _read(reader, answer, now, kind="page" if kind is SourceKind.PAGE else "feed")
        if result.reason == "html":
            page = decode(answer.body, answer.content_type).text
            named = [one.url for one in discovery.candidates(page, url=answer.url)][:PREVIEWED]
        etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
        if etag or modified:
            again = fetcher.fetch(
                FetchRequest(
                    key=asked, url=asked, etag=etag, last_modified=modified, validated_url=answer.url
                )
            )
    return diagnosis.explain(
        asked, answer, result, again=again, named=named, language=language, translate=translate, now=now
    )


def _request(key: str, url: str) -> FetchRequest:
    return FetchRequest(key=key, url=url, max_bytes=PAGE_BYTES, is_beginning_enough=True)


def _read(reader: Reader, answer: FetchAnswer, now: datetime, *, kind: str) -> ReadResult:
    return reader.read(_raw(answer, now, kind))


def _raw(answer: FetchAnswer, now: datetime, kind: str) -> RawDocument:
    return RawDocument(
        key=answer.key, body=answer.body, url=answer.url, content_type=answer.content_type, now=now,
        kind="page" if kind == "page" else "feed",
    )  # fmt: skip
