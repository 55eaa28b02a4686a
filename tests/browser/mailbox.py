"""Reads what the catcher took, as a person would: subject, text, the link in it, the calendar attached."""

import email
import email.policy
import re
import time
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from icalendar import Calendar, Event

ADDRESS = re.compile(r"https?://[^\s<>\"]+")
PATIENCE = 45.0  # a ring that nobody heard costs one sweep of 15 seconds, dispatch and delivery one each


@dataclass(frozen=True)
class Mail:
    """One mail as it stood on the wire."""

    file: Path

    @cached_property
    def message(self) -> EmailMessage:
        found = email.message_from_bytes(self.file.read_bytes(), policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def to(self) -> str:
        return str(self.message["X-RcptTo"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return part.get_content().replace("\r\n", "\n") if part else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return part.get_content() if part else ""

    @property
    def calendar(self) -> Event | None:
        """The event of the calendar that came along, parsed; its method stands in ``method``."""
        part = self._calendar_part
        return next(iter(part.walk("VEVENT"))) if part is not None else None

    @property
    def method(self) -> str:
        part = self._calendar_part
        return str(part["METHOD"]) if part is not None else ""

    @cached_property
    def _calendar_part(self) -> Calendar | None:
        for part in self.message.walk():
            if part.get_content_type() == "text/calendar":
                return Calendar.from_ical(part.get_payload(decode=True))
        return None

    def link(self, inside: str) -> str:
        """The first address of the text that contains ``inside``."""
        found = [address for address in ADDRESS.findall(self.text) if inside in address]
        assert found, f"no address with {inside} in:\n{self.text}"
        return found[0]

    @property
    def code(self) -> str:
        """What stands alone on a line: the code to type."""
        return re.findall(r"^([A-Z0-9-]{6,9})$", self.text, re.MULTILINE)[0]


@dataclass(frozen=True)
class Mailbox:
    """Everybody's mailbox: the folder of the catcher."""

    folder: Path
    log: Path | None = None  # what the worker says, to be told when a mail does not come

    def all(self, to: str = "", subject: str = "") -> list[Mail]:
        mails = [Mail(file) for file in sorted(self.folder.glob("*.eml"))]
        return [mail for mail in mails if to in mail.to and subject in mail.subject]

    def wait_for(self, *, to: str, subject: str = "", count: int = 1) -> Mail:
        """The newest mail to that address, once there are ``count`` of them. Fails with what did arrive."""
        until = time.monotonic() + PATIENCE
        while len(found := self.all(to, subject)) < count:
            if time.monotonic() > until:
                arrived = "\n".join(f"  {mail.to}: {mail.subject}" for mail in self.all()) or "  nothing"
                said = self.log.read_text()[-3000:] if self.log and self.log.exists() else ""
                raise AssertionError(
                    f"{count} × “{subject}” to {to} did not come. What came:\n{arrived}\n{said}"
                )
            time.sleep(0.05)
        return found[-1]

    def clear(self) -> None:
        for file in self.folder.glob("*.eml"):
            file.unlink()
