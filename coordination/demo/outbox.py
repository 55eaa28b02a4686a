"""The mails the demo's catcher has kept, as pages can show them. Only reads; the catcher alone writes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

# The catcher's own names: a stamp, a random part. No slash, no leading dot: nothing outside the folder can be named.
NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,120}\.eml")
HEADERS_AT_MOST = 64 * 1024


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A mail's head: enough for the list."""

    name: str
    sender: str
    to: str
    subject: str
    sent_at: datetime | None


def letters(folder: Path, *, to: str = "") -> list[Path]:
    """The files, newest first; with ``to``, those whose recipient contains it."""
    files = sorted((file for file in folder.glob("*.eml") if NAME.fullmatch(file.name)), reverse=True)
    wanted = to.strip().lower()
    return [file for file in files if wanted in head(file).to.lower()] if wanted else files


def head(file: Path) -> Letter:
    """The head of one file; what a broken mail does not say stays empty."""
    with file.open("rb") as stream:
        start = stream.read(HEADERS_AT_MOST)
    return _letter(file.name, BytesParser(policy=policy.default).parsebytes(start, headersonly=True))


def find(folder: Path, name: str) -> tuple[Letter, EmailMessage] | None:
    """The mail of that name; None for a name that is not the catcher's, or that it does not have."""
    if not NAME.fullmatch(name):
        return None
    file = folder / name
    if file.is_symlink() or not file.is_file():
        return None
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    return _letter(name, message), message


def text_of(message: EmailMessage) -> str:
    return _body(message, "plain")


def html_of(message: EmailMessage) -> str:
    return _body(message, "html")


def attachments_of(message: EmailMessage) -> list[Attachment]:
    """Every part that is not one of the two bodies, once; a calendar without a name is called so.

    Calendars travel twice in a letter, for clients that read the one or the other: people see one.
    """
    return list({part.content: part for part in _attachments(message)}.values())


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    bodies = (message.get_body(("plain",)), message.get_body(("html",)))
    for part in message.walk():
        if part.is_multipart() or any(part is body for body in bodies):
            continue
        name = part.get_filename() or ("invitacion.ics" if part.get_content_type() == "text/calendar" else "")
        if name:
            content = part.get_payload(decode=True)
            yield Attachment(name, part.get_content_type(), content if isinstance(content, bytes) else b"")


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    try:
        return content.decode(charset, "replace") if isinstance(content, bytes) else ""
    except LookupError:
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _letter(name: str, message: EmailMessage) -> Letter:
    return Letter(
        name=name,
        sender=_address(message, "From"),
        to=_address(message, "To") or str(message.get("X-RcptTo", "")),
        subject=str(message.get("Subject", "")),
        sent_at=_instant(name, message),
    )


def _address(message: EmailMessage, name: str) -> str:
    """Spelled as its sender meant it: the library leaves a space where a long name was cut in two for the journey."""
    read = str(message.get(name, ""))
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    if "=?" not in raw:
        return read
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return read


def _instant(name: str, message: EmailMessage) -> datetime | None:
    """When the catcher took it, by the file's name; else what the mail says."""
    try:
        return datetime.strptime(name.split(".")[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        said = getattr(message.get("Date"), "datetime", None)
        return said if said is None or said.tzinfo else said.replace(tzinfo=UTC)
