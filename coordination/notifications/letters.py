"""Writes one message for one person: words, calendar and headers, in their language and with their rights.

Whole files per language, ``templates/emails/<language>/<kind>.subject.txt``, ``.txt`` and ``.html``; the facts they
use are computed in ``contents``. A casa adentro session has one letter for every kind, which says nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template import Context, engines
from django.utils import translation

from coordination.notifications import contents
from coordination.notifications.kinds import KINDS, Kind
from coordination.notifications.models import Notification
from coordination.sessions.calendar import session_event
from coordination.sessions.models import Session

CLOSED_DOOR = "casa_adentro"  # the letter of every kind about a closed session
POLICY = SMTP.clone(max_line_length=200)


@dataclass(frozen=True)
class Letter:
    """A message as it goes over the line."""

    message_id: str
    sender: str
    recipient: str
    content: bytes
    refusals: int = 0  # how many mails in a row this person's server has refused so far


def write(row: Notification, subject: Any, now: datetime) -> Letter:
    """The letter of this row as things stand now. Raises what the templates raise."""
    kind = KINDS[row.kind]
    language = row.recipient.language
    with translation.override(language):
        session = contents.session_of(subject)
        closed = session is not None and session.is_casa_adentro
        name = CLOSED_DOOR if closed else kind.name
        facts = contents.common(row) if closed else contents.facts(row, kind, subject, now)
        message = _message(row, kind, name, language, facts, now)
        # A request would put the session on the calendar of a focal point who is not going.
        if (
            kind.calendar
            and session is not None
            and not closed
            and (kind.calendar == "CANCEL" or facts["role"])
        ):
            _attach_calendar(message, row, kind, session, facts["url"], language)
    return Letter(
        message_id=str(message["Message-ID"]),
        sender=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        recipient="@".join(_spoken(row.recipient.email)),
        content=message.as_bytes(policy=POLICY),
        refusals=row.recipient.bounces,
    )


def message_id(row: Notification) -> str:
    """The same on every try: whoever gets the mail twice can tell, and most mail programs show one."""
    key = f"{row.kind}|{row.rung}|{row.subject_type}|{row.subject_id}|{row.recipient_id}|{row.version}"
    digest = hashlib.sha256(f"{settings.LINK_KEY}|{key}".encode()).hexdigest()[:32]
    return f"<{digest}@{urlsplit(settings.BASE_URL).hostname}>"


def _message(
    row: Notification, kind: Kind, name: str, language: str, facts: dict[str, Any], now: datetime
) -> EmailMessage:
    folder = f"emails/{language}/{name}"
    message = EmailMessage(policy=POLICY)
    title, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    user, _, domain = address.rpartition("@")
    message["Subject"] = " ".join(_render(f"{folder}.subject.txt", facts, escape=False).split())
    message["From"] = Address(_one_line(facts.get("sender") or title), user, domain)
    message["To"] = _to(row)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(row)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language
    for header, value in _preference_headers(row, kind).items():
        message[header] = value
    message.set_content(_render(f"{folder}.txt", facts, escape=False).strip() + "\n", cte="quoted-printable")
    html = _inliner().inline(_render(f"{folder}.html", facts, escape=True))
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def _attach_calendar(
    message: EmailMessage, row: Notification, kind: Kind, session: Session, url: str, language: str
) -> None:
    """Twice on purpose: as an alternative, which calendars act upon, and as a file, which people can open."""
    assert kind.calendar is not None  # noqa: S101  the caller has seen it
    attendee = (_one_line(row.recipient.name), "@".join(_spoken(row.recipient.email)))
    event = session_event(
        session=session, method=kind.calendar, attendee=attendee, url=url, language=language
    )
    message.add_alternative(
        event.decode(), subtype="calendar", params={"method": kind.calendar}, cte="base64"
    )
    message.add_attachment(event, maintype="application", subtype="ics", filename="invitacion.ics")


def _to(row: Notification) -> Address | str:
    return Address(_one_line(row.recipient.name), *_spoken(row.recipient.email))


def _one_line(name: str) -> str:
    """A name as a header can hold it: forms let a newline through, headers refuse it."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())


def _spoken(address: str) -> tuple[str, str]:
    """Both halves of an address as SMTP spells them: a domain with accents in its ASCII form."""
    user, _, domain = address.rpartition("@")
    try:
        return user, domain.encode("idna").decode()
    except UnicodeError:
        return user, domain


def _preference_headers(row: Notification, kind: Kind) -> dict[str, str]:
    """Where List-Unsubscribe (RFC 8058) goes once people choose what they receive."""
    return {}


def _render(name: str, facts: dict[str, Any], *, escape: bool) -> str:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    return engine.get_template(name).render(Context(facts, autoescape=escape))


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Rules become attributes; what depends on the reader's device stays in the head."""
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
