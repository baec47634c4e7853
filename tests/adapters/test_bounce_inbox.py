"""Mailboxes of reports: IMAP over TLS against a real socket, and a maildir on the disk."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from tests.fakes.imap_server import IMAPServer

from newsdigest.adapters import bounce_inbox
from newsdigest.adapters.bounce_inbox import IMAPInbox, MaildirInbox
from newsdigest.errors import NewsdigestError, Retryable

Certificate = tuple[ssl.SSLContext, str]
# What a parser would not give back as it was: a bare CR, an unknown charset, octets beyond ASCII.
ODD = b"Subject: =?x-none?q?f=FCr?=\r\nContent-Type: text/plain; charset=x-none\r\n\r\nGr\xfc\xdfe\rzu spaet\r\n"


def opened(server: IMAPServer, certificate: Certificate, **changes: object) -> IMAPInbox:
    values: dict[str, object] = {
        "host": "127.0.0.1", "port": server.port, "user": "bounces", "password": "secret",
        "ca_file": certificate[1],
    }  # fmt: skip
    return IMAPInbox(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("has_move", [True, False], ids=["moves", "copies_and_expunges"])
def test_reports_come_byte_by_byte_and_are_put_away(relay_certificate: Certificate, has_move: bool) -> None:
    """Oldest first, unread as before; dealt with, they lie in the archive, which is made when first needed."""
    with IMAPServer(relay_certificate[0], has_move=has_move) as server:
        for raw in (b"Subject: one\r\n\r\n1\r\n", ODD, b"Subject: three\r\n\r\n3\r\n"):
            server.put(raw)
        inbox = opened(server, relay_certificate)
        found = list(inbox.reports())
        assert [raw for _, raw in found] == [
            b"Subject: one\r\n\r\n1\r\n",
            ODD,
            b"Subject: three\r\n\r\n3\r\n",
        ]
        for key, _ in found[:2]:
            inbox.done(key)
        inbox.close()
        assert list(server.folders["INBOX"].values()) == [b"Subject: three\r\n\r\n3\r\n"]
        assert list(server.folders["Archive"].values()) == [b"Subject: one\r\n\r\n1\r\n", ODD]
        assert not any("BODY[" in command for command in server.commands), "looking marks nothing as read"
        again = opened(server, relay_certificate)
        assert len(list(again.reports())) == 1
        again.close()


def test_a_huge_report_is_cut(relay_certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so much of it is asked for; nobody fills our memory by mail."""
    monkeypatch.setattr(bounce_inbox, "MAX_BYTES", 1000)
    with IMAPServer(relay_certificate[0]) as server:
        server.put(b"x" * 5000)
        inbox = opened(server, relay_certificate)
        assert [len(raw) for _, raw in inbox.reports()] == [1000]
        inbox.close()


def test_a_password_goes_to_nobody_whose_certificate_does_not_fit(relay_certificate: Certificate) -> None:
    """TLS is looked at before the log-in."""
    with IMAPServer(relay_certificate[0]) as server:
        with pytest.raises(NewsdigestError, match=r"mail\.bounces\.ca_file"):
            opened(server, relay_certificate, ca_file="")
        assert server.commands == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"password": "wrong"}, "user and password"), ({"folder": "Bounces"}, "mail.bounces.folder")],
    ids=["log_in", "folder"],
)
def test_wrong_settings_are_named(relay_certificate: Certificate, changes: dict, words: str) -> None:
    """Waiting does not help there."""
    with IMAPServer(relay_certificate[0]) as server, pytest.raises(NewsdigestError, match=words) as caught:
        opened(server, relay_certificate, **changes)
    assert not isinstance(caught.value, Retryable)


@pytest.mark.parametrize("at", ["UID SEARCH", "UID FETCH", "UID MOVE"])
def test_a_server_that_hangs_up_is_asked_again_later(relay_certificate: Certificate, at: str) -> None:
    """Trouble that may pass, wherever in the conversation."""
    with IMAPServer(relay_certificate[0], hangs_up_at=at) as server:
        server.put(b"Subject: one\r\n\r\n1\r\n")
        inbox = opened(server, relay_certificate)
        with pytest.raises(Retryable, match="trying again later"):
            _put_all_away(inbox)
        inbox.close()
        assert len(server.folders["INBOX"]) == 1


def _put_all_away(inbox: IMAPInbox) -> None:
    for key, _ in inbox.reports():
        inbox.done(key)


def test_nobody_at_home_is_asked_again_later(relay_certificate: Certificate) -> None:
    """A closed port."""
    with IMAPServer(relay_certificate[0]) as server:
        pass
    with pytest.raises(Retryable):
        opened(server, relay_certificate)


def test_a_maildir_is_read_and_put_away(tmp_path: Path) -> None:
    """New and seen ones; dealt with, they lie in its archive as seen."""
    with pytest.raises(NewsdigestError, match=r"mail\.bounces\.maildir"):
        MaildirInbox(tmp_path)
    for name in ("new/1.a.host", "cur/2.b.host:2,S"):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(ODD)
    inbox = MaildirInbox(tmp_path)
    found = list(inbox.reports())
    assert [raw for _, raw in found] == [ODD, ODD]
    for key, _ in found:
        inbox.done(key)
        inbox.done(key)
    inbox.close()
    assert sorted(path.name for path in (tmp_path / ".Archive" / "cur").iterdir()) == [
        "1.a.host:2,S", "2.b.host:2,S",
    ]  # fmt: skip
    assert list(inbox.reports()) == []
