"""A session as an iCalendar object (RFC 5545, iTIP RFC 5546): what calendars open, move and cancel by themselves."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit
from uuid import uuid5

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Parameters, Timezone, vCalAddress, vDuration, vText, vUri
from icalendar.parser import Contentline

from coordination.common import dates
from coordination.sessions.models import Block, Session
from coordination.sessions.program import parts
from coordination.sessions.queries import agenda_with_times

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
READ_AGAIN = timedelta(hours=4)  # a cancellation goes by mail at once; the feed may follow the same morning


def blank(method: Method, language: str) -> Calendar:
    """The head that every calendar file of ours begins with."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Minga//{host()}//{dates.spoken(language).upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def session_event(
    *, session: Session, method: Method, attendee: tuple[str, str] | None, url: str, language: str
) -> bytes:
    """The calendar file for one recipient (or, published, for anybody), in their language.

    The UID never changes and SEQUENCE is ``schedule_version``, so a newer file replaces the older entry. The
    moment of the last change is the stamp: the same session gives the same bytes. The link to join online is
    not in it, because a calendar is forwarded and synchronized. A casa adentro session says only when.
    Raises ValueError for a session whose date is not on record.
    """
    return Entry(session, method, language).for_one(attendee, url)


def closed_hours(*, session: Session, blocks: Sequence[Block], language: str) -> bytes:
    """The hours of closed blocks for who stands in the circle: a meeting, private, and not a word more.

    No place, no link and no name of the session: calendars are synchronized by other companies.
    """
    calendar = blank("PUBLISH", language)
    with translation.override(language):
        for block in blocks:
            event = Event()
            event.add("uid", f"{uuid5(session.public_id, str(block.pk))}@{host()}")
            event.add("dtstamp", _last_change(session))
            event.add("dtstart", block.starts_at.astimezone(session.zone))
            event.add("dtend", block.ends_at.astimezone(session.zone))
            event.add("summary", _("Meeting"))
            event.add("class", "PRIVATE")
            calendar.add_component(event)
    for name in sorted(calendar.get_missing_tzids()):
        years = [block.starts_at.year for block in blocks]
        calendar.subcomponents.insert(0, _zone(name, min(years), max(years)))
    return calendar.to_ical()


class Entry:
    """What the files of one session have in common, put together once for however many recipients."""

    BEGIN = b"\r\nBEGIN:VEVENT\r\n"
    END = b"\r\nEND:VEVENT\r\n"  # no value holds a line's end: words are escaped, folded lines begin with a space

    def __init__(self, session: Session, method: Method, language: str, *, alone: bool = True) -> None:
        """``alone`` brings its time zone along; in a feed the zones stand once for all."""
        if session.starts_at is None or session.ends_at is None:
            raise ValueError("A session without a date has no calendar entry.")
        self.method, self.open = method, not session.is_casa_adentro
        calendar = blank(method, language)
        with translation.override(language):
            event = _event(session, session.starts_at, session.ends_at, method)
            self.words = _description(session) if self.open else ""
        event["organizer"] = _organizer()
        calendar.add_component(event)
        for name in sorted(calendar.get_missing_tzids()) if alone else ():
            calendar.subcomponents.insert(0, _zone(name, session.starts_at.year, session.ends_at.year))
        self.head, self.tail = calendar.to_ical().split(self.END)

    def for_one(self, attendee: tuple[str, str] | None, url: str) -> bytes:
        """The file with the lines that are this recipient's: words with their link, the link, their name."""
        return self.head + self._lines(attendee, url) + self.END + self.tail

    def for_feed(self, url: str) -> bytes:
        """The event alone, from its BEGIN to its END: what a calendar of many takes in."""
        event = self.head[self.head.index(self.BEGIN) + 2 :]
        return event + self._lines(None, url) + self.END

    def _lines(self, attendee: tuple[str, str] | None, url: str) -> bytes:
        lines = []
        if self.open:
            words = f"{self.words}\n\n{url}".strip() if url else self.words
            lines.append(Contentline.from_parts("DESCRIPTION", Parameters(), vText(words)))
            if url:
                lines.append(Contentline.from_parts("URL", Parameters(), vUri(url)))
        if attendee:
            guest = _attendee(*attendee, method=self.method)
            lines.append(Contentline.from_parts("ATTENDEE", guest.params, guest))
        return b"".join(b"\r\n" + line.to_ical() for line in lines)


