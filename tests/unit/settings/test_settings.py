"""Settings: every error names file, line and column, and all of them come at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsdigest.errors import SettingsError, WorkspaceError
from newsdigest.settings import checking, yaml_file
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
