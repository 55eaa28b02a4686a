"""A mail server of one mailbox on a port of its own: as much of IMAP (RFC 9051) as a reader of answers speaks."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Mailbox:
    """``mails`` are bytes as they came; ``flags`` what was set on each. ``keywords`` whether the server keeps ours."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[bytes] = []
        self.flags: dict[int, set[str]] = {}
        self.keywords = True
        self.said: list[str] = []

    def has(self, number: int, flag: str) -> bool:
        return flag in self.flags.get(number, set())


class _Talk(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        box: Mailbox = self.server.box
        self.say("* OK ready")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            box.said.append(command)
            name = command.split()[0].upper()
            if name == "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1")
            elif name == "LOGIN" and command != 'LOGIN avisos@minga.example "una clave"':
                self.say(f"{tag} NO [AUTHENTICATIONFAILED] no")
                continue
            elif name == "SELECT":
                self.say(f"* {len(box.mails)} EXISTS")
                own = r"\Seen \*" if box.keywords else r"\Seen"
                self.say(f"* OK [PERMANENTFLAGS ({own})] kept")
            elif name == "UID":
                self.uid(box, command)
            elif name == "LOGOUT":
                self.say(f"{tag} OK")
                return
            self.say(f"{tag} OK done")

    def uid(self, box: Mailbox, command: str) -> None:
        if found := re.fullmatch(r"UID SEARCH SINCE \d+-\w{3}-\d{4} (?:UNKEYWORD (\w+)|UNSEEN)", command):
            flag = found.group(1) or "\\Seen"
            open_ = [str(at + 1) for at in range(len(box.mails)) if not box.has(at + 1, flag)]
            self.say(f"* SEARCH {' '.join(open_)}".strip())
        elif found := re.fullmatch(r"UID FETCH (\d+) \(RFC822\.SIZE\)", command):
            at = int(found.group(1))
            self.say(f"* {at} FETCH (UID {at} RFC822.SIZE {len(box.mails[at - 1])})")
        elif found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]\)", command):
            at = int(found.group(1))
            mail = box.mails[at - 1]
            self.wfile.write(f"* {at} FETCH (UID {at} BODY[] {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")
        elif found := re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \((\S+)\)", command):
            box.flags.setdefault(int(found.group(1)), set()).add(found.group(2))

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        server.box = box  # type: ignore[attr-defined]
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join(5)
