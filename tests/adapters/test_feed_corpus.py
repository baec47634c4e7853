"""Our own corpus of awkward German feeds: titles byte for byte, with chardet present and absent (F1 to F3)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsdigest.adapters.feedparser_reader import documents
from newsdigest.ports.reading import RawDocument, ReadResult

FEEDS = Path(__file__).resolve().parents[1] / "data" / "feeds"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FEEDS / "expected.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 3, 4, tzinfo=UTC)


def read(name: str) -> ReadResult:
    return documents.read(
        RawDocument(
            key=name,
            body=(FEEDS / name).read_bytes(),
            content_type=EXPECTED[name].get("content_type", ""),
            now=NOW,
        )
    )


@pytest.fixture(scope="session", autouse=True)
def prepared() -> None:
    documents.prepare()


def test_the_corpus_is_whole():
    """At least 60 files, each with its expected titles."""
    files = {path.name for path in FEEDS.iterdir() if path.suffix in (".xml", ".rdf", ".atom", ".json")} - {
        "expected.json"
    }
    assert files == set(EXPECTED)
    assert len(files) >= 60


@pytest.mark.parametrize("name", [name for name, facts in EXPECTED.items() if facts["titles"] is not None])
def test_titles_are_exact(name: str):
    """What the publisher meant is what we read, whatever the bytes looked like."""
    result = read(name)
    assert result.error == ""
    assert result.document is not None
    assert [entry.title for entry in result.document.entries] == EXPECTED[name]["titles"]
    if "format" in EXPECTED[name]:
        assert result.document.format == EXPECTED[name]["format"]


@pytest.mark.parametrize("chardet", ["present", "absent"])
def test_titles_do_not_depend_on_chardet(chardet: str):
    """F2: an installed chardet changes nothing, as feedparser is never asked to guess."""
    script = (
        "import sys, json\n"
        + (
            "sys.modules['chardet'] = sys.modules['cchardet'] = None\n"
            if chardet == "absent"
            else "import chardet\n"
        )
        + "from newsdigest.adapters.feedparser_reader import documents\n"
        "from newsdigest.ports.reading import RawDocument\n"
        "from datetime import datetime, UTC\n"
        "from pathlib import Path\n"
        "documents.prepare()\n"
        "folder = Path(sys.argv[1])\n"
        "expected = json.loads((folder / 'expected.json').read_text(encoding='utf-8'))\n"
        "for name, facts in expected.items():\n"
        "    raw = RawDocument(key=name, body=(folder / name).read_bytes(), content_type=facts.get('content_type', ''),\n"
        "                      now=datetime(2026, 3, 4, tzinfo=UTC))\n"
        "    document = documents.read(raw).document\n"
        "    print(json.dumps([name, [entry.title for entry in document.entries]]))\n"
    )
    if chardet == "present":
        pytest.importorskip("chardet", reason="chardet is not installed; only its absence can be tested")
    done = subprocess.run(
        [sys.executable, "-c", script, str(FEEDS)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    titles = dict(json.loads(line) for line in done.stdout.splitlines())
    assert {name: facts["titles"] for name, facts in EXPECTED.items() if facts["titles"] is not None} == {
        name: titles[name] for name, facts in EXPECTED.items() if facts["titles"] is not None
    }


def test_external_entities_are_not_read():
    """T7: a declared entity that names a file stays a word; nothing is opened."""
    document = read("external-entity.xml").document
    assert document is not None
    assert "root:" not in json.dumps([entry.title for entry in document.entries])


def test_javascript_links_vanish():
    """TYPO3's `javascript:linkTo_UnCryptMailto` is no link (F7)."""
    document = read("typo3-javascript-mailto.xml").document
    assert document is not None
    assert "javascript" not in document.entries[0].html
    assert "schreiben" in document.entries[0].html
