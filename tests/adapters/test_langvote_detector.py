"""The detectors' models: kept unpacked between processes, giving the very same votes, and never fetched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from newsdigest.adapters.langvote_detector import unpacked_model

TEXTS = [
    "",
    "a",
    "SAB",
    "Sächsische Aufbaubank fördert neue Projekte in Dresden und Leipzig",
    "Fraunhofer IZI and Universitätsklinikum Leipzig start trial",
    "KLINIKUM CHEMNITZ TESTET OP-ROBOTER",
    "Nová laboratoř otevřena v Praze",
    "Nowe laboratorium otwarte we Wrocławiu",
    "Le laboratoire ouvre ses portes à Strasbourg",
    "東京で新しい研究所が開設された",
    "الرعاية الصحية 12.5 %",
    "\ud83e lone surrogate \udd16",
    "12345 67890 !!! ---",
    "x" * 3000,
]
LOOK = """
import sys
from newsdigest.adapters.langvote_detector import LangvoteDetector
print(LangvoteDetector().votes("Der neue Text")[0].language, {"requests", "urllib3", "tqdm"} & set(sys.modules))
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache") / "newsdigest"
    unpacked_model.load(folder)
    return folder


def kept(cache: Path) -> Path:
    (only,) = cache.iterdir()
    return only


def test_unpacked_model_gives_the_same_scores(cache: Path):
    """Every score of every language is the packed model's, to the last bit."""
    packed = unpacked_model.load(None)

    assert [packed.rank(text) for text in TEXTS] == [unpacked_model.load(cache).rank(text) for text in TEXTS]


def test_model_is_unpacked_once(cache: Path):
    """A second start reads what the first one wrote, and leaves nothing beside it."""
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}

    unpacked_model.load(cache)

    assert before == {path: path.stat().st_mtime_ns for path in cache.rglob("*")}


@pytest.mark.parametrize("left", [0, 100, 5000])
def test_model_cut_short_is_unpacked_again(cache: Path, left: int):
    """A file that a full disk or a crash cut short is no model."""
    damaged = kept(cache) / "nextmove.npy"
    damaged.write_bytes(damaged.read_bytes()[:left])

    found = unpacked_model.load(cache).rank(TEXTS[3])

    assert found[0][0] == "de"
    assert damaged.stat().st_size > left


def test_votes_where_nothing_can_be_kept(tmp_path: Path):
    """A folder that cannot be written costs time, never a verdict."""
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file, no folder")

    assert unpacked_model.load(in_the_way).rank(TEXTS[3])[0][0] == "de"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"CACHE_DIRECTORY": "/c/newsdigest", "XDG_CACHE_HOME": "/x"}, Path("/c/newsdigest")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/newsdigest")),
        ({"HOME": "/h"}, Path("/h/.cache/newsdigest")),
    ],
    ids=["service", "set_by_user", "plain_home"],
)
def test_cache_is_where_the_system_wants_it(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: Path
):
    """A service has its own folder; a user has ~/.cache or what is set instead."""
    for name in ("CACHE_DIRECTORY", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert unpacked_model.user_cache() == expected


def test_detecting_brings_no_downloader():
    """What could fetch a larger model is not even imported."""
    told = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)

    assert told.stdout == "de set()\n"
