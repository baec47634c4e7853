"""Following links: what is asked for, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest

from newsdigest.collecting.following import Follower
from newsdigest.model.entries import Document, Entry
from newsdigest.model.sources import Source, SourceKind
from newsdigest.ports.fetching import FetchAnswer, FetchRequest
from newsdigest.ports.reading import RawDocument, ReadResult

NOW = datetime(2026, 3, 12, tzinfo=UTC)
PAGE = Source(id="p", name="P", url="https://www.klinik.example/presse/", kind=SourceKind.PAGE)


class Pages:
    """Answers every request; remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, request: FetchRequest) -> FetchAnswer:
        self.asked.append(request.url)
        return FetchAnswer(key=request.key, url=request.url, status=200, body=b"<p>x</p>")

    def fetch_all(self, requests: Iterable[FetchRequest]) -> Iterator[FetchAnswer]:
        return map(self.fetch, requests)

    def close(self) -> None:
        """Nothing is open."""


class Echo:
    """Reads a document as one entry that holds the document's address."""

    def read(self, raw: RawDocument) -> ReadResult:
        return ReadResult(key=raw.key, document=Document(entries=(Entry(content_html=f"read at {raw.url}"),)))

    def read_all(self, raws: Iterable[RawDocument]) -> Iterator[ReadResult]:
        return map(self.read, raws)

    def close(self) -> None:
        """Nothing is open."""


def follow(*urls: str) -> tuple[list[str], list[str]]:
    pages = Pages()
    entries = [Entry(title=url, url=url) for url in urls]
    follower = Follower(fetcher=pages, reader=Echo(), max_bytes=1000, timeout=1)
    return pages.asked, [one.content_html for one in follower.complete(PAGE, entries, now=NOW)]


def test_entries_on_one_page_cost_one_request():
    """Three entries told apart by their fragments: the page is asked for once, each is read with its own."""
    base = "https://www.klinik.example/alle.html"
    asked, texts = follow(f"{base}#a", f"{base}#b", base)
    assert asked == [base]
    assert texts == [f"read at {base}#a", f"read at {base}#b", f"read at {base}"]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.klinik.example/presse/#goerligen",
        "https://klinik.example/presse",
        "https://fremd.example/a",
    ],
    ids=["on_the_list_itself", "the_list_spelt_otherwise", "another_house"],
)
def test_what_is_not_followed(url: str):
    """The list page was just read; other houses gave no leave."""
    assert follow(url) == ([], [""])
