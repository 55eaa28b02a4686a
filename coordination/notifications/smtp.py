"""One conversation with the mail server, which knows at every moment whether the final dot has passed."""

import re
import smtplib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Self

from django.conf import settings

from coordination.notifications.letters import Letter

# What may stand between RCPT TO:< and >: ASCII without spaces or brackets, and one @. Forms ask for more.
ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")


class Outcome(Enum):
    TAKEN = auto()  # 250: the server answers for it now
    LATER = auto()  # 4xx, or the line broke before the final dot: it surely was not taken
    REFUSED = auto()  # 5xx: it will never be taken
    UNKNOWN = auto()  # the line broke after the final dot


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    code: int = 0
    text: str = ""


def nothing() -> None:
    """There is nothing to do while the server thinks."""


class Line:
    """A connection for several messages. A broken one is opened again for the next message."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connects, secures and signs in. Raises OSError when the server is away or does not want us."""
        if self._server is not None:
            return
        kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
        server = kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT)
        try:
            # The final dot goes alone; without this the kernel holds it back until the other side acknowledges the rest.
            server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]
            if settings.EMAIL_USE_TLS:
                server.starttls()
            server.ehlo_or_helo_if_needed()
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        except OSError:
            server.close()
            raise
        self._server = server

    def send(self, letter: Letter, meanwhile: Callable[[], None] = nothing) -> Answer:
        """Speaks one message and tells what became of it. Never raises for what the server says or fails to say.

        ``meanwhile`` is done while the server thinks about it.
        """
        if not ADDRESS.fullmatch(letter.recipient):
            return Answer(Outcome.REFUSED, 553, "the address cannot be spelled")
        dot_passed = False
        try:
            self.open()
            server = self._server
            assert server is not None  # noqa: S101  open() has set it or raised
            for step in (lambda: server.mail(letter.sender), lambda: server.rcpt(letter.recipient)):
                try:
                    code, text = step()
                except ValueError:  # an address this protocol cannot spell: nobody's mail may stop the others
                    code, text = 553, b"the address cannot be spelled"
                if code // 100 != 2:
                    return self._refused(code, text)
            code, text = server.docmd("DATA")
            if code != 354:
                return self._refused(code, text)
            body = re.sub(rb"(?m)^\.", b"..", letter.content)
            server.send(body if body.endswith(b"\r\n") else body + b"\r\n")
            server.send(b".\r\n")  # fails when the line is known to be cut: then it has surely not passed
            dot_passed = True  # from here on nobody knows, until the server answers
            meanwhile()
            code, text = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Answer(Outcome.UNKNOWN if dot_passed else Outcome.LATER, 0, type(error).__name__)
        if code // 100 == 2:
            return Answer(Outcome.TAKEN, code, _words(text))
        return self._refused(code, text)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and kind is None:
            try:
                self._server.quit()
            except (OSError, smtplib.SMTPException):
                self._server.close()
            self._server = None
        self.close()

    def _refused(self, code: int, text: bytes) -> Answer:
        """Leaves the line ready for the next message; 421 means the server hangs up."""
        if code == 421:
            self.close()
        elif self._server is not None:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self.close()
        final = code // 100 == 5
        return Answer(Outcome.REFUSED if final else Outcome.LATER, code, _words(text))


def _words(text: bytes) -> str:
    """The server's words without addresses: the log and the row hold keys, no people."""
    return re.sub(r"\S+@\S+", "<…>", text.decode(errors="replace")).strip()
