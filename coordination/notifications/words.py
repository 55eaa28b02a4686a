"""A message's state in sentences: what happened, what the mail server meant, what to do about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.common import dates
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Notification

STATE = Notification.State


@dataclass(frozen=True)
class Said:
    """A light and a sentence."""

    light: str
    text: str


def kind_words(kind: str) -> str:
    """The name people give to a kind; of one that is no longer made, what is known."""
    return str(KINDS[kind].label) if kind in KINDS else kind


def state_words(row: Notification, now: datetime, zone: str = "") -> Said:
    """What became of this message, in one sentence."""
    zone = zone or settings.TIME_ZONE
    if row.state == STATE.SENT:
        return Said("green", _sent(row, zone))
    if row.state == STATE.PLANNED:
        return _planned(row, now, zone)
    if row.state == STATE.FAILED:
        return Said("red", _("the mailbox refused it: %(answer)s") % {"answer": answer_of(row)})
    if row.state == STATE.UNKNOWN:
        if row.doubts > 1:
            return Said("amber", _("it is not known whether it arrived: it was tried again"))
        return Said("amber", _("it is not known whether it arrived"))
    if row.state == STATE.HELD:
        if row.not_after <= now:
            return Said("amber", _("held back, and its time has passed"))
        return Said("amber", _("held back"))
    if row.state == STATE.EXPIRED:
        return Said("red", _("it did not leave in time"))
    if row.state == STATE.SUPERSEDED:
        return Said("grey", _("it was no longer needed"))
    return Said("grey", _("it is leaving now"))


def _sent(row: Notification, zone: str) -> str:
    assert row.sent_at is not None  # noqa: S101  a constraint of the table
    at = at_words(row.sent_at, zone, row.due_at)
    if row.channel == Notification.Channel.INBOX:
        return _("it was left in their inbox %(at)s") % {"at": at}
    if row.channel == Notification.Channel.DIGEST:
        return _("it was kept for the daily summary %(at)s") % {"at": at}
    if row.doubts:
        return _("it left %(at)s, after a try of which nothing is known") % {"at": at}
    return _("it left %(at)s") % {"at": at}


def _planned(row: Notification, now: datetime, zone: str) -> Said:
    if row.doubts:
        return Said("amber", _("it is not known whether it arrived: it is tried again"))
    if row.attempts and row.next_try_at > now:
        at = at_words(row.next_try_at, zone, now)
        return Said("amber", _("the mail server asked to wait: it is tried again %(at)s") % {"at": at})
    if row.next_try_at > now:
        return Said("grey", _("it waits for its hour"))
    return Said("grey", _("it is about to leave"))


def at_words(at: datetime, zone: str, beside: datetime | None = None) -> str:
    """a las 09:02 · el 9 mar. 2026 a las 09:02, when the day differs from the one that stands beside it."""
    local = at.astimezone(ZoneInfo(zone))
    hour = _("at %(clock)s") % {"clock": dates.clock(local)}
    if beside is not None and beside.astimezone(ZoneInfo(zone)).date() == local.date():
        return hour
    return _("on %(day)s %(hour)s") % {"day": dates.short_date(local.date()), "hour": hour}


def answer_of(row: Notification) -> str:
    """The server's own words, with the code that machines read."""
    return " ".join(str(part) for part in (row.answer_code, row.answer_text) if part) or _("no reason given")


def meaning(row: Notification) -> tuple[str, str] | None:
    """What the server's answer means, and what to do; None when there is nothing of note.

    Source: RFC 5321 section 4.2.3, and RFC 3463 for the figures with dots.
    """
    code, text = row.answer_code, row.answer_text.lower()
    if row.state == Notification.State.UNKNOWN:
        return (
            _("The connection broke while the letter was handed over: it may have arrived."),
            _("Ask the person before you send it again."),
        )
    if row.state == Notification.State.EXPIRED:
        return (
            _("It did not leave while it was of use, so it was not sent late."),
            _("If the person still has to know, call, or send it again."),
        )
    if not code or code // 100 == 2:
        return None
    if code in (530, 534, 535, 538):
        return (
            _("The mail server does not accept the name or the key that Minga gives it."),
            _("Tell an administrator: nothing leaves until it is mended."),
        )
    if code in (452, 552) or "5.2.2" in text or "4.2.2" in text:
        return (
            _("The mailbox is full, or the message is larger than it takes."),
            _("Tell the person by telephone, and send it again once there is room."),
        )
    if code // 100 == 4:
        return (
            _("The mail server asked to wait. That is usual: many let nobody in at the first try."),
            _("There is nothing to do: it is tried again by itself while it is of use."),
        )
    if "5.7." in text or "spam" in text or "policy" in text or "block" in text or code == 554:
        return (
            _("The mail server took the message for unwanted mail, or does not let us in."),
            _("Ask the support of that institution to accept mail from %(sender)s, then send it again.")
            % {"sender": settings.DEFAULT_FROM_EMAIL},
        )
    return (
        _("The address does not exist, is misspelt or no longer takes mail."),
        _("Ask the person for another address, correct it, then send it again."),
    )


def lateness(row: Notification) -> str:
    """How long after its hour it left, when that is worth saying."""
    if row.sent_at is None or row.copy:
        return ""
    late = row.sent_at - row.due_at
    if late < timedelta(minutes=2):
        return ""
    minutes = int(late.total_seconds() // 60)
    if minutes < 120:
        return ngettext("%(n)s minute after its hour", "%(n)s minutes after its hour", minutes) % {
            "n": minutes
        }
    hours = minutes // 60
    if hours >= 48:
        return ngettext("%(n)s day after its hour", "%(n)s days after its hour", hours // 24) % {
            "n": hours // 24
        }
    return ngettext("%(n)s hour after its hour", "%(n)s hours after its hour", hours) % {"n": hours}
