"""P25: validators, 304, gzip and HEAD of everything published."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.web_world import browsing, keep, make_assembly, sent_edition

from newsdigest.assembly import Assembly

FEED = "/feeds/de/all.rss"
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    made = make_assembly(tmp_path / "workspace", migrated_database)
    keep(made, sent_edition())
    yield made
    made.close()


@pytest.fixture
def client(assembly: Assembly) -> Iterator[TestClient]:
    with browsing(assembly) as made:
        yield made


KNOWN = {
    "the_same": lambda tag: tag,
    "a_list": lambda tag: f'"other", {tag}, "third"',
    "any": lambda tag: "*",
    "weak": lambda tag: f"W/{tag}",
    "gzip_form": lambda tag: tag[:-1] + '-gzip"',
    "weak_gzip_form": lambda tag: "W/" + tag[:-1] + '-gzip"',
    "unquoted": lambda tag: tag.strip('"'),
}


@pytest.mark.parametrize("form", KNOWN)
def test_a_known_tag_is_not_sent_again(client: TestClient, form: str):
    """304 without a body, with the validators and the caching rules of the 200."""
    first = client.get(FEED, headers=PLAIN)
    again = client.get(FEED, headers=PLAIN | {"if-none-match": KNOWN[form](first.headers["etag"])})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "last-modified", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize("asked", ['"other"', 'W/"other"', "", '"a", "b"'])
def test_an_unknown_tag_gets_the_feed(client: TestClient, asked: str):
    assert client.get(FEED, headers={"if-none-match": asked}).status_code == 200


def test_the_tag_outweighs_the_date(client: TestClient):
    """RFC 9110, section 13.2.2: with a tag given, the date is not looked at."""
    date = client.get(FEED).headers["last-modified"]
    assert client.get(FEED, headers={"if-modified-since": date}).status_code == 304
    assert client.get(FEED, headers={"if-none-match": '"x"', "if-modified-since": date}).status_code == 200
    assert client.get(FEED, headers={"if-modified-since": "garbage"}).status_code == 200
    assert client.get(FEED, headers={"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"}).status_code == 200


def test_gzip_is_the_same_feed_under_its_own_tag(client: TestClient):
    """Strong tags differ where bytes differ; the zipped bytes are the same each time."""
    plain = client.get(FEED, headers=PLAIN)
    with client.stream("GET", FEED, headers={"accept-encoding": "gzip"}) as zipped:
        raw = b"".join(zipped.iter_raw())
    assert gzip.decompress(raw) == plain.content
    assert zipped.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert (zipped.headers["content-encoding"], zipped.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert "content-encoding" not in client.get(FEED, headers={"accept-encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_head_has_the_headers_of_get(client: TestClient, accepted: str):
    got = client.get(FEED, headers={"accept-encoding": accepted})
    head = client.head(FEED, headers={"accept-encoding": accepted})
    assert (head.status_code, head.content) == (200, b"")
    changing = {"content-security-policy"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }


TYPES = {
    "/feeds/de/all.rss": "application/rss+xml; charset=utf-8",
    "/feeds/en/topic-medtech.atom": "application/atom+xml; charset=utf-8",
    "/feeds/de/jobs.json": "application/feed+json; charset=utf-8",
    "/feeds/de/events.ics": "text/calendar; charset=utf-8",
    "/feeds/de/archive.rss": "application/rss+xml; charset=utf-8",
    "/embed/de/members.html": "text/html; charset=utf-8",
    "/opml/sources.opml": "text/x-opml; charset=utf-8",
}


@pytest.mark.parametrize("place", TYPES)
def test_every_format_has_its_type_and_may_be_loaded_elsewhere(client: TestClient, place: str):
    answer = client.get(place)
    assert answer.headers["content-type"] == TYPES[place]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"


def test_unchanged_editions_give_unchanged_bytes_and_dates(assembly: Assembly, client: TestClient):
    """Publishing again, later, touches no file but snippets whose events are over: tag and date stay."""
    first = client.get(FEED)
    files = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in assembly.site_folder.rglob("*")
        if path.is_file()
    }
    assembly.clock.advance(timedelta(minutes=5))  # type: ignore[attr-defined]
    report = assembly.publish_report()
    assert (report.changed, report.removed, report.problems) == (0, 0, [])
    assembly.clock.set(datetime(2026, 6, 1, tzinfo=UTC))  # type: ignore[attr-defined]
    report = assembly.publish_report()
    assert (report.removed, report.problems) == (0, [])
    files = {path: kept for path, kept in files.items() if "embed" not in path.parts}
    assert files == {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
    assert client.get(FEED).headers["etag"] == first.headers["etag"]


def test_a_takedown_is_everywhere_at_once(assembly: Assembly, client: TestClient):
    """Channels, archive, search, snippet: the story is gone, and comes back when put back."""
    story = assembly.archive()["de"][0].stories[0]
    id_ = story.anchor.removeprefix("s-")
    places = [FEED, "/feeds/de/own.atom", "/archive/de/weekly-2026-03-12.html", "/archive/de/", "/embed/de/all.html",
              f"/archive/de/?q={story.headline.split()[1]}"]  # fmt: skip
    headline = story.headline
    assert all(headline in client.get(place).text for place in places if "own" not in place)
    assembly.take_down(id_, by="chief", reason="wrong figures")
    with browsing(assembly) as fresh:
        assert [place for place in places if headline in fresh.get(place).text] == []
    assembly.put_back(id_, by="chief")
    with browsing(assembly) as fresh:
        assert headline in fresh.get(FEED).text


def test_the_archive_has_link_previews_and_its_own_feed(client: TestClient):
    page = client.get("/archive/en/weekly-2026-03-12.html").text
    for needed in (
        'property="og:title"',
        'property="og:url"',
        'rel="canonical"',
        'hreflang="de"',
        "/feeds/en/archive.rss",
    ):
        assert needed in page
    assert "weekly-2026-03-12.html" in client.get("/feeds/en/archive.rss").text


def test_an_edition_without_a_language_leads_to_the_readers(client: TestClient):
    answer = client.get("/archive/weekly-2026-03-12", headers={"accept-language": "fr, en;q=0.8, de;q=0.5"})
    assert answer.headers["location"] == "/archive/en/weekly-2026-03-12.html"
