"""
Secrets: the workspace's signing keys and the relays' passwords.

They come from the environment or from files with narrow rights, never from the YAML files,
and are never printed. Keys stand one to a line in `var/secret.key`, newest first; an old key
keeps the links of mails already sent alive until its line is removed.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from newsdigest.errors import SettingsError

KEY_FILE = "secret.key"
KEY_VARIABLE = "NEWSDIGEST_SECRET_KEY"
PASSWORD_VARIABLE = "NEWSDIGEST_MAIL__PASSWORD"  # noqa: S105 - the variable's name
_LEAST_CHARACTERS = 32


def load_keys(var: Path, environment: Mapping[str, str] | None = None) -> tuple[bytes, ...]:
    """
    Return the signing keys, newest first; the key file is made on first use (mode 0600).

    Raises:
        SettingsError: A key is too short, or others may read the file.
    """
    given = (os.environ if environment is None else environment).get(KEY_VARIABLE, "")
    if given:
        return _keys(given.replace(",", "\n"), KEY_VARIABLE)
    path = var / KEY_FILE
    try:
        text = _read_private(path)
    except FileNotFoundError:
        text = _make(path)
    return _keys(text, str(path))


def rotate_keys(var: Path) -> int:
    """Put a new key on top of the key file; return how many keys there are now. Old links stay valid."""
    load_keys(var, {})
    path = var / KEY_FILE
    lines = [secrets.token_urlsafe(48), *path.read_text(encoding="ascii").split()]
    spare = path.with_suffix(".new")
    _write_private(spare, lines)
    spare.replace(path)
    return len(lines)


def load_password(file: Path | None, environment: Mapping[str, str] | None = None) -> str:
    """
    Return a relay's password: from its file, else from `NEWSDIGEST_MAIL__PASSWORD`, else "".

    Raises:
        SettingsError: The file named cannot be read.
    """
    if file is None:
        return (os.environ if environment is None else environment).get(PASSWORD_VARIABLE, "")
    try:
        # Mounted secrets are often mode 0444 within a private folder.
        return _read_private(file, forbids=stat.S_IWGRP | stat.S_IWOTH).rstrip("\r\n")
    except FileNotFoundError as error:
        raise SettingsError([f"{file}:1:1: the password file does not exist; make it, mode 0600"]) from error


def _keys(text: str, where: str) -> tuple[bytes, ...]:
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found or any(len(line) < _LEAST_CHARACTERS for line in found):
        advice = "make one with `python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`"
        raise SettingsError(
            [f"{where}: a signing key needs at least {_LEAST_CHARACTERS} characters; {advice}"]
        )
    return tuple(line.encode() for line in found)


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    spare = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write_private(spare, [secrets.token_urlsafe(48)])
        os.link(spare, path)  # whole or not at all: two processes at first start share one key
    except FileExistsError:
        pass
    finally:
        spare.unlink(missing_ok=True)  # a full disk, too, leaves nothing
    return _read_private(path)


def _write_private(path: Path, lines: list[str]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read_private(path: Path, *, forbids: int = stat.S_IRWXG | stat.S_IRWXO) -> str:
    """Return a secret file's text; refuses one on which others have a right that is forbidden."""
    try:
        if path.stat().st_mode & forbids:
            raise SettingsError([f"{path}:1:1: others can read or write this secret; run `chmod 600 {path}`"])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}:1:1: cannot be read ({error}); check its owner and mode"]) from error
