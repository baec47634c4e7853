"""T23: files the program writes for others to read have names of our making, and are whole or not there at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.adapters.eml_transport import EMLTransport
from newsdigest.adapters.image_copier import ImageCopier
from newsdigest.adapters.site_writer import SiteWriter, UnsafeNameError
from newsdigest.model.mailings import DeliveryState, Message

NOW = datetime(2026, 3, 12, tzinfo=UTC)
ALLOWED = set("abcdefghijklmnopqrstuvwxyz0123456789._-")


def mail(folder: Path, name: str, content: bytes) -> Any:
    message = Message(delivery_id=name, mail_from="a@b.example", rcpt_to="c@d.example", content=content)
    return EMLTransport(folder)._write(message)


WRITERS: dict[str, tuple[str, Callable[[Path, bytes], Any]]] = {
    "site": (
        "feed.xml",
        lambda folder, content: SiteWriter(folder).write(PurePosixPath("feed.xml"), content),
    ),
    "mail": ("d1.eml", lambda folder, content: mail(folder, "d1", content)),
    "picture": (
        "0123.jpg",
        lambda folder, content: ImageCopier(folder=folder, fetcher=None)._write("0123.jpg", content),  # type: ignore[arg-type]
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        "../feed.xml",
        "a/../../feed.xml",
        "/etc/feed.xml",
        ".hidden",
        "a/.git/config",
        "Überblick.html",
        "a b.html",
        "a\x00b",
        "a\n.html",
        "a\\b",
        "-rf",
        "c:feed",
        "x" * 200,
    ],
)
def test_no_other_names_are_written(tmp_path: Path, name: str):
    """Small letters, digits, dot, dash, underscore, below the folder: anything else is refused, nothing is written."""
    (tmp_path / "site").mkdir()
    with pytest.raises(UnsafeNameError):
        SiteWriter(tmp_path / "site").write(PurePosixPath(name), b"x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@given(st.text(max_size=30))
def test_any_name_is_safe_or_refused(name: str):
    """Whatever a title or an id holds, a path never leaves the folder nor holds a letter of another alphabet."""
    folder = Path("/srv/site")
    try:
        place = SiteWriter(folder)._place(PurePosixPath(name))
    except UnsafeNameError:
        return
    parts = place.relative_to(folder).parts
    assert parts
    assert all(set(part) <= ALLOWED and not part.startswith((".", "-")) for part in parts)


@pytest.mark.parametrize("name", ["../d1", "a/b", "", "d 1", "d\n1", "ü"])
def test_a_delivery_that_is_no_file_name_is_refused(tmp_path: Path, name: str):
    """Mails are named by their delivery."""
    with pytest.raises(ValueError, match="no file name"):
        mail(tmp_path, name, b"x")


@pytest.mark.parametrize(("name", "write"), WRITERS.values(), ids=WRITERS)
def test_a_file_is_synced_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[Path, bytes], Any]
):
    """A power cut never leaves an empty file under the right name."""
    acts: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(handle: int) -> None:
        assert not (tmp_path / name).exists() or acts
        acts.append("fsync")
        sync(handle)

    def renamed(self: Path, target: Any) -> Path:
        acts.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    write(tmp_path, b"whole")
    assert acts[:2] == ["fsync", "rename"]
    assert (tmp_path / name).read_bytes() == b"whole"


@pytest.mark.parametrize("fault", ["fsync", "replace"])
@pytest.mark.parametrize(("name", "write"), WRITERS.values(), ids=WRITERS)
def test_a_fault_in_the_middle_leaves_what_was_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    write: Callable[[Path, bytes], Any],
    fault: str,
):
    """The old file stays whole, or none is there; never half of a new one."""
    if name != "0123.jpg":  # a picture's name is its content's: there is no old one
        write(tmp_path, b"old")

    def broken(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", broken) if fault == "fsync" else (Path, "replace", broken)))
    if name.endswith(".eml"):
        assert write(tmp_path, b"new").state is DeliveryState.DEFERRED
    else:
        with pytest.raises(OSError, match="No space"):
            write(tmp_path, b"new")
    monkeypatch.undo()
    shown = {path.name: path.read_bytes() for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert shown == ({} if name == "0123.jpg" else {name: b"old"})
