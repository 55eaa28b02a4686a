"""The mailbox to which people answer, read over IMAP when one is configured (docs/deploy.md).

Each mail is marked when it was looked at: with a keyword of ours where the server allows one, so that it stays unread
for people, else as read. A mail that was taken and not marked is taken again, which changes nothing.
"""

import imaplib
import logging
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError

from coordination.notifications.replies import take
from coordination.notifications.reply_mail import MOST_BYTES

log = logging.getLogger(__name__)
KEYWORD = "MingaRead"
DAYS = 14  # how far back a mailbox is searched: an older answer is to a session that is over, or was read
PATIENCE = 10  # seconds for each answer of the server
SHARE = 20  # seconds of reading in one sweep; the rest waits for the next
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
HERE = ("127.0.0.1", "localhost", "::1")
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
AWAY = (OSError, imaplib.IMAP4.error)


def read_mailbox(now: datetime) -> int:
    """Takes the answers that came since the last time; returns at how many mails it looked.

    0 without a mailbox. A server that is away or refuses us is told to the log: the next sweep asks again.
    """
    if not settings.REPLIES_IMAP_URL:
        return 0
    looked = 0
    try:
        with _opened(settings.REPLIES_IMAP_URL) as mailbox:
            mark = _mark(mailbox)
            until = time.monotonic() + SHARE
            for number in _unread(mailbox, mark, now):
                _take_one(mailbox, number, now)
                mailbox.uid("STORE", number, "+FLAGS.SILENT", f"({mark})")
                looked += 1
                if time.monotonic() > until:
                    break
    except AWAY as error:  # its words may hold the address of the mailbox
        log.warning("the mailbox of answers is away: %s", type(error).__name__)
    return looked


def _take_one(mailbox: imaplib.IMAP4, number: str, now: datetime) -> None:
    """A mail that no answer is as large as is not even fetched."""
    sized = SIZE.search(b" ".join(_lines(mailbox.uid("FETCH", number, "(RFC822.SIZE)"))))
    if sized is None or int(sized.group(1)) > MOST_BYTES:
        log.info("mail not taken: too large")
        return
    bodies = [part[1] for part in mailbox.uid("FETCH", number, "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
    if not bodies:
        return
    try:
        take(raw=bodies[0], now=now)
    except (OperationalError, InterfaceError):  # the database is away: this one again, and those behind it
        raise
    except Exception:  # it is not looked at again, or nobody behind it ever would be
        log.exception("mail not taken")


@contextmanager
def _opened(url: str) -> Iterator[imaplib.IMAP4]:
    """imaps://user:password@host:993/INBOX. Without TLS only on this machine; ``imap`` elsewhere means STARTTLS."""
    told = urlsplit(url)
    host, safe = told.hostname or "", ssl.create_default_context()
    mailbox: imaplib.IMAP4
    if told.scheme == "imaps":
        mailbox = imaplib.IMAP4_SSL(host, told.port or 993, ssl_context=safe, timeout=PATIENCE)
    else:
        mailbox = imaplib.IMAP4(host, told.port or 143, timeout=PATIENCE)
    try:
        if told.scheme != "imaps" and host not in HERE:
            mailbox.starttls(safe)
        mailbox.login(unquote(told.username or ""), unquote(told.password or ""))
        folder = unquote(told.path.strip("/")) or "INBOX"
        answer, _said = mailbox.select(f'"{folder}"')
        if answer != "OK":
            raise imaplib.IMAP4.error("no such folder")
        yield mailbox
    finally:
        with suppress(*AWAY):
            mailbox.logout()


def _mark(mailbox: imaplib.IMAP4) -> str:
    flags = b" ".join(line for line in mailbox.response("PERMANENTFLAGS")[1] if isinstance(line, bytes))
    return KEYWORD if b"\\*" in flags or KEYWORD.encode() in flags else "\\Seen"


def _unread(mailbox: imaplib.IMAP4, mark: str, now: datetime) -> list[str]:
    day = now - timedelta(days=DAYS)
    since = f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"
    wanted = f"UNKEYWORD {mark}" if mark == KEYWORD else "UNSEEN"
    found = b" ".join(_lines(mailbox.uid("SEARCH", f"SINCE {since} {wanted}")))
    return [number for number in found.decode("ascii", errors="replace").split() if number.isdecimal()]


def _lines(answered: tuple[str, list[object]]) -> list[bytes]:
    """What the server said. Raises when it said no."""
    said, lines = answered
    if said != "OK":
        raise imaplib.IMAP4.error("refused")
    return [
        part
        for line in lines
        for part in (line if isinstance(line, tuple) else (line,))
        if isinstance(part, bytes)
    ]
