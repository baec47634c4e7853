"""What a member's webmaster is told of an address: plain words that say what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsdigest.collecting import diagnosis
from newsdigest.collecting.diagnosis import Mood
from newsdigest.model.entries import Document, Entry
from newsdigest.ports.fetching import FetchAnswer, FetchProblem
from newsdigest.ports.reading import ReadResult

NOW = datetime(2026, 3, 12, tzinfo=UTC)
URL = "https://muldenmed.example/feed"
ANSWER = FetchAnswer(
    key=URL,
    url=URL,
    status=200,
    body=b"<rss/>",
    headers={"content-type": b"application/rss+xml", "etag": b'"1"'},
)
ENTRY = Entry(
    guid="1",
    url=f"{URL}/1",
    title="Neues Labor",
    content_html="Text",
    published=datetime(2026, 3, 1, 23, tzinfo=UTC),
)
GOOD = Document(format="rss20", title="Muldenmed", language="de", entries=(ENTRY,))


def told(
    document: Document | None = GOOD, *, answer: FetchAnswer = ANSWER, language: str = "en", error: str = ""
) -> list[str]:
    result = ReadResult(key=URL, document=document, error=error)
    steps = diagnosis.explain(
        URL, answer, result, language=language, translate=str.upper if language == "de" else str, now=NOW
    )
    return [f"{step.mood.value}: {step.text}" for step in steps]


def test_a_good_feed_is_fine():
    """No hint, and it says so; the newest entry's day is the day where the publisher sits."""
    steps = told()
    assert steps[-1] == "good: Everything can be read."
    assert 'good: Read as RSS 2.0: "Muldenmed"; entries: 1' in steps
    assert "good: Newest entry: Neues Labor (2026-03-02)" in steps
    assert all(step.startswith("good") for step in steps)


STATUSES = {
    401: "without one", 403: "allow the user agent", 404: "moved", 410: "new address", 429: "pause", 500: "error log",
    502: "error log", 503: "maintenance", 451: "allow the user agent", 418: "answers 418", 204: "nothing", 301: "where to",
}  # fmt: skip


@pytest.mark.parametrize(("status", "words"), STATUSES.items(), ids=str)
def test_each_refusal_says_what_to_do(status: int, words: str):
    """Not the bare number."""
    answer = FetchAnswer(key=URL, url=URL, status=status, problem=FetchProblem.STATUS)
    assert words in told(None, answer=answer)[-1]


def test_a_circle_of_redirects_is_told_once():
    """Six equal hops are one line, and the last one says that it is a circle."""
    answer = FetchAnswer(
        key=URL,
        url=URL,
        hops=((302, URL, URL),) * 6,
        problem=FetchProblem.TOO_MANY_HOPS,
        detail="more than 5 redirects",
    )
    steps = told(None, answer=answer)
    assert len(steps) == 4
    assert "in a circle" in steps[-1]


def test_what_the_fetcher_says_is_said_once():
    """A sentence that is whole is not put behind another one of the same meaning."""
    answer = FetchAnswer(
        key=URL, url=URL, problem=FetchProblem.TIMEOUT, detail="no complete answer within 20 s"
    )
    assert told(None, answer=answer)[1:] == ["bad: No complete answer within 20 s."]


@pytest.mark.parametrize(
    ("named", "last"),
    [
        (["https://muldenmed.example/rss"], f"good: The page names this feed: {URL[:-5]}/rss"),
        ([], "hint: The page names no"),
    ],
    ids=["named", "none"],
)
def test_a_page_is_asked_for_its_feed(named: list[str], last: str):
    """A webmaster who gives the home page is told which feed it names, or how to name one."""
    result = ReadResult(key=URL, reason="html", error="The address is an HTML page, not a feed.")
    steps = diagnosis.explain(URL, ANSWER, result, named=named, now=NOW)
    assert f"{steps[-1].mood.value}: {steps[-1].text}".startswith(last)


def test_what_is_no_feed_gets_no_advice_on_headers():
    """An error page's validators help nobody."""
    assert told(None, error="The document is empty.")[2:] == ["bad: This is no feed: The document is empty."]


@pytest.mark.parametrize(
    ("kind", "form", "right"),
    [
        ("text/html", "rss20", "application/rss+xml"),
        ("text/plain", "jsonfeed11", "application/feed+json"),
        ("text/html", "atom10", "application/atom+xml"),
    ],
)
def test_the_right_type_is_named(kind: str, form: str, right: str):
    """That of the format it is."""
    answer = replace(ANSWER, headers={"content-type": kind.encode(), "etag": b'"1"'})
    assert any(right in step for step in told(replace(GOOD, format=form), answer=answer))


DATES = {
    "none": ("", "Entries without a date: 1"),
    "unreadable": ("gestern Abend", 'such as "gestern Abend"'),
    "ahead": ("Mon, 01 Mar 2027 08:00:00 +0100", "Entries dated in the future: 1"),
}


@pytest.mark.parametrize(("written", "words"), DATES.values(), ids=DATES)
def test_dates_are_told_apart(written: str, words: str):
    """Missing, unreadable and in the future call for different remedies."""
    document = replace(GOOD, entries=(replace(ENTRY, published=None, published_raw=written),))
    steps = told(document)
    assert any(words in step for step in steps)
    assert steps[-1].startswith("good: It can be read")


def test_german_is_german_throughout():
    """Numbers, and the sentences of fetcher and reader."""
    steps = told(
        replace(GOOD, problems=("mended",)),
        answer=replace(ANSWER, body=b"x" * 1508, seconds=0.25),
        language="de",
    )
    assert any("nach 0,2 s, 1.508 Byte" in step for step in steps)
    assert any("Repariert: MENDED" in step for step in steps)
    assert [
        step for step in diagnosis.explain(URL, ANSWER, None, language="de", now=NOW) if step.mood is Mood.BAD
    ]
