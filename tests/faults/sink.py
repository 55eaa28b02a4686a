"""A mail server in a process of its own. It writes down each message whose final dot has passed, then answers.

It speaks as much SMTP as one client needs, because it shares two processors with everything it measures. Told so, it
makes trouble with each so-manieth message: ``[["451", 50], ["drop after the dot", 97]]``. One line of JSON for each
final dot, and for each piece of trouble, with what was done: "250", a code, or where the line was cut.
"""

import asyncio
import json
import os
import re
import sys
import time
from pathlib import Path

HEADERS = re.compile(rb"^(Message-ID|Subject): *(.*(?:\r\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)
METHOD = re.compile(rb"method=\"?(REQUEST|CANCEL)", re.IGNORECASE)
ADDRESS = re.compile(rb"<([^>]*)>")
AT_RECIPIENT = ("drop before DATA", "421", "451", "550")  # all other trouble waits for the content
TROUBLE = (
    *AT_RECIPIENT,
    "drop after DATA",
    "drop after the dot",
    "452",
    "554",
    "slow",
)
UNTOLD = ("drop after DATA", "drop after the dot")  # the client cannot tell which of the two it was
SLOW_SECONDS = 25
SAMPLES = 20  # contents kept for the bare loop that is measured beside us


class Book:
    """What is written down, and which trouble is due."""

    def __init__(self, log: Path, latency: float, orders: list[tuple[str, int]], last: int) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.latency, self.orders, self.last = latency, orders, last
        self.samples = log.with_suffix(".samples")
        self.samples.mkdir(exist_ok=True)
        self.kept = len(list(self.samples.iterdir()))
        self.count = 0
        self.cut: set[str] = set()
        assert all(what in TROUBLE for what, _every in orders)

    def next_trouble(self, recipient: str) -> str:
        """What happens to this message: "" almost always, and always after the last one that is to have trouble.

        Nobody is cut off twice where only we know whether the dot has passed: the design tries once more and then
        leaves it *unknown*, so a second cut would be no transient trouble.
        """
        trouble = self._ordered()
        if trouble in UNTOLD:
            if recipient in self.cut:
                return ""
            self.cut.add(recipient)
        return trouble

    def _ordered(self) -> str:
        self.count += 1
        if self.count > self.last:
            return ""
        for place, (what, every) in enumerate(self.orders):
            if self.count % every == (7 + 5 * place) % every:
                return what
        return ""

    def write(self, recipient: str, did: str, content: bytes = b"") -> None:
        line: dict[str, object] = {"to": recipient, "did": did, "at": time.time()}
        if content:
            head = content.partition(b"\r\n\r\n")[0]
            found = {name.lower(): value for name, value in HEADERS.findall(head)}
            method = METHOD.search(content)
            line["id"] = found[b"message-id"].strip().decode()
            line["subject"] = found[b"subject"].decode()
            line["method"] = method[1].decode().upper() if method else ""
            if self.kept < SAMPLES:
                self.kept += 1
                (self.samples / f"{self.kept}.eml").write_bytes(content)
        os.write(self.log, json.dumps(line).encode() + b"\n")


class Talk(asyncio.Protocol):
    """One conversation."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.buffer = b""
        self.in_content = False
        self.recipient = self.trouble = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.say("220 sink")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.in_content and self.trouble == "drop after DATA":
            self.drop()
        while not self.transport.is_closing():
            end = self.buffer.find(b"\r\n.\r\n" if self.in_content else b"\r\n")
            if end < 0:
                return
            if self.in_content:
                content, self.buffer = self.buffer[2 : end + 2], self.buffer[end + 5 :]
                self.in_content = False
                self.take((b"\r\n" + content).replace(b"\r\n..", b"\r\n.")[2:])
            else:
                line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
                self.answer(line)

    def answer(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"QUIT":
            self.say("221 bye")
            self.transport.close()
        elif verb == b"RCPT":
            found = ADDRESS.search(line)
            self.recipient = found[1].decode() if found else ""
            self.trouble = self.book.next_trouble(self.recipient)
            if self.trouble == "drop before DATA":
                self.drop()
            elif self.trouble in AT_RECIPIENT:
                self.book.write(self.recipient, self.trouble)
                self.say(f"{self.trouble} as ordered")
            else:
                self.say("250 ok")
        elif verb == b"DATA":
            self.in_content, self.buffer = True, b"\r\n" + self.buffer
            self.say("354 go on")
        else:
            self.say("250 ok" if verb in (b"EHLO", b"HELO", b"MAIL", b"RSET", b"NOOP") else "500 what?")

    def take(self, content: bytes) -> None:
        """The final dot has passed: from here on the message counts as delivered, unless we say otherwise."""
        if self.trouble == "drop after the dot":
            self.book.write(self.recipient, self.trouble, content)
            self.transport.abort()
        elif self.trouble in ("452", "554"):
            self.book.write(self.recipient, self.trouble, content)
            self.say(f"{self.trouble} as ordered")
        else:
            self.book.write(self.recipient, "250", content)
            wait = SLOW_SECONDS if self.trouble == "slow" else self.book.latency
            asyncio.get_running_loop().call_later(wait, self.say, "250 ok")

    def drop(self) -> None:
        self.book.write(self.recipient, self.trouble)
        self.transport.abort()

    def say(self, text: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(text.encode() + b"\r\n")


async def serve(port: int, book: Book) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Talk(book), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    port, log, latency, orders, last = sys.argv[1:]
    asyncio.run(serve(int(port), Book(Path(log), float(latency), json.loads(orders), int(last))))
