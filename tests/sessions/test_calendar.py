"""The calendar file, read back with the library that calendars' authors read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Event

from coordination.sessions import actions
from coordination.sessions.calendar import session_event
from coordination.sessions.models import Session
from coordination.taxonomies.models import Canton
from tests.cast import Cast
from tests.sessions.scheduling import convened, with_item


def made(session: Session, method: Any = "REQUEST", **given: Any) -> bytes:
    given = {
        "attendee": ("Carmen Loja, MSc", "carmen@cast.example"),
        "url": "https://minga.example/i/x/",
    } | given
    return session_event(session=session, method=method, language="es", **given)


def read(data: bytes) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(data)
    assert isinstance(calendar, Calendar)
    return calendar, calendar.walk("VEVENT")[0]


def test_a_request_says_when_where_and_to_whom(cast: Cast) -> None:
    session = convened(cast, venue="Auditorio, segundo piso; puerta norte", address="Calle Loja 3")
    with_item(cast, session, "Rutas")
    calendar, event = read(made(session))
    assert calendar["method"] == "REQUEST"
    assert event["uid"] == f"session-{session.public_id}@127.0.0.1"
    assert event["sequence"] == 1
    assert event["dtstamp"].dt.utcoffset() == timedelta(0)
    assert event["dtstart"].dt == session.starts_at
    assert event["dtend"].dt == session.ends_at
    assert event["dtstart"].params["TZID"] == "America/Guayaquil"
    assert event["organizer"] == "mailto:avisos@minga.example"
    assert event["attendee"] == "mailto:carmen@cast.example"
    assert event["attendee"].params["RSVP"] == "TRUE"
    assert event["attendee"].params["CN"] == "Carmen Loja, MSc"
    assert "Mesa Zonal Frontera Sur" in event["summary"]
    assert event["location"] == "Auditorio, segundo piso; puerta norte, Calle Loja 3"
    assert "Rutas (09:30)" in event["description"]
    assert event["url"] == "https://minga.example/i/x/"
    assert event["status"] == "CONFIRMED"


def test_a_town_that_the_address_names_is_said_once(cast: Cast) -> None:
    session = convened(cast, venue="Auditorio", address="Tulcán")
    session.canton = Canton(name="Tulcán")
    assert read(made(session))[1]["location"] == "Auditorio, Tulcán"


def test_the_same_session_gives_the_same_bytes(cast: Cast) -> None:
    session = convened(cast)
    assert made(session) == made(session)


def test_a_moved_session_replaces_its_older_entry(cast: Cast) -> None:
    session = convened(cast)
    _calendar, before = read(made(session))
    moved = actions.edit(
        session_id=session.pk,
        version=session.version,
        venue="Casa comunal",
        by=cast.secretariat,
        now=cast.in_days(1),
    )
    _calendar, after = read(made(moved))
    assert after["uid"] == before["uid"]
    assert after["sequence"] == before["sequence"] + 1
    assert after["dtstamp"].dt >= before["dtstamp"].dt


def test_a_cancellation_takes_the_entry_away(cast: Cast) -> None:
    session = actions.cancel(
        session_id=convened(cast).pk, reason="Vía cerrada", by=cast.secretariat, now=cast.now
    )
    calendar, event = read(made(session, "CANCEL"))
    assert (calendar["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 2)
    assert "RSVP" not in event["attendee"].params
    assert "Vía cerrada" in event["description"]


def test_a_published_entry_names_nobody(cast: Cast) -> None:
    calendar, event = read(made(convened(cast), "PUBLISH", attendee=None))
    assert calendar["method"] == "PUBLISH"
    assert "attendee" not in event


def test_a_closed_session_says_only_when(cast: Cast) -> None:
    session = convened(
        cast, is_casa_adentro=True, topic="Tema reservado", venue="Sala 4", online_url="https://sala.example"
    )
    with_item(cast, session, "Punto reservado")
    data = made(session).decode()
    _calendar, event = read(data.encode())
    for word in ("reservado", "Sala 4", "Frontera", "sala.example", "minga.example/i/"):
        assert word not in data
    assert {"location", "description", "url"}.isdisjoint(name.lower() for name in event)
    assert event["dtstart"].dt == session.starts_at


def test_the_link_to_join_is_not_in_a_calendar_that_gets_forwarded(cast: Cast) -> None:
    session = convened(cast, modality="online", online_url="https://sala.example/secreta", venue="")
    assert b"sala.example" not in made(session)


def test_long_lines_are_folded_and_come_back_whole(cast: Cast) -> None:
    session = convened(cast, topic="Alojamiento; rutas, y niñez no acompañada. " * 5)
    data = made(session)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    _calendar, event = read(data)
    assert session.topic.strip() in event["description"]


@pytest.mark.parametrize(
    ("zone", "starts_at", "local"),
    [
        ("Pacific/Galapagos", datetime(2026, 6, 1, 15, tzinfo=UTC), "2026-06-01 09:00"),
        ("America/Guayaquil", datetime(2028, 3, 1, 3, 30, tzinfo=UTC), "2028-02-29 22:30"),
        ("Europe/Madrid", datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "2026-10-25 01:30"),
    ],
)
def test_the_zone_travels_in_the_file(cast: Cast, zone: str, starts_at: datetime, local: str) -> None:
    session = convened(cast, time_zone=zone, starts_at=starts_at)
    calendar, event = read(made(session))
    zones = calendar.walk("VTIMEZONE")
    assert [found["tzid"] for found in zones] == [zone]
    assert zones[0].walk("STANDARD")
    assert event["dtstart"].dt.strftime("%Y-%m-%d %H:%M") == local
    assert event["dtstart"].dt == starts_at
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=3) or zone == "Europe/Madrid"
    assert event["dtend"].dt == session.ends_at


def test_a_session_without_a_date_has_no_entry(cast: Cast) -> None:
    session = Session(mesa=cast.mesa, provenance="historic")
    with pytest.raises(ValueError, match="without a date"):
        made(session)