def calendar_feed(
    *, sessions: Sequence[Session], name: str, link_of: Callable[[Session], str], language: str
) -> bytes:
    """Many sessions as one published calendar, each the entry its letters carry: same UID, same SEQUENCE.

    The same sessions give the same bytes. Select mesa, canton and province with them and prefetch the agenda.
    Raises ValueError for a session casa adentro: it is in no feed, whoever reads it (design: product, casa adentro).
    """
    if any(session.is_casa_adentro for session in sessions):
        raise ValueError("A session casa adentro is in no feed.")
    calendar = blank("PUBLISH", language)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(READ_AGAIN))
    for zone, years in sorted(_years_by_zone(sessions).items()):
        calendar.add_component(_zone(zone, min(years), max(years)))
    head, end, _nothing = calendar.to_ical().rpartition(b"END:VCALENDAR\r\n")
    entries = [
        Entry(session, "PUBLISH", language, alone=False).for_feed(link_of(session)) for session in sessions
    ]
    return head + b"".join(entries) + end


def last_change(sessions: Sequence[Session]) -> datetime | None:
    """When something a calendar shows of them last changed, as far as the rows tell."""
    return max((_last_change(session) for session in sessions), default=None)


def _years_by_zone(sessions: Sequence[Session]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for session in sessions:
        if session.has_hours and session.starts_at and session.ends_at:
            found.setdefault(session.zone.key, set()).update((session.starts_at.year, session.ends_at.year))
    return found


@lru_cache(maxsize=64)
def _zone(name: str, first_year: int, last_year: int) -> Timezone:
    """Kept, because working a zone out takes longer than everything else in a letter.

    Whole years around it: the library writes a zone only where it finds a rule beginning inside the range.
    """
    return Timezone.from_tzid(
        name, first_date=date(first_year - 1, 1, 1), last_date=date(last_year + 2, 1, 1)
    )


def uid(session: Session) -> str:
    return f"session-{session.public_id}@{host()}"


def _event(session: Session, starts_at: datetime, ends_at: datetime, method: Method) -> Event:
    cancelled = method == "CANCEL" or session.state == Session.State.CANCELLED
    event = Event()
    event.add("uid", uid(session))
    event.add("sequence", session.schedule_version)
    stamp = _last_change(session)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    if session.has_hours:
        event.add("dtstart", starts_at.astimezone(session.zone))
        event.add("dtend", ends_at.astimezone(session.zone))
    else:
        event.add("dtstart", starts_at.astimezone(session.zone).date())
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if session.is_casa_adentro:
        event.add("summary", _("Meeting"))
        event.add("class", "PRIVATE")
        return event
    event.add("summary", session.title)
    if place := _place(session):
        event.add("location", place)
    return event


def _place(session: Session) -> str:
    if session.modality == Session.Modality.ONLINE:
        return session.place
    canton = session.canton.name if session.canton else ""
    named = canton in (session.venue, session.address) or session.address.endswith(f", {canton}")
    place = ", ".join(part for part in (session.venue, session.address, "" if named else canton) if part)
    if session.modality == Session.Modality.HYBRID:
        return _("%(place)s, or online") % {"place": place} if place else _("In person or online")
    return place


def _description(session: Session) -> str:
    lines = [session.topic] if session.topic else []
    if program := parts(session, outside=True):
        lines += ["", _("Programme"), *(f"- {part.line}" for part in program)]
    agenda = agenda_with_times(session, outside=True)
    if agenda.items:
        lines += ["", _("Agenda")] if lines else [_("Agenda")]
        for number, timed in enumerate(agenda.items, start=1):
            if timed.opens:
                lines.append(f"{timed.opens.name}:")
            hour = f" ({dates.clock(timed.starts_at.astimezone(session.zone))})" if timed.starts_at else ""
            lines.append(f"{number}. {timed.item.title}{hour}")
    if session.cancel_reason:
        lines += ["", _("Reason of the cancellation: %(reason)s") % {"reason": session.cancel_reason}]
    return "\n".join(lines).strip()


def _last_change(session: Session) -> datetime:
    moments = (session.created_at, session.convened_at, session.moved_at, session.cancelled_at)
    return max(moment for moment in moments if moment)


def _organizer() -> vCalAddress:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = vText(name or "Minga")
    return organizer


def _attendee(name: str, address: str, *, method: Method) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["CN"] = vText(name)
    attendee.params["CUTYPE"] = vText("INDIVIDUAL")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    if method == "REQUEST":
        attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
        attendee.params["RSVP"] = vText("TRUE")
    return attendee


def host() -> str:
    """The name in the ids of our calendar entries: the one this site answers to."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"
