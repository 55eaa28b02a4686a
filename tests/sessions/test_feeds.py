"""Feeds: what they carry, for whom, how calendars ask for them again, and what is never in them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event

from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.models import Mesa
from coordination.organizations.models import Person
from coordination.sessions import actions
from coordination.sessions.calendar import calendar_feed, session_event
from coordination.sessions.models import AgendaItem, CalendarFeed, CircleMember, Session
from coordination.taxonomies.models import Canton, Province
from tests.cast import Cast, acting


def make(cast: Cast, count: int = 1, *, days: float = 10, **fields: Any) -> list[Session]:
    start = timezone.now().replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=days)
    given: dict[str, Any] = {"mesa": cast.mesa, "state": "convened", "topic_es": "Alojamiento"} | fields
    first = Session.objects.filter(mesa=given["mesa"]).count() + 1
    made = Session.objects.bulk_create(
        Session(
            number=first + place,
            starts_at=start + timedelta(days=place % 300),
            ends_at=start + timedelta(days=place % 300, hours=3),
            **given,
        )
        for place in range(count)
    )
    AgendaItem.objects.bulk_create(
        AgendaItem(session=session, order=1, title_es="Rutas", minutes=30) for session in made
    )
    return made


def invite(session: Session, organization: Any, **fields: Any) -> Invitation:
    given = {"link_expires_at": session.ends_at, "created_at": timezone.now()} | fields
    return Invitation.objects.create(session=session, organization=organization, **given)


def feed_for(someone: Person, **subject: int) -> CalendarFeed:
    return actions.open_feed(owner_id=someone.pk, **subject, by=acting(someone), now=timezone.now())


def path(feed: CalendarFeed) -> str:
    return reverse("sessions:feed", args=[feed.token])


def events(response: Any) -> list[Event]:
    assert response.status_code == 200
    calendar = Calendar.from_ical(response.content)
    assert isinstance(calendar, Calendar)
    return [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def carried(where: CalendarFeed | str) -> set[str]:
    response = Client().get(where if isinstance(where, str) else path(where))
    return {str(event["uid"]).partition("@")[0].removeprefix("session-") for event in events(response)}


def ids(*sessions: Session) -> set[str]:
    return {str(session.public_id) for session in sessions}


def test_a_feed_is_a_published_calendar_whose_entries_are_those_of_the_letters(cast: Cast) -> None:
    session = make(cast, venue="Auditorio", schedule_version=3)[0]
    response = Client().get(reverse("sessions:feed_mesa", args=[cast.mesa.slug]))
    assert response["Content-Type"].startswith("text/calendar")
    calendar = Calendar.from_ical(response.content)
    assert calendar["method"] == "PUBLISH"
    assert calendar["x-wr-calname"] == "Minga: Mesa Zonal Frontera Sur"
    assert calendar["refresh-interval"].dt == timedelta(hours=4)
    assert calendar["refresh-interval"].params["VALUE"] == "DURATION"
    assert calendar["x-published-ttl"] == "PT4H"
    assert [zone["tzid"] for zone in calendar.walk("VTIMEZONE")] == ["America/Guayaquil"]
    entry = events(response)[0]
    link = f"http://127.0.0.1:8000{session.get_absolute_url()}"
    letter = session_event(session=session, method="REQUEST", attendee=None, url=link, language="es")
    sent = Calendar.from_ical(letter).walk("VEVENT")[0]
    for name in ("uid", "sequence", "summary", "location", "status", "dtstamp"):
        assert entry[name] == sent[name], name
    assert entry["dtstart"].dt == session.starts_at
    assert entry["sequence"] == 3
    assert "Rutas" in entry["description"]
    assert str(entry["url"]).endswith(session.get_absolute_url())
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))


def test_several_zones_stand_once_each_before_the_entries(cast: Cast) -> None:
    make(cast, 2)
    make(cast, 2, days=40, time_zone="Pacific/Galapagos")
    content = Client().get(reverse("sessions:feed_mesa", args=[cast.mesa.slug])).content
    assert content.count(b"BEGIN:VTIMEZONE") == 2
    assert content.index(b"BEGIN:VEVENT") > content.rindex(b"END:VTIMEZONE")
    assert {event["dtstart"].params["TZID"] for event in Calendar.from_ical(content).walk("VEVENT")} == {
        "America/Guayaquil",
        "Pacific/Galapagos",
    }


def test_a_cancelled_session_stays_as_cancelled(cast: Cast) -> None:
    make(cast, state="cancelled", cancelled_at=timezone.now(), cancel_reason="Vía cerrada")
    entry = events(Client().get(reverse("sessions:feed_mesa", args=[cast.mesa.slug])))[0]
    assert (entry["status"], entry["transp"]) == ("CANCELLED", "TRANSPARENT")
    assert "Vía cerrada" in entry["description"]


def test_an_empty_feed_is_still_a_calendar(cast: Cast) -> None:
    response = Client().get(reverse("sessions:feed_mesa", args=[cast.mesa.slug]))
    assert events(response) == []
    assert response.content.endswith(b"END:VCALENDAR\r\n")


def test_who_has_these_bytes_is_answered_304_until_something_changes(cast: Cast) -> None:
    session = make(cast)[0]
    where = path(feed_for(cast.rosa, mesa_id=cast.mesa.pk))
    first = Client().get(where)
    assert first["ETag"].startswith('"')
    assert first["Last-Modified"]
    for known in (first["ETag"], f"W/{first['ETag']}", f'"x", {first["ETag"]}', "*"):
        again = Client().get(where, HTTP_IF_NONE_MATCH=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
    Session.objects.filter(pk=session.pk).update(topic_es="Alojamiento y rutas")
    changed = Client().get(
        where, HTTP_IF_NONE_MATCH=first["ETag"], HTTP_IF_MODIFIED_SINCE=first["Last-Modified"]
    )
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_reading_writes_nothing(cast: Cast) -> None:
    make(cast)
    where = path(feed_for(cast.rosa))
    with CaptureQueriesContext(connection) as queries:
        Client().get(where)
        Client().head(where)
    assert not [q["sql"] for q in queries if q["sql"].split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE")]
    assert Client().post(where).status_code == 405


def test_a_person_has_what_they_go_to_and_what_their_organization_is_called_to(cast: Cast) -> None:
    called, declined, sent, withdrawn, other = make(cast, 5)
    invite(called, cast.university)
    invite(declined, cast.university, state="declined", answered_at=timezone.now())
    for session, left in ((sent, None), (withdrawn, timezone.now())):
        Delegate.objects.create(
            invitation=invite(session, cast.ngo), person=cast.luis, role="principal",
            registered_at=timezone.now(), withdrawn_at=left,
        )  # fmt: skip
    assert carried(feed_for(cast.luis)) == ids(called, sent)
    assert ids(other) <= carried(feed_for(cast.rosa))  # whoever keeps the secretariat goes to all of them


def test_an_organization_feed_tells_only_its_own_people_what_it_is_called_to(cast: Cast) -> None:
    elsewhere = Mesa.objects.create(slug="otra", name_es="Otra", name_en="Other", code_prefix="OT")
    called, hosted = make(cast, mesa=elsewhere)[0], make(cast, mesa=elsewhere, host=cast.university)[0]
    sits = make(cast)[0]
    invite(called, cast.university)
    assert carried(feed_for(cast.luis, organization_id=cast.university.pk)) == ids(called, hosted, sits)
    assert carried(feed_for(cast.elena, organization_id=cast.university.pk)) == ids(hosted, sits)


def test_rights_are_asked_each_time(cast: Cast) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(visibility=Mesa.Visibility.MEMBERS)
    session = make(cast)[0]
    feed = feed_for(cast.luis, mesa_id=cast.mesa.pk)
    assert carried(feed) == ids(session)
    assert carried(feed_for(cast.elena, mesa_id=cast.mesa.pk)) == set()
    cast.luis.tenures.update(ends_on=timezone.localdate() - timedelta(days=1))
    assert carried(feed) == set()
    assert "Frontera" not in Client().get(path(feed)).content.decode()


def test_province_feeds_go_by_the_place(cast: Cast) -> None:
    loja = Province.objects.create(code="11", name="Loja")
    canton = Canton.objects.create(code="1101", name="Macará", province=loja)
    there, in_canton, _elsewhere = (
        make(cast, province=loja)[0], make(cast, canton=canton)[0], make(cast)[0],
    )  # fmt: skip
    assert carried(reverse("sessions:feed_province", args=["11"])) == ids(there, in_canton)
    assert carried(feed_for(cast.elena, province_id=loja.pk)) == ids(there, in_canton)


def test_public_feeds_carry_what_anybody_may_see_whoever_asks(cast: Cast, sign_in: Callable) -> None:
    shown = make(cast)[0]
    make(cast, state="draft")
    where = reverse("sessions:feed_mesa", args=[cast.mesa.slug])
    assert carried(where) == ids(shown)
    assert len(events(sign_in(cast.rosa).get(where))) == 1
    Mesa.objects.filter(pk=cast.mesa.pk).update(visibility=Mesa.Visibility.MEMBERS)
    assert sign_in(cast.rosa).get(where).status_code == 404
    assert Client().get(reverse("sessions:feed_province", args=["99"])).status_code == 404


def test_drafts_and_what_lies_beyond_a_year_are_left_out(cast: Cast) -> None:
    near = make(cast)[0]
    make(cast, state="draft")
    make(cast, days=400)
    make(cast, days=-400)
    assert carried(feed_for(cast.rosa, mesa_id=cast.mesa.pk)) == ids(near)


def test_nothing_casa_adentro_is_in_any_feed_not_even_for_its_circle(cast: Cast) -> None:
    loja = Province.objects.create(code="11", name="Loja")
    closed = make(
        cast, is_casa_adentro=True, topic_es="CANARIO", venue="CANARIO", province=loja, host=cast.university
    )[0]
    invite(closed, cast.university)
    for someone in (cast.luis, cast.rosa):
        CircleMember.objects.create(session=closed, person=someone, level="record", since=timezone.now())
    feeds = [feed_for(someone, **subject) for someone in (cast.luis, cast.rosa, cast.ana, cast.olga)
             for subject in ({}, {"mesa_id": cast.mesa.pk}, {"province_id": loja.pk},
                             {"organization_id": cast.university.pk})]  # fmt: skip
    places = [*map(path, feeds), reverse("sessions:feed_mesa", args=[cast.mesa.slug]),
              reverse("sessions:feed_province", args=["11"])]  # fmt: skip
    for where in places:
        content = Client().get(where).content.decode()
        assert "BEGIN:VEVENT" not in content
        assert str(closed.public_id) not in content
        assert "CANARIO" not in content
    with pytest.raises(ValueError, match="casa adentro"):
        calendar_feed(sessions=[closed], name="x", link_of=str, language="es")


def test_a_dead_address_is_not_found(cast: Cast) -> None:
    feed = feed_for(cast.luis)
    old = path(feed)
    fresh = actions.renew_feed(feed_id=feed.pk, by=acting(cast.luis), now=timezone.now())
    assert Client().get(old).status_code == 404
    assert Client().get(path(fresh)).status_code == 200
    actions.revoke_feed(feed_id=feed.pk, by=acting(cast.luis), now=timezone.now())
    assert Client().get(path(fresh)).status_code == 404
    with pytest.raises(actions.feeds.FeedIsGone):
        actions.revoke_feed(feed_id=feed.pk, by=acting(cast.luis), now=timezone.now())
    assert Client().get("/es/calendario/nada.nada.ics").status_code == 404
    assert Client().get(f"/es/calendario/{feed.token[:-3]}.ics").status_code == 404


def test_an_address_dies_with_the_account(cast: Cast) -> None:
    where = path(feed_for(cast.luis))
    cast.luis.user.is_active = False
    cast.luis.user.save()
    assert Client().get(where).status_code == 404


def test_a_second_click_makes_no_second_address_and_a_revoked_one_leaves_room(cast: Cast) -> None:
    first = feed_for(cast.luis, mesa_id=cast.mesa.pk)
    assert feed_for(cast.luis, mesa_id=cast.mesa.pk) == first
    actions.revoke_feed(feed_id=first.pk, by=acting(cast.luis), now=timezone.now())
    assert feed_for(cast.luis, mesa_id=cast.mesa.pk) != first


def test_nobody_touches_the_address_of_another(cast: Cast, sign_in: Callable) -> None:
    feed = feed_for(cast.luis)
    for name in ("feed_renew", "feed_revoke"):
        assert sign_in(cast.rosa).post(reverse(f"sessions:{name}", args=[feed.public_id])).status_code == 404
    feed.refresh_from_db()
    assert (feed.revoked_at, feed.link_generation) == (None, 1)


def test_the_same_queries_at_one_three_and_three_hundred(cast: Cast) -> None:
    feed, counts = feed_for(cast.rosa), []
    before = make(cast, days=-400)[0].agenda.get()
    for more in (1, 2, 297):
        for session in make(cast, more)[:5]:
            session.agenda.update(carried_from=before)
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(path(feed)).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 12
    assert len(carried(feed)) == 300
