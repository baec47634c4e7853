"""Settings: every error names file, line and column, and all of them come at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic_core._pydantic_core import list_all_errors

from newsdigest.cli import group
from newsdigest.errors import SettingsError, WorkspaceError
from newsdigest.settings import checking, newsletter_settings, source_settings, wording, yaml_file
from newsdigest.settings.environment import from_environment
from newsdigest.settings.main_settings import MainSettings
from newsdigest.settings.workspace import Workspace


def load(text: str) -> MainSettings:
    return checking.check(MainSettings, yaml_file.parse(text, Path("newsdigest.yaml")))


def test_unknown_settings_are_named_with_their_place_and_a_guess():
    """A misspelt key gives its line and column and the key that was probably meant."""
    with pytest.raises(SettingsError) as caught:
        load("network:\n  timeot: 5\n")
    assert caught.value.problems == [
        "newsdigest.yaml:2:3: network.timeot: unknown setting; did you mean 'timeout'?"
    ]


def test_all_problems_come_at_once():
    """An office corrects a file once, not once for every line."""
    with pytest.raises(SettingsError) as caught:
        load("network:\n  timeout: soon\n  concurrency: 0\nmail:\n  uncertain: maybe\nfoo: 1\n")
    assert [line.split(": ")[0] for line in caught.value.problems] == [
        "newsdigest.yaml:2:3",
        "newsdigest.yaml:3:3",
        "newsdigest.yaml:5:3",
        "newsdigest.yaml:6:1",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param("a: [1, 2\nb: 3\n", "x.yaml:2:", id="bracket_left_open"),
        pytest.param("a: 1\n\tb: 2\n", "x.yaml:2:", id="tab_as_indentation"),
        pytest.param("a: 1\na: 2\n", "x.yaml:2:1", id="key_twice"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_place(text: str, where: str):
    """A file that cannot be read as YAML names the line where reading stopped."""
    with pytest.raises(SettingsError) as caught:
        yaml_file.parse(text, Path("x.yaml"))
    assert caught.value.problems[0].startswith(where)


def test_yaml_is_version_1_2():
    """`no` and `on` are words, as in YAML 1.2; the Norwegian feed keeps its language."""
    assert yaml_file.parse("language: no\nat: 10:00\nyes: on\nn: 010\n", Path("x")).data == {
        "language": "no",
        "at": "10:00",
        "yes": "on",
        "n": 10,
    }


def test_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """`NEWSDIGEST_` plus the path, `__` between levels; a list is separated by commas."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newsdigest.yaml").write_text("network:\n  host_interval: 5\n", encoding="utf-8")
    monkeypatch.setenv("NEWSDIGEST_NETWORK__ALLOW", "127.0.0.1/32:8801, 10.0.0.0/8")
    network = Workspace(tmp_path).main.network
    assert (network.host_interval, network.allow) == (5, ("127.0.0.1/32:8801", "10.0.0.0/8"))


def test_secrets_are_no_settings():
    """A password in the environment is read where it is used and never becomes a setting."""
    assert from_environment({"NEWSDIGEST_MAIL__PASSWORD": "x", "NEWSDIGEST_WEB__PORT": "1", "PATH": "y"}) == {
        "web": {"port": "1"}
    }


def test_a_folder_without_config_is_no_workspace(tmp_path: Path):
    """The message says how to make one."""
    with pytest.raises(WorkspaceError, match="newsdigest init"):
        Workspace(tmp_path).require()


def test_an_unknown_zone_is_told_at_the_start():
    """A machine without time-zone data says so at once instead of sending an hour late (Q15)."""
    with pytest.raises(SettingsError, match="no known time zone"):
        load("association: {zone: Europe/Dresden}")


def test_settings_edited_wrongly_are_told_as_a_whole(tmp_path: Path):
    """What runs keeps the settings it was started with; `check` names every mistake in the new file (Q13)."""
    (tmp_path / "config").mkdir()
    file = tmp_path / "config" / "newsdigest.yaml"
    file.write_text("network: {host_interval: 5}\n", encoding="utf-8")
    running = Workspace(tmp_path)
    assert running.main.network.host_interval == 5
    file.write_text("network: {host_interval: -5}\nmial: {}\n", encoding="utf-8")
    assert running.main.network.host_interval == 5
    with pytest.raises(SettingsError) as caught:
        _ = Workspace(tmp_path).main
    assert len(caught.value.problems) == 2


