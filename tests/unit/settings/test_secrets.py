"""Secrets: made once, private, from file or environment."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsdigest.errors import SettingsError
from newsdigest.settings.secrets import load_keys, load_password, rotate_keys


def test_a_key_is_made_once_with_mode_0600_also_by_many_at_once(tmp_path: Path) -> None:
    """Ten processes at first start share one key."""
    with ThreadPoolExecutor(10) as pool:
        keys = set(pool.map(lambda _: load_keys(tmp_path, {}), range(20)))
    assert len(keys) == 1
    path = tmp_path / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret.key"]


def test_rotation_puts_a_new_key_first_and_keeps_the_old(tmp_path: Path) -> None:
    """Links of mails already sent stay valid."""
    old = load_keys(tmp_path, {})
    assert rotate_keys(tmp_path) == 2
    assert load_keys(tmp_path, {})[1:] == old


def test_a_key_that_others_can_read_or_that_is_too_short_is_refused(tmp_path: Path) -> None:
    """The message names the file and what to do."""
    load_keys(tmp_path, {})
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_keys(tmp_path, {})
    with pytest.raises(SettingsError, match="at least 32"):
        load_keys(tmp_path, {"NEWSDIGEST_SECRET_KEY": "short"})
    assert load_keys(tmp_path, {"NEWSDIGEST_SECRET_KEY": "a" * 40 + "," + "b" * 40}) == (b"a" * 40, b"b" * 40)


def test_a_password_comes_from_its_file_or_the_environment(tmp_path: Path) -> None:
    """A mounted secret (mode 0444 in a private folder) is fine; a writable one is not."""
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    file.chmod(0o444)
    assert load_password(file, {}) == "s3cret"
    file.chmod(0o666)
    with pytest.raises(SettingsError):
        load_password(file, {})
    assert load_password(None, {"NEWSDIGEST_MAIL__PASSWORD": "x"}) == "x"
    with pytest.raises(SettingsError, match="does not exist"):
        load_password(tmp_path / "none", {})
