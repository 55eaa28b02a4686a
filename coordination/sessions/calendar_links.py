"""Addresses that open the calendars of Google and Outlook with the session filled in. Neither has a file to send.

Both are undocumented but long-lived: Google's ``render?action=TEMPLATE``, Outlook's ``deeplink/compose``. Moments go in
UTC, spaces as %20 (Outlook shows a plus as a plus), and the whole stays under what Outlook's server takes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote, urlencode

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _

from coordination.sessions.models import Session
from coordination.sessions.program import parts

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.office.com/calendar/0/deeplink/compose"
LIMIT = 1900  # characters of a whole address; Outlook's server refuses from about 2,048


@dataclass(frozen=True)
class CalendarLinks:
    google: str
    outlook: str


def calendar_links(*, session: Session, url: str, language: str) -> CalendarLinks | None:
    """Where a click writes the session into a calendar, in that language; ``url`` is where it leads back to.

    None where there is nothing to write: no date, cancelled, or casa adentro, of which no other company is told.
    The link to join online is not in it, as it is not in the file. What is too long loses the end of its topic,
    then of its place and title; never the date or the way back.
    """
    if session.starts_at is None or session.ends_at is None:
        return None
    if session.is_casa_adentro or session.state == Session.State.CANCELLED:
        return None
    with translation.override(language):
        title, place = _line(session.title), _line(_place(session))
        told = ". ".join([*filter(None, [session.topic]), *(part.line for part in parts(session))])
    words = (title, place, _line(told))
    starts, ends = session.starts_at.astimezone(UTC), session.ends_at.astimezone(UTC)
    return CalendarLinks(
        google=_fitting(partial(_google, session, starts, ends, url), words),
        outlook=_fitting(partial(_outlook, session, starts, ends, url), words),
    )


def _google(
    session: Session, starts: datetime, ends: datetime, url: str, title: str, place: str, topic: str
) -> str:
    if session.has_hours:
        dates = f"{starts:%Y%m%dT%H%M%SZ}/{ends:%Y%m%dT%H%M%SZ}"
    else:
        day = session.local_day or starts.date()
        dates = f"{day:%Y%m%d}/{day + timedelta(days=1):%Y%m%d}"
    details = "\n\n".join(part for part in (topic, url) if part)
    return _address(
        GOOGLE, action="TEMPLATE", text=title, dates=dates, ctz=str(session.zone), details=details, location=place
    )  # fmt: skip


def _outlook(
    session: Session, starts: datetime, ends: datetime, url: str, title: str, place: str, topic: str
) -> str:
    body = "<br><br>".join(escape(part) for part in (topic, url) if part)  # Outlook reads it as HTML
    if session.has_hours:
        when = {"startdt": f"{starts:%Y-%m-%dT%H:%M:%SZ}", "enddt": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
    else:
        day = (session.local_day or starts.date()).isoformat()
        when = {"startdt": day, "enddt": day, "allday": "true"}
    return _address(
        OUTLOOK, path="/calendar/action/compose", rru="addevent", subject=title, **when, body=body, location=place
    )  # fmt: skip


def _address(base: str, **facts: str) -> str:
    return f"{base}?{urlencode({name: fact for name, fact in facts.items() if fact}, quote_via=quote)}"


def _fitting(build: Callable[[str, str, str], str], words: tuple[str, str, str]) -> str:
    title, place, topic = words
    made = build(title, place, topic)
    while len(made) > LIMIT and (topic or len(place) > 40 or len(title) > 40):
        if topic:
            topic = _shorter(topic)
        elif len(place) > 40:
            place = _shorter(place)
        else:
            title = _shorter(title)
        made = build(title, place, topic)
    return made


def _shorter(words: str) -> str:
    """Three quarters of it, at the end of a word; nothing of what is short already."""
    if len(words) <= 20:
        return ""
    cut = words.removesuffix("…")[: len(words) * 3 // 4]
    return f"{(cut.rpartition(' ')[0] or cut).rstrip(' ,;.')}…"


def _line(words: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def _place(session: Session) -> str:
    if session.modality == Session.Modality.ONLINE:
        return _("Online")
    return ", ".join(part for part in (session.venue, session.address) if part) or session.place
