"""The demo's local servers behave as honest ones do."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from newsdigest.demo import sample_world
from newsdigest.demo.feed_server import FeedServer, Moment
from newsdigest.settings import yaml_file


@pytest.fixture
def moments(tmp_path: Path) -> list[Moment]:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    (first / "a.xml").write_text("<rss/>", encoding="utf-8")
    (first / "b.xml").write_text("<rss/>", encoding="utf-8")
    (second / "a.xml").write_text("<rss></rss>", encoding="utf-8")
    at = sample_world.moments()
    return [Moment("1", at[0].at, first), Moment("2", at[1].at, second)]


def get(port: int, path: str, **headers: str) -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers.get("ETag", "")


def test_a_moment_falls_back_to_older_files(moments: list[Moment]):
    """A file that did not change is served from the moment it came."""
    with FeedServer(moments) as server:
        assert get(server.port, "/a.xml")[1] == b"<rss/>"
        server.moment = 1
        assert [get(server.port, path)[1] for path in ("/a.xml", "/b.xml")] == [b"<rss></rss>", b"<rss/>"]


def test_unchanged_files_are_answered_with_304(moments: list[Moment]):
    """The validator handed out is honoured."""
    with FeedServer(moments) as server:
        _, _, tag = get(server.port, "/a.xml")
        assert get(server.port, "/a.xml", If_None_Match=tag)[:2] == (304, b"")


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/nothing.xml"])
def test_nothing_outside_the_world_is_served(moments: list[Moment], path: str):
    """A path cannot leave the folder."""
    (moments[0].folder.parent / "secret").write_text("x", encoding="utf-8")
    with FeedServer(moments) as server:
        assert get(server.port, path)[0] == 404


def test_planned_faults_are_answered(moments: list[Moment]):
    """The failing source of the sample world fails."""
    with FeedServer(moments, {"/a.xml": 500}) as server:
        assert get(server.port, "/a.xml")[0] == 500


def test_the_world_is_whole():
    """Every source of the sample world is served or planned to fail; its readers choose known languages."""

    sources = yaml_file.parse(sample_world.sources_for(1), Path("sources.yaml")).data["sources"]
    server = FeedServer(sample_world.moments(), sample_world.faults(), moment=2)
    missing = [
        source["id"]
        for source in sources
        if not server.find("/" + source["url"].split("/", 3)[3])
        and "/" + source["url"].split("/", 3)[3] not in server.faults
    ]
    assert not missing
    assert {reader.language for reader in sample_world.readers()} == {"de", "en"}
