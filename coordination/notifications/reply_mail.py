"""What an answer by mail says (iTIP METHOD:REPLY, RFC 5546 3.2.3), read without trusting a byte of it.

The calendar is read line by line and never built: a library that builds one works out its time zones, and a rule that
repeats every second keeps it busy for hours.
"""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses

from icalendar.parser import Contentline

MOST_BYTES = 512 * 1024  # of a mail; an answer has 4 kB, with a signature's picture some tens
MOST_CALENDAR = 32 * 1024
MOST_PARTS = 20  # boundaries and enclosed mails: what is deeper costs time and is no answer
CALENDARS = ("text/calendar", "application/ics")
WANTED = {"METHOD", "UID", "SEQUENCE", "DTSTAMP", "ATTENDEE", "RECURRENCE-ID"}
FOLD = re.compile(r"\r?\n[ \t]")
NAME = re.compile(r"[A-Za-z-]+")
INSTANT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
LONGEST_LINE = 2000


class NoReply(Exception):
    """It is no answer, or none that can be read. The words are for the log and name nobody."""


@dataclass(frozen=True)
class Reply:
    """One person's answer. Addresses are as ``spelled`` makes them; ``sender`` is who the mail says wrote it."""

    uid: str
    attendee: str
    name: str
    answer: str
    sequence: int
    stamped_at: datetime
    sender: str


def read(raw: bytes, authserv: str = "") -> Reply:
    """The answer in a mail as it came. Raises NoReply.

    With ``authserv``, the name by which our own mail server signs ``Authentication-Results`` (RFC 8601), its topmost
    result must say that DMARC passed: then the sender is who the mail says.
    """
    if len(raw) > MOST_BYTES:
        raise NoReply("too large")
    if raw.lower().count(b"boundary") + raw.lower().count(b"message/") > MOST_PARTS:
        raise NoReply("too deep")
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        if authserv and not _authentic(mail, authserv):
            raise NoReply("not proven to come from its sender")
        calendars = [part for part in mail.walk() if part.get_content_type() in CALENDARS]
        if not calendars:
            raise NoReply("no calendar in it")
        # The first is what calendars act upon; the same again as a file changes nothing.
        return _reply(_text(calendars[0]), _sender(mail))
    except (ValueError, LookupError, RecursionError, UnicodeError, TypeError) as error:
        raise NoReply(f"cannot be read: {type(error).__name__}") from error


def spelled(address: str) -> str:
    """An address as it is compared: small letters, a domain with accents in its ASCII form."""
    address = address.strip()
    user, at, domain = address.lower().rpartition("@")
    if not at or not user or not domain or not address.isprintable():
        return ""
    try:
        return f"{user}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{user}@{domain}"


def _sender(mail: Message) -> str:
    """The one address in the one From. Raises NoReply for none or several: which of them answers?"""
    headers = [str(value) for value in mail.get_all("From", [])]
    found = [address for _name, address in getaddresses(headers) if address]
    if len(headers) != 1 or len(found) != 1 or not spelled(found[0]):
        raise NoReply("no single sender")
    return spelled(found[0])


def _authentic(mail: Message, authserv: str) -> bool:
    """Only the topmost result of our own server counts: it takes away those that others wrote in its name."""
    for value in mail.get_all("Authentication-Results", []):
        server, _, results = " ".join(str(value).split()).partition(";")
        if server.split()[:1] == [authserv]:
            return bool(re.search(r"(?:^|;)\s*dmarc\s*=\s*pass\b", results, flags=re.IGNORECASE))
    return False


def _text(part: Message) -> str:
    if part.is_multipart():
        raise NoReply("no calendar in it")
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or len(content) > MOST_CALENDAR:
        raise NoReply("too large")
    return content.decode(part.get_content_charset() or "utf-8", errors="replace")


def _reply(text: str, sender: str) -> Reply:
    calendar, event = _properties(text)
    if [line.parts()[2].upper() for line in calendar.get("METHOD", [])] != ["REPLY"]:
        raise NoReply("no answer")
    if "RECURRENCE-ID" in event:
        raise NoReply("about one of several")
    _name, parameters, attendee = _only(event, "ATTENDEE").parts()
    stamp = _value(event, "DTSTAMP")
    if not INSTANT.fullmatch(stamp):
        raise NoReply("no moment")
    sequence = _value(event, "SEQUENCE") if "SEQUENCE" in event else "0"
    if not sequence.isdecimal() or len(sequence) > 6:
        raise NoReply("no sequence")
    scheme, _, address = attendee.partition(":")
    if scheme.lower() != "mailto":
        raise NoReply("no address")
    return Reply(
        uid=_value(event, "UID"),
        attendee=spelled(address),
        name=_plain(parameters.get("CN", "")),
        answer=_plain(parameters.get("PARTSTAT", "")).upper(),
        sequence=int(sequence),
        stamped_at=datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
        sender=sender,
    )


def _properties(text: str) -> tuple[dict[str, list[Contentline]], dict[str, list[Contentline]]]:
    """What stands at the head of the calendar, and in its one event; what is inside anything else is left alone."""
    calendar: dict[str, list[Contentline]] = {}
    event: dict[str, list[Contentline]] = {}
    inside: list[str] = []
    events = 0
    for line in FOLD.sub("", text).splitlines():
        named = NAME.match(line)
        name = named.group().upper() if named else ""
        if name == "BEGIN":
            inside.append(line.partition(":")[2].strip().upper())
            events += inside == ["VCALENDAR", "VEVENT"]
        elif name == "END":
            if not inside or inside.pop() != line.partition(":")[2].strip().upper():
                raise NoReply("not closed as it was opened")
        elif name in WANTED and len(line) <= LONGEST_LINE:
            here = {("VCALENDAR",): calendar, ("VCALENDAR", "VEVENT"): event}.get(tuple(inside))
            if here is not None:
                here.setdefault(name, []).append(Contentline(line))
    if events != 1 or inside:
        raise NoReply("not one event")
    return calendar, event


def _only(event: dict[str, list[Contentline]], name: str) -> Contentline:
    """Twice is as bad as never: which of them is meant?"""
    found = event.get(name, [])
    if len(found) != 1:
        raise NoReply(f"not one {name}")
    return found[0]


def _value(event: dict[str, list[Contentline]], name: str) -> str:
    return str(_only(event, name).parts()[2]).strip()


def _plain(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str) else ""