def sources(text: str) -> list[str]:
    """Return what is said about a sources.yaml, [] where it is in order."""
    try:
        source_settings.load(yaml_file.parse(text, Path("sources.yaml")))
    except SettingsError as error:
        return error.problems
    return []


def test_no_word_of_the_settings_library_reaches_a_user():
    """Whatever pydantic may find, an office reads what to write instead."""
    for error in list_all_errors():
        problem = {
            "type": error["type"],
            "msg": error["example_message_python"],
            "ctx": error["example_context"] or {},
        }
        said = wording.sentence(problem)
        if error["type"] not in ("value_error", "assertion_error"):
            assert not re.search(
                r"input|valid|tuple|dict|instance|parse|pydantic|validat", said, re.IGNORECASE
            ), said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("association: X\n",
         "1:1: association: must be a group of settings, each on an indented line of its own like `name: value` (found 'X')"),
        ("network:\n  timeout: soon\n",
         "2:3: network.timeout: must be a number, with a point and without a unit, e.g. 0.5 (found 'soon')"),
        ("network:\n  timeout: 0\n", "2:3: network.timeout: must be more than 0 (found 0)"),
        ("network:\n  concurrency: 1.5\n",
         "2:3: network.concurrency: must be a whole number, without a unit, e.g. 10 (found 1.5)"),
        ("mail:\n  uncertain: maybe\n",
         "2:3: mail.uncertain: must be 'hold' or 'resend_once' (found 'maybe')"),
        ("association:\n  name:\n", "2:3: association.name: must be a text; put it into quotes (nothing is written there)"),
        ("association:\n  languages: de\n",
         "2:3: association.languages: must be a list, each entry on a line of its own that begins with `- ` (found 'de')"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_what_to_write(text: str, said: str):
    with pytest.raises(SettingsError) as caught:
        load(text)
    assert caught.value.problems == [f"newsdigest.yaml:{said}"]


def test_a_day_is_asked_for_as_it_is_written():
    """The German way of writing a day is what an office tries first."""
    text = "newsletters:\n  - id: weekly\n    cadence:\n      anchor: 3.8.2026\n"
    with pytest.raises(SettingsError) as caught:
        newsletter_settings.load(yaml_file.parse(text, Path("n.yaml")))
    assert (
        "n.yaml:4:7: newsletters.0.cadence.anchor: must be a day written like 2026-08-03 (found '3.8.2026')"
        in caught.value.problems
    )


@pytest.mark.parametrize(
    ("url", "kind", "is_good"),
    [
        ("https://a.example/feed", "feed", True), ("http://a.example/", "page", True),
        ("presse", "folder", True), ("file:///srv/presse", "folder", True),
        ("htp://x", "feed", False), ("presse", "feed", False), ("ftp://a.example/", "page", False),
        ("ftp://a.example/", "folder", False), ("javascript:alert(1)", "feed", False),
    ],
)  # fmt: skip
def test_the_address_of_a_source_can_be_read(url: str, kind: str, is_good: bool):
    """http(s), or a folder's path; everything else would only fail at the first look."""
    said = sources(f"sources:\n  - id: a\n    name: A\n    url: '{url}'\n    kind: {kind}\n")
    assert (said == []) is is_good
    assert all(line.startswith("sources.yaml:4:5: sources.0.url: ") and "http://" in line for line in said)


def test_check_tells_every_problem_once(tmp_path: Path):
    """Several parts read newsdigest.yaml; an office reads its mistake once."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "newsdigest.yaml").write_text("network:\n  timeout: 0\n", encoding="utf-8")
    done = CliRunner().invoke(group, ["-w", str(tmp_path), "check"])
    assert [line.rpartition("/")[2] for line in done.output.splitlines()] == [
        "newsdigest.yaml:2:3: network.timeout: must be more than 0 (found 0)"
    ]
