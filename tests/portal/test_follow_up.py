"""What is owed after a session, on the pages where its secretariat sees it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from coordination.mesas.models import Mesa
from coordination.portal import follow_up
from coordination.sessions.models import FollowUpTask, Session
from coordination.taxonomies.models import Canton, Holiday, Province
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def held(cast: Cast, ended: datetime, **fields: Any) -> Session:
    given = {
        "starts_at": ended - timedelta(hours=2),
        "ends_at": ended,
        "state": "held",
        "follow_up_planned_at": ended,
    }
    return Session.objects.create(mesa=cast.mesa, number=Session.objects.count() + 1, **given | fields)


def signed_in(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.rosa.user)
    return client


def words(session: Session, now: datetime) -> list[tuple[str, str, str]]:
    with translation.override("en"):
        return [(row.due, row.rest, row.state) for row in follow_up.of_session(session, now=now)]


@pytest.fixture
def quito(db: None) -> Canton:
    province = Province.objects.create(code="17", name="Pichincha")
    return Canton.objects.create(code="1701", name="Quito", province=province)


def test_a_task_says_its_day_and_the_holiday_that_comes_between(cast: Cast, quito: Canton) -> None:
    # Thursday 3 December 2026; Quito rests on Monday the 7th, the whole country on Friday the 25th.
    session = held(cast, datetime(2026, 12, 3, 17, tzinfo=UTC), canton=quito)
    Holiday.objects.create(date=date(2026, 12, 7), name_es="Fundación de Quito", canton=quito, source="x")
    Holiday.objects.create(date=date(2026, 12, 25), name_es="Navidad", source="x")
    for kind, day in (("close", 8), ("minutes", 7), ("publish", 28)):
        session.tasks.create(kind=kind, due_on=date(2026, 12, day))
    at = datetime(2026, 12, 3, 18, tzinfo=UTC)
    assert words(session, at) == [
        ("due on Monday 7 December", "that day is a holiday in Quito", "grey"),
        ("due on Tuesday 8 December", "Monday 7 December is a holiday in Quito", "grey"),
        ("due on Monday 28 December", "Monday 7 December is a holiday in Quito", "grey"),
    ]
    assert words(session, at + timedelta(days=3))[1][1] == "tomorrow is a holiday in Quito"
    assert words(session, at + timedelta(days=4))[:2] == [
        ("due today", "today is a holiday in Quito", "amber"),
        ("due tomorrow", "today is a holiday in Quito", "grey"),
    ]
    late = words(session, at + timedelta(days=7))
    assert late[0] == ("was due on Monday 7 December", "", "red")
    assert late[2][1] == "Friday 25 December is a holiday in the whole country"
    session.tasks.filter(kind="close").update(done_at=at)
    assert words(session, at)[1] == ("done on Thursday 3 December", "", "green")


def test_in_galapagos_a_task_is_late_an_hour_after_quito_says_so(cast: Cast) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(time_zone="Pacific/Galapagos")
    cast.mesa.refresh_from_db()
    session = held(cast, datetime(2026, 3, 2, 20, tzinfo=UTC))
    session.tasks.create(kind="minutes", due_on=date(2026, 3, 9))
    half_past_midnight_in_quito = datetime(2026, 3, 10, 5, 30, tzinfo=UTC)
    assert words(session, half_past_midnight_in_quito)[0][0] == "due today"
    assert words(session, half_past_midnight_in_quito + timedelta(hours=1))[0][2] == "red"


def test_the_sessions_page_offers_what_completes_each_task(cast: Cast) -> None:
    session = held(cast, timezone.now() - timedelta(days=9), state="convened")
    for kind in FollowUpTask.Kind.values:
        session.tasks.create(kind=kind, due_on=timezone.localdate() + timedelta(days=3))
    client, url = signed_in(cast), f"/en/sesiones/{session.public_id}/"
    body = client.get(url).content.decode()
    for kind in ("minutes", "publish", "follow_up"):
        assert f"/tareas/{kind}/hecha/" in body
    for kind in ("attendance", "close"):
        assert f"/tareas/{kind}/hecha/" not in body
    client.post(f"/en/sesiones/{session.public_id}/tareas/minutes/hecha/")
    body = client.get(url).content.decode()
    assert "/tareas/minutes/hecha/" not in body
    assert "/tareas/minutes/deshacer/" in body
    chair, auditor = Client(), Client()
    chair.force_login(cast.tomas.user)
    auditor.force_login(cast.olga.user)
    for other in (chair, auditor):
        assert "/tareas/" not in other.get(url).content.decode()


def test_after_closing_the_page_still_shows_what_is_owed(cast: Cast) -> None:
    session = held(cast, timezone.now() - timedelta(days=9), closed_at=timezone.now())
    session.tasks.create(kind="publish", due_on=timezone.localdate() + timedelta(days=3))
    assert "Mark as published" in signed_in(cast).get(f"/en/sesiones/{session.public_id}/").content.decode()


def test_my_work_counts_every_late_task_also_those_it_has_no_room_for(cast: Cast) -> None:
    today = timezone.localdate()
    for days in range(30, 55):
        session = held(cast, timezone.now() - timedelta(days=days))
        session.tasks.create(kind="minutes", due_on=today - timedelta(days=days - 7))
    session.tasks.create(kind="publish", due_on=today + timedelta(days=2))
    page = signed_in(cast).get("/en/mi-trabajo/")
    assert page.context["overdue_count"] == 25
    assert page.context["more_overdue"] == 5
    assert "25 things are overdue" in page.content.decode()


def test_my_work_lists_todays_tasks_first_with_their_button(cast: Cast) -> None:
    today = timezone.localdate()
    session = held(cast, timezone.now() - timedelta(days=9))
    session.tasks.create(kind="publish", due_on=today + timedelta(days=2))
    session.tasks.create(kind="minutes", due_on=today)
    session.tasks.create(kind="close", due_on=today - timedelta(days=1))
    body = signed_in(cast).get("/en/mi-trabajo/").content.decode()
    closing, minutes, publish = (
        body.index(part) for part in ("/cerrar/", "/tareas/minutes/", "/tareas/publish/")
    )
    assert closing < minutes < publish


def test_a_closed_sessions_task_is_marked_only_on_its_own_page(cast: Cast) -> None:
    session = held(cast, timezone.now() - timedelta(days=9), is_casa_adentro=True)
    session.circle.create(person=cast.rosa, level="logistics", since=timezone.now())
    session.tasks.create(kind="minutes", due_on=timezone.localdate())
    assert "/tareas/" not in signed_in(cast).get("/en/mi-trabajo/").content.decode()
    answer = signed_in(cast).post(f"/en/sesiones/{session.public_id}/tareas/minutes/hecha/")
    assert answer.status_code == 403
