"""
T26: what is installed is what was looked at: locked versions with hashes, no addresses.

The audit of known vulnerabilities asks a service on the internet and is therefore a command, `make audit`.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "deploy/requirements.lock", "requirements-dev.lock")
_PIN = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[\w,-]+\])?==([^\s;\\]+)(?:\s*;(?:(?!--hash=).)*)?\s*((?:--hash=sha256:[0-9a-f]{64}\s*)*)"
)


def logical_lines(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pins(name: str) -> dict[str, set[str]]:
    """Return package to locked versions (several where the platform decides)."""
    found: dict[str, set[str]] = {}
    for line in logical_lines(name):
        match = _PIN.fullmatch(line.split(" #")[0].strip())
        assert match, line[:100]
        found.setdefault(normal(match[1]), set()).add(match[2])
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes(name: str):
    """One version, at least one SHA-256 each; pip then installs these bytes or none."""
    lines = logical_lines(name)
    assert len(lines) > 20
    for line in lines:
        match = _PIN.fullmatch(line.split(" #")[0].strip())
        assert match, line[:100]
        assert "--hash=sha256:" in match[3], match[1]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str):
    """Where packages come from is for each machine to say."""
    assert not re.search(
        r"https?://|--(?:extra-)?index-url|--find-links|@\s*(?:git|file)",
        (ROOT / name).read_text(encoding="utf-8"),
    )


def test_the_locks_agree():
    """Whatever is installed where, one package has one set of versions."""
    base, *others = (pins(name) for name in LOCKS)
    for other in others:
        assert base.keys() <= other.keys()
        assert {name: other[name] for name in base} == base


def test_every_dependency_is_locked():
    """A dependency that was added without its lock would be installed unseen."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = [one for extra in project.get("optional-dependencies", {}).values() for one in extra]

    def names(written: list[str]) -> set[str]:
        found = (normal(re.match(r"[\w.-]+", one)[0]) for one in written)  # type: ignore[index]
        return {name for name in found if name != "newsdigest"}

    assert names(project["dependencies"]) <= pins("requirements.lock").keys()
    assert names([*project["dependencies"], *optional]) <= pins("deploy/requirements.lock").keys()


def test_what_runs_here_is_what_is_locked():
    """The tests speak for the locked versions only if these are the ones they ran with."""
    locked = pins("requirements.lock")
    wrong = {}
    for name, versions in locked.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # for another platform
        if found not in versions:
            wrong[name] = (found, versions)
    assert not wrong
