"""Whole calendar files as they leave, kept beside the tests: request, update, cancellation, feed, three zones.

Calendars of other makers act on every byte of them, so a change is looked at before it is kept: `MINGA_GOLDEN=write`
writes them anew, and the diff of the commit shows what recipients would get.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event, Timezone

from coordination.sessions import actions
from coordination.sessions.calendar import calendar_feed, session_event
from coordination.sessions.models import Session
from tests.cast import Cast
from tests.sessions.scheduling import convened, with_item

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "golden"
ATTENDEE = ('Carmen "Mita" Loja; MSc, de Ñuñoa', "carmen@cast.example")
LINK = "https://minga.example/es/i/x/"
MADE = datetime(2026, 3, 2, 15, tzinfo=UTC)
TOPIC = "Niñez; acogida, rutas \\ y cédulas:\n“¿dónde?” " + "áéíóúñ " * 12


def fixed(cast: Cast, number: int = 1, **fields: object) -> Session:
    """A convened session that is the same on every day and machine."""
    given = {
        "topic": TOPIC,
        "venue": "Auditorio, segundo piso; puerta norte",
        "address": "Calle Loja 3",
    } | fields
    session = convened(cast, **given)
    Session.objects.filter(pk=session.pk).update(
        public_id=UUID(int=0x4000_8000_0000_0000_0000 + number), created_at=MADE, convened_at=MADE
    )
    return Session.objects.select_related("mesa", "canton", "province").get(pk=session.pk)


def request(session: Session, method: str = "REQUEST") -> bytes:
    return session_event(session=session, method=method, attendee=ATTENDEE, url=LINK, language="es")  # type: ignore[arg-type]


def kept(name: str, made: bytes) -> Calendar:
    """The file is the one kept, is spelled as RFC 5545 asks, and is read back."""
    path = FOLDER / name
    if os.environ.get("MINGA_GOLDEN") == "write":
        path.write_bytes(made)
    assert made.decode() == path.read_bytes().decode(), f"{name} is no longer what recipients got"
    assert made.endswith(b"END:VCALENDAR\r\n") and made.count(b"\n") == made.count(b"\r\n") == made.count(
        b"\r"
    )
    for line in made.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # folded between signs, never inside one
    calendar = Calendar.from_ical(made)
    assert isinstance(calendar, Calendar)
    return calendar


def the_event(calendar: Calendar) -> Event:
    (event,) = calendar.walk("VEVENT")
    assert event["dtstamp"].dt.tzinfo is not None and event["dtstamp"].dt.utcoffset() == timedelta()
    return event


def test_request_update_and_cancellation_are_one_entry_for_life(cast: Cast) -> None:
    session = fixed(cast)
    with_item(cast, session, "Rutas, trámites; y más")
    first = kept("request.ics", request(session))
    start = session.starts_at
    assert start
    actions.edit(
        session_id=session.pk, version=session.version, starts_at=start + timedelta(days=7),
        ends_at=start + timedelta(days=7, hours=3), by=cast.secretariat, now=MADE + timedelta(days=1),
    )  # fmt: skip
    session.refresh_from_db()
    second = kept("update.ics", request(session))
    actions.cancel(
        session_id=session.pk, reason="Paro; vías cerradas, hasta nuevo aviso", by=cast.secretariat,
        now=MADE + timedelta(days=2),
    )  # fmt: skip
    session.refresh_from_db()
    third = kept("cancel.ics", request(session, "CANCEL"))
    events = [the_event(calendar) for calendar in (first, second, third)]
    assert [str(calendar["method"]) for calendar in (first, second, third)] == [
        "REQUEST",
        "REQUEST",
        "CANCEL",
    ]
    assert len({event["uid"] for event in events}) == 1
    assert [event["sequence"] for event in events] == [1, 2, 3]
    stamps = [event["dtstamp"].dt for event in events]
    assert stamps == sorted(set(stamps))
    assert [event["status"] for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    for event in events:
        assert not isinstance(event["attendee"], list)
        assert event["attendee"] == "mailto:carmen@cast.example"
        assert event["attendee"].params["CN"] == ATTENDEE[0]
        assert event["location"] == "Auditorio, segundo piso; puerta norte, Calle Loja 3"
        assert TOPIC.strip() in event["description"] and LINK in event["description"]
        assert event["summary"] == session.title
    assert events[0]["dtstart"].dt == start
    assert events[1]["dtstart"].dt == start + timedelta(days=7)


@pytest.mark.parametrize(
    ("name", "zone", "starts_at", "hours"),
    [
        ("galapagos.ics", "Pacific/Galapagos", datetime(2026, 6, 1, 15, tzinfo=UTC), 3),
        ("leap_night.ics", "America/Guayaquil", datetime(2028, 3, 1, 3, 30, tzinfo=UTC), 4),
        ("clocks_back.ics", "Europe/Madrid", datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 3),
    ],
)
def test_the_zone_in_the_file_is_the_zone(
    cast: Cast, name: str, zone: str, starts_at: datetime, hours: float
) -> None:
    session = fixed(cast, time_zone=zone, starts_at=starts_at, hours=hours)
    calendar = kept(name, request(session))
    event = the_event(calendar)
    (told,) = calendar.walk("VTIMEZONE")
    assert isinstance(told, Timezone)
    assert told["tzid"] == zone == event["dtstart"].params["TZID"] == event["dtend"].params["TZID"]
    assert event["dtstart"].dt == starts_at and event["dtend"].dt == starts_at + timedelta(hours=hours)
    # A calendar that does not know the zone works with the rules of the file: they must say the same hour.
    rules, known = told.to_tz(lookup_tzid=False), ZoneInfo(zone)
    for at in (starts_at, starts_at + timedelta(hours=hours), starts_at + timedelta(days=120)):
        wall = at.astimezone(known).replace(tzinfo=None)
        if known.utcoffset(wall.replace(fold=0)) != known.utcoffset(wall.replace(fold=1)):
            continue  # an hour that comes twice has two right answers
        assert rules.utcoffset(wall) == known.utcoffset(wall), at


def test_a_feed_is_one_calendar_with_the_same_entries(cast: Cast) -> None:
    here = fixed(cast)
    there = fixed(
        cast, 2, time_zone="Pacific/Galapagos", starts_at=datetime(2026, 6, 1, 15, tzinfo=UTC), topic="Islas"
    )
    made = calendar_feed(
        sessions=[here, there], name="Mesa; Zonal, Frontera Sur", link_of=lambda _session: LINK, language="es"
    )
    calendar = kept("feed.ics", made)
    assert calendar["method"] == "PUBLISH" and str(calendar["x-wr-calname"]) == "Mesa; Zonal, Frontera Sur"
    assert sorted(zone["tzid"] for zone in calendar.walk("VTIMEZONE")) == [
        "America/Guayaquil",
        "Pacific/Galapagos",
    ]
    events = calendar.walk("VEVENT")
    assert len(events) == 2 and not any("attendee" in event for event in events)
    alone = the_event(Calendar.from_ical(request(here)))  # type: ignore[arg-type]
    for name in ("uid", "sequence", "dtstamp", "dtstart", "dtend", "summary", "location", "description"):
        assert events[0].content_line(name, events[0][name]) == alone.content_line(name, alone[name])
