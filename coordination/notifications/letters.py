"""Writes one message for one person: words, calendar and headers, in their language and with their rights.

Whole files per language, ``templates/emails/<language>/<kind>.subject.txt``, ``.txt`` and ``.html``; the facts they
use are computed in ``contents``. A casa adentro session has one letter for every kind, which says nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone, translation

from coordination.notifications import contents, ladder_letter, mime, preferences, truths
from coordination.notifications.kinds import CLOSED_PART, DAILY_DIGEST, KINDS, Kind
from coordination.notifications.models import Notification
from coordination.notifications.stationery import fill
from coordination.sessions.calendar import Entry, Method
from coordination.sessions.models import Session

CLOSED_DOOR = "casa_adentro"  # the letter of every kind about a closed session
Entries = dict[tuple[int, Method, str], Entry]


@dataclass(frozen=True)
class Words:
    """What a person reads of a letter."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Letter:
    """A message as it goes over the line."""

    message_id: str
    sender: str
    recipient: str
    content: bytes
    refusals: int = 0  # how many mails in a row this person's server has refused so far


def write(row: Notification, subject: Any, now: datetime, entries: Entries | None = None) -> Letter:
    """The letter of this row as things stand now. Raises what the templates raise.

    ``entries`` keeps the calendar of a session for the next recipient; whoever gives it answers for the session being
    the same one.
    """
    kind = KINDS[row.kind]
    language = row.recipient.language
    with translation.override(language):
        session = truths.session_of(subject)
        closed = kind.name == CLOSED_PART or truths.is_closed(subject)
        name = CLOSED_DOOR if closed else kind.name
        facts = contents.common(row) if closed else contents.facts(row, kind, subject, now)
        words = compose(name, language, facts)
        readable = [mime.text_part("plain", words.text), mime.text_part("html", words.html)]
        body = mime.multipart("alternative", readable)
        # A request would put the session on the calendar of a focal point who is not going.
        if (
            kind.calendar
            and session is not None
            and not closed
            and (kind.calendar == "CANCEL" or facts["role"])
        ):
            event = _event(row, session, kind.calendar, facts["url"], {} if entries is None else entries)
            acted, opened = mime.calendar_parts(kind.calendar, event, "invitacion.ics")
            body = mime.multipart("mixed", [mime.multipart("alternative", [*readable, acted]), opened])
        elif kind.name == ladder_letter.KIND and not closed:
            key = ladder_letter.may_hold_key(row.recipient_id, subject, timezone.localdate(now))
            paper = ladder_letter.made(subject, row, now=now, language=language, with_key=key)
            body = mime.multipart("mixed", [body, mime.pdf_part(paper, ladder_letter.file_name(language))])
        headers = _headers(row, kind, name, words.subject, facts.get("sender", ""), now)
    return Letter(
        message_id=message_id(row),
        sender=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        recipient="@".join(_spoken(row.recipient.email)),
        content=mime.message(headers, body),
        refusals=row.recipient.bounces,
    )


def compose(name: str, language: str, facts: dict[str, Any]) -> Words:
    """The three parts of a letter, from its whole files and the facts they use. Raises what the templates raise."""
    folder = f"emails/{language}/{name}"
    return Words(
        subject=" ".join(fill(f"{folder}.subject.txt", facts, escape=False).split()),
        text=fill(f"{folder}.txt", facts, escape=False).strip() + "\n",
        html=fill(f"{folder}.html", facts, escape=True),
    )


def message_id(row: Notification) -> str:
    """The same on every try: whoever gets the mail twice can tell, and most mail programs show one."""
    key = f"{row.kind}|{row.rung}|{row.subject_type}|{row.subject_id}|{row.recipient_id}|{row.version}"
    if row.copy:  # sent again by hand: another message, which mail programs must show
        key += f"|{row.copy}"
    digest = hashlib.sha256(f"{settings.LINK_KEY}|{key}".encode()).hexdigest()[:32]
    return f"<{digest}@{urlsplit(settings.BASE_URL).hostname}>"


def _headers(row: Notification, kind: Kind, name: str, subject: str, sender: str, now: datetime) -> list[str]:
    title, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    user, _, domain = address.rpartition("@")
    return [
        mime.header("Subject", subject),
        f"From: {mime.mailbox(_one_line(sender or title), user, domain)}",
        f"To: {mime.mailbox(_one_line(row.recipient.name), *_spoken(row.recipient.email))}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: {message_id(row)}",
        "Auto-Submitted: auto-generated",
        f"Content-Language: {row.recipient.language}",
        *(mime.header(*each) for each in _preference_headers(row, kind, name).items()),
    ]


def _event(row: Notification, session: Session, method: Method, url: str, entries: Entries) -> bytes:
    key = (session.pk, method, row.recipient.language)
    if key not in entries:
        entries[key] = Entry(session, method, row.recipient.language)
    return entries[key].for_one((_one_line(row.recipient.name), "@".join(_spoken(row.recipient.email))), url)


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


def _preference_headers(row: Notification, kind: Kind, name: str) -> dict[str, str]:
    """Where one click stops this kind (RFC 8058), when it can be chosen. What is closed does not say its kind."""
    if name == CLOSED_DOOR or not (kind.choosable or kind.name == DAILY_DIGEST):
        return {}
    return {
        "List-Unsubscribe": f"<{settings.BASE_URL}{preferences.stop_link(row.recipient, kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
