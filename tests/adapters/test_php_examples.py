"""The examples for WordPress and TYPO3, run by a real PHP against our real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests import web_world
from tests.newsroom_world import serving

from newsdigest.assembly import Assembly

ROOT = Path(__file__).resolve().parents[2]
STUBS = ROOT / "tests" / "data" / "php"
PLUGIN = ROOT / "deploy" / "wordpress-example" / "newsdigest.php"
SNIPPET = ROOT / "deploy" / "typo3-example" / "Classes" / "Snippet.php"
PHP = shutil.which("php")

pytestmark = pytest.mark.skipif(PHP is None, reason="needs PHP (Debian: php-cli)")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Assembly]:
    made = web_world.make_assembly(tmp_path_factory.mktemp("php") / "workspace", migrated_database)
    web_world.keep(made, web_world.sent_edition())
    yield made
    made.close()


@pytest.fixture(scope="module")
def base(assembly: Assembly) -> Iterator[str]:
    with serving(assembly) as address:
        yield address


def php(*arguments: object, today: str = "2026-03-12") -> str:
    done = subprocess.run(
        [str(PHP), "-d", "display_errors=stderr", *map(str, arguments)], capture_output=True, text=True, timeout=30,
        check=False, env=os.environ | {"TODAY": today},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    return done.stdout


def wordpress(url: str, folder: Path, *, today: str = "2026-03-12", **attributes: object) -> str:
    return php(STUBS / "wordpress.php", PLUGIN, url, folder, json.dumps(attributes), today=today)


def headlines(assembly: Assembly, language: str) -> list[str]:
    return [p.headline for p in assembly.review.get("weekly-2026-03-12").placed(language)]


@pytest.mark.parametrize("path", [PLUGIN, SNIPPET], ids=["wordpress", "typo3"])
def test_the_files_are_php(path: Path):
    assert "No syntax errors" in php("-l", path)


def test_wordpress_shows_the_newest_stories(assembly: Assembly, base: str, tmp_path: Path):
    """As many as asked for, in the language asked for, escaped, each with its link, origin and date."""
    shown = wordpress(base, tmp_path, channel="all", language="de", items=5)
    assert shown.count("<li") == 5
    first = headlines(assembly, "de")[0]
    assert f">{first}</a>" in shown
    assert shown.startswith('<ul class="newsdigest-list">')
    assert ".03.2026</span>" in shown
    assert headlines(assembly, "en")[0] in wordpress(base, tmp_path, language="en")


def test_wordpress_shows_events_by_their_own_day(assembly: Assembly, base: str, tmp_path: Path):
    """In the order they take place, each with its own days and not that of publication; over, it is gone."""
    told = [p for p in assembly.review.get("weekly-2026-03-12").placed("de") if p.kind == "event" and p.event]
    expected = sorted((p.event.start for p in told if p.event), key=str)
    shown = wordpress(base, tmp_path, channel="events", items=50)
    days = re.findall(r'class="newsdigest-meta">[^<]*?(\d\d\.\d\d\.\d{4})', shown)
    assert days == [f"{day:%d.%m.%Y}" for day in expected]
    after = wordpress(base, tmp_path, channel="events", items=50, today=f"{expected[0] + timedelta(days=1)}")
    assert after.count("<li") == sum(
        1 for p in told if p.event and (p.event.end or p.event.start) > expected[0]
    )
    assert wordpress(base, tmp_path, channel="events", items=50, today="2027-12-31") == ""


def test_wordpress_shows_calls_by_their_deadline(assembly: Assembly, base: str, tmp_path: Path):
    """The next to close first."""
    told = [
        p.deadline
        for p in assembly.review.get("weekly-2026-03-12").placed("de")
        if p.kind == "call" and p.deadline
    ]
    shown = wordpress(base, tmp_path, channel="calls", items=50)
    assert re.findall(r"bis (\d\d\.\d\d\.\d{4})", shown) == [f"{day:%d.%m.%Y}" for day in sorted(told)]


def test_wordpress_shows_the_last_answer_for_a_week(base: str, tmp_path: Path):
    """newsdigest cannot be reached: the list stays, and is not asked for at every view; after a week it goes."""
    shown = wordpress(base, tmp_path, items=3)
    (kept,) = tmp_path.glob("*.json")
    for days, expected in ((6, shown), (8, "")):
        held = json.loads(kept.read_text(encoding="utf-8"))
        held["until"] = 0
        held["taken"] -= days * 86_400
        kept.write_text(json.dumps(held), encoding="utf-8")
        assert wordpress("http://127.0.0.1:1", tmp_path, items=3) == expected
        assert wordpress("http://127.0.0.1:1", tmp_path, items=3) == expected
        held["taken"] += days * 86_400
        kept.write_text(json.dumps(held), encoding="utf-8")


@pytest.mark.parametrize("channel", ["no-such-channel", "../../secret", ""])
def test_wordpress_shows_nothing_of_a_channel_there_is_not(base: str, tmp_path: Path, channel: str):
    assert wordpress(base, tmp_path, channel=channel) == ""


@pytest.mark.parametrize("language", ["de", "en"])
def test_typo3_shows_the_snippet(assembly: Assembly, base: str, language: str):
    shown = php(STUBS / "typo3.php", SNIPPET, base + "/", "all", language)
    assert shown == (assembly.site_folder / "embed" / language / "all.html").read_text(encoding="utf-8")
    assert headlines(assembly, language)[0] in shown


@pytest.mark.parametrize(("url", "channel"), [("http://127.0.0.1:1", "all"), ("", "no-such-channel")])
def test_typo3_shows_nothing_when_there_is_nothing(base: str, url: str, channel: str):
    assert php(STUBS / "typo3.php", SNIPPET, url or base, channel, "de") == ""
