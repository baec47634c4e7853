"""`newsdigest read`: a contract for scripts, without a workspace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Müller & Söhne</title><language>de_DE</language><item>
<title>Neu</title><link>/1</link><guid isPermaLink="false">7</guid><pubDate>Mo, 02 Mrz 2026 09:00:00 MEZ</pubDate>
<description>&lt;p&gt;Kurz&lt;/p&gt;</description><category>Labor</category><author>x@y.example (Anna)</author>
<enclosure url="/a.pdf" type="application/pdf" length="5"/></item></channel></rss>"""


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "newsdigest", "read", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_json_is_the_contract(tmp_path: Path):
    """Exactly the fields of the design, for a good file, a page and a missing file; exit 1 as two need attention."""
    (tmp_path / "feed.xml").write_text(FEED, encoding="utf-8")
    (tmp_path / "page.html").write_text("<html><title>Start</title></html>", encoding="utf-8")
    code, out, _ = run(
        tmp_path, "feed.xml", "page.html", "missing.xml", "--url", "https://a.example/feed", "--json"
    )
    feed, page, missing = json.loads(out)
    assert code == 1
    assert (feed["file"], feed["error"], feed["feed"]["title"], feed["feed"]["language"]) == (
        "feed.xml",
        None,
        "Müller & Söhne",
        "de-DE",
    )
    expected = {
        "guid": "7",
        "url": "https://a.example/1",
        "title": "Neu",
        "published": "2026-03-02T08:00:00+00:00",
        "updated": None,
        "language": None,
        "summary_text": "Kurz",
        "authors": ["Anna"],
        "categories": ["Labor"],
        "enclosures": [{"url": "https://a.example/a.pdf", "type": "application/pdf", "length": 5}],
        "image": None,
    }
    assert feed["entries"] == [expected]
    assert (page["entries"], missing["entries"]) == ([], [])
    assert "HTML page" in page["error"]
    assert "cannot be opened" in missing["error"]


def test_text_for_people(tmp_path: Path):
    """One line per entry; exit 0 where all is well."""
    (tmp_path / "feed.xml").write_text(FEED, encoding="utf-8")
    code, out, _ = run(tmp_path, "feed.xml", "--url", "https://a.example/feed")
    assert code == 0
    assert "2026-03-02  Neu  https://a.example/1" in out


def test_nothing_crashes_it(tmp_path: Path):
    """Binary, empty, a folder, a device without end."""
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    code, out, err = run(tmp_path, "binary", "empty", "folder", "--json")
    assert code == 1
    assert "Traceback" not in err
    assert all(row["error"] for row in json.loads(out))
