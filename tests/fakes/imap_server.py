"""
A small IMAP server over TLS on a real socket: folders in memory, a thread a connection.

It knows what reading a mailbox of reports takes (RFC 3501; UID MOVE of RFC 6851 where offered).
"""

from __future__ import annotations

import contextlib
import re
import shlex
import socket
import ssl
import threading
from dataclasses import dataclass, field


@dataclass
class IMAPServer:
    """
    Attributes:
        folders: Name to messages by UID.
        has_move: Offers MOVE; else clients copy, flag and expunge.
        hangs_up_at: The command in which it closes the connection, "" for none.
        commands: What was said, without the log-in's words.
    """

    tls: ssl.SSLContext
    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    password: str = "secret"
    has_move: bool = True
    hangs_up_at: str = ""
    commands: list[str] = field(default_factory=list)

    def __enter__(self) -> IMAPServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def put(self, raw: bytes, folder: str = "INBOX") -> None:
        """Deliver a message."""
        every = [uid for messages in self.folders.values() for uid in messages]
        self.folders.setdefault(folder, {})[max(every, default=100) + 1] = raw

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain, self.tls.wrap_socket(plain, server_side=True) as line:
            _Talk(self, line).run()


class _Talk:
    def __init__(self, server: IMAPServer, line: ssl.SSLSocket) -> None:
        self.server, self.line, self.file = server, line, line.makefile("rb")
        self.selected = ""
        self.deleted: set[int] = set()

    def say(self, text: str, literal: bytes | None = None) -> None:
        octets = text.encode()
        if literal is not None:
            octets += b"{%d}\r\n" % len(literal) + literal + b")"
        self.line.sendall(octets + b"\r\n")

    def run(self) -> None:
        self.say("* OK ready")
        while line := self.file.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            words = shlex.split(rest)
            verb = " ".join(words[:2] if words[0].upper() == "UID" else words[:1]).upper()
            self.server.commands.append(verb if verb == "LOGIN" else rest)
            if verb == self.server.hangs_up_at:
                return
            arguments = words[2:] if verb.startswith("UID") else words[1:]
            answer = getattr(self, "do_" + verb.lower().replace(" ", "_"))(*arguments)
            self.say(f"{tag} {answer or 'OK done'}")
            if verb == "LOGOUT":
                return

    def do_capability(self) -> None:
        self.say("* CAPABILITY IMAP4rev1" + (" MOVE" if self.server.has_move else ""))

    def do_login(self, _user: str, password: str) -> str:
        return "OK welcome" if password == self.server.password else "NO [AUTHENTICATIONFAILED] who?"

    def do_select(self, name: str) -> str:
        if name not in self.server.folders:
            return "NO no such folder"
        self.selected = name
        self.say(f"* {len(self.server.folders[name])} EXISTS")
        return "OK [READ-WRITE] selected"

    def do_list(self, _reference: str, name: str) -> None:
        if name in self.server.folders:
            self.say(f'* LIST (\\HasNoChildren) "/" "{name}"')

    def do_create(self, name: str) -> None:
        self.server.folders[name] = {}

    def do_uid_search(self, *_: str) -> None:
        self.say("* SEARCH " + " ".join(str(uid) for uid in self._here()))

    def do_uid_fetch(self, uid: str, what: str) -> None:
        limit = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", what)
        assert limit, what
        if raw := self._here().get(int(uid)):
            self.say(f"* 1 FETCH (UID {uid} BODY[]<0> ", raw[: int(limit[1])])

    def do_uid_move(self, uid: str, folder: str) -> None:
        self.server.folders[folder][int(uid)] = self._here().pop(int(uid))

    def do_uid_copy(self, uid: str, folder: str) -> None:
        self.server.folders[folder][int(uid)] = self._here()[int(uid)]

    def do_uid_store(self, uid: str, *_: str) -> None:
        self.deleted.add(int(uid))

    def do_expunge(self) -> None:
        for uid in self.deleted:
            self._here().pop(uid, None)
        self.deleted.clear()

    def do_logout(self) -> None:
        self.say("* BYE")

    def _here(self) -> dict[int, bytes]:
        return self.server.folders[self.selected]
