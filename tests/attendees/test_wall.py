"""The code on the wall: it changes every minute, tells nothing, and whoever scans it says who they are."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees import actions, wall
from coordination.attendees.actions.arriving import set_door
from coordination.attendees.actions.marks import RegisterRefused
from coordination.attendees.models import Attendance, Delegate, Door
from coordination.organizations.models import Person
from coordination.sessions.models import Block, CircleMember, Session
from tests.attendees.at_the_door import named, opened
from tests.attendees.inviting import accept, invitation_of, one
from tests.cast import Cast, signed_in


@pytest.fixture
def session(today: Cast) -> Session:
    return opened(today)


@pytest.fixture
def carmen(today: Cast, session: Session) -> Delegate:
    return named(today, session)[0]


@pytest.fixture
def door(today: Cast, session: Session) -> Door:
    return set_door(session_id=session.pk, self_check_in=True, by=today.secretariat, now=timezone.now())


def here(session: Session, code: str) -> str:
    return reverse("attendees:here", args=[session.public_id, code])


def now_on(door: Door) -> str:
    return here(door.session, wall.code_now(door, timezone.now()))


def test_a_code_is_good_for_its_minute_and_the_next(door: Door) -> None:
    at = timezone.now()
    code = wall.code_now(door, at)
    later = {
        seconds: wall.code_holds(door, code, at + timedelta(seconds=seconds)) for seconds in (0, 60, 121)
    }
    assert later == {0: True, 60: True, 121: False}
    assert (len(code), code.isdigit()) == (6, True)
    assert not wall.code_holds(door, "", at)
    assert not wall.code_holds(door, "é" * 6, at)
    other = Door(session=door.session, self_check_in=True, generation=door.generation + 1)
    assert wall.code_now(other, at) != code
    door.self_check_in = False
    assert not wall.code_holds(door, code, at)


def test_staff_start_renew_and_stop_it(today: Cast, session: Session) -> None:
    client, where = signed_in(today.rosa.user), reverse("attendees:wall", args=[session.public_id])
    assert '<svg class="m-qr' not in client.get(where).text
    assert not Door.objects.exists()
    client.post(where, {"act": "open"})
    shown = client.get(where)
    code = wall.code_now(Door.objects.get(), timezone.now())
    assert f"{code[:3]} {code[3:]}" in shown.text and 'class="m-qr' in shown.text
    assert 'http-equiv="refresh"' in shown.text
    assert "no-store" in shown["Cache-Control"]
    part = client.get(reverse("attendees:wall_code", args=[session.public_id])).text
    assert "<html" not in part and "m-wall__digits" in part
    client.post(where, {"act": "renew"})
    client.post(where, {"act": "nonsense"})
    client.post(where, {"act": "shut"})
    client.post(where, {"act": "shut"})
    assert Door.objects.values_list("self_check_in", "generation").get() == (False, 2)
    assert Activity.objects.about("session", session.pk).filter(kind="door.changed").count() == 3
    actions.close_attendance(session_id=session.pk, by=today.secretariat, now=timezone.now())
    with pytest.raises(RegisterRefused):
        set_door(session_id=session.pk, self_check_in=True, by=today.secretariat, now=timezone.now())


def test_the_page_tells_nobody_and_marks_by_the_address_alone(
    session: Session, carmen: Delegate, door: Door, client: Client
) -> None:
    shown = client.get(now_on(door))
    assert shown.status_code == 200
    for hidden in ("Carmen", "Fundación", carmen.person.email):
        assert hidden not in shown.text
    unknown = client.post(now_on(door), {"email": "nadie@cast.example"})
    assert unknown.status_code == 200 and not Attendance.objects.exists()
    done = client.post(now_on(door), {"email": carmen.person.email.upper()})
    mark = Attendance.objects.get()
    assert (mark.source, mark.delegate) == ("self", carmen)
    assert f"{mark.arrived_at.astimezone(session.zone):%Hh%M}" in done.text
    assert "Carmen" not in done.text
    assert client.post(now_on(door), {"email": carmen.person.email}).status_code == 200
    assert Attendance.objects.count() == 1
    assert Activity.objects.about("attendance", mark.pk).get().actor_person_id == carmen.person_id
    assert client.post(now_on(door), {"email": "no es un correo"}).status_code == 422
    assert client.post(now_on(door), {"email": "a\0b@c.example"}).status_code == 422


def test_of_several_who_share_a_mailbox_one_says_their_first_name(
    today: Cast, session: Session, door: Door, client: Client
) -> None:
    shared = "oficina@puente.example"
    people = [one("principal", "Carmen Loja", shared), one("alternate", "Luis Paredes", shared)]
    accept(today, invitation_of(session, today.ngo), people, now=session.starts_at - timedelta(days=1))
    luis = Delegate.objects.get(role="alternate")
    asked = client.post(now_on(door), {"email": shared})
    assert "Carmen" in asked.text and "Loja" not in asked.text
    client.post(now_on(door), {"email": shared, "persona": "x"})
    assert not Attendance.objects.exists()
    client.post(now_on(door), {"email": shared, "persona": str(luis.public_id)})
    assert Attendance.objects.get().delegate == luis


def test_a_phone_that_opened_a_pass_is_known_and_so_is_who_signed_in(
    today: Cast, session: Session, carmen: Delegate, door: Door, client: Client
) -> None:
    client.get(reverse("attendees:pass", args=[carmen.pass_token]))
    assert "Carmen Loja" in client.get(now_on(door)).text
    client.post(now_on(door), {"me": "1"})
    assert Attendance.objects.get().delegate == carmen
    accept(
        today, invitation_of(session, today.university), [one("principal", "Luis Aguirre", today.luis.email)]
    )
    assert Person.objects.filter(pk=today.luis.pk, delegations__invitation__session=session).exists()
    theirs = signed_in(today.luis.user)
    assert "Luis Aguirre" in theirs.get(now_on(door)).text
    forged = Client()
    forged.cookies["pase"] = f"{carmen.pass_token}:x:y"
    assert "Carmen" not in forged.get(now_on(door)).text
    forged.post(now_on(door), {"me": "1"})
    assert Attendance.objects.count() == 1


def test_an_old_code_a_shut_door_and_a_session_that_is_none_answer_alike(
    today: Cast, session: Session, carmen: Delegate, door: Door, client: Client
) -> None:
    old = here(session, wall.code_now(door, timezone.now() - timedelta(minutes=5)))
    answers = [client.get(old), client.get(here(Session(), "123456")), client.get(here(session, "\0" * 3))]
    set_door(session_id=session.pk, self_check_in=False, by=today.secretariat, now=timezone.now())
    answers.append(client.get(now_on(door)))
    assert {answer.status_code for answer in answers} == {410}
    bodies = {re.sub(r'href="[^"]*/aqui/[^"]*"', "", answer.text) for answer in answers}
    assert len(bodies) == 1
    assert client.post(old, {"email": carmen.person.email}).status_code == 410
    assert not Attendance.objects.exists()


def test_who_opened_the_page_in_time_has_some_minutes_to_type(
    today: Cast, session: Session, carmen: Delegate, door: Door, client: Client
) -> None:
    text = client.get(now_on(door)).text
    opened_then = text.split('name="opened" value="')[1].split('"')[0]
    old = here(session, wall.code_now(door, timezone.now() - timedelta(minutes=5)))
    told = {"email": carmen.person.email, "opened": opened_then}
    assert client.post(old, told).status_code == 200
    assert Attendance.objects.count() == 1
    Attendance.objects.all().delete()
    foreign = signing.dumps(["0" * 32, door.generation], salt="here")
    assert client.post(old, told | {"opened": foreign}).status_code == 410
    set_door(session_id=session.pk, renew=True, by=today.secretariat, now=timezone.now())
    assert client.post(old, told).status_code == 410


def test_guessing_ends_in_the_desk(session: Session, door: Door) -> None:
    guesser = Client(REMOTE_ADDR="203.0.113.9")
    for number in range(60):
        guesser.get(here(session, f"{number:06d}x"))
    assert guesser.get(now_on(door)).status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.10").get(now_on(door)).status_code == 200


def test_nothing_is_marked_outside_the_hours_or_in_a_closed_register(
    today: Cast, session: Session, carmen: Delegate, door: Door, client: Client
) -> None:
    told = {"email": carmen.person.email}
    Block.objects.update(starts_at=timezone.now() + timedelta(hours=1))
    client.post(now_on(door), told)
    Block.objects.update(starts_at=session.starts_at)
    actions.close_attendance(session_id=session.pk, by=today.secretariat, now=timezone.now())
    refused = client.post(now_on(door), told)
    assert refused.status_code == 200
    assert not Attendance.objects.exclude(status="absent").exists()


def test_casa_adentro_says_nothing_on_the_wall(
    today: Cast, session: Session, carmen: Delegate, door: Door, client: Client
) -> None:
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True, topic_es="Tema secreto")
    CircleMember.objects.create(session=session, person=today.rosa, level="record", since=timezone.now())
    shown = client.get(now_on(door)).text
    shown += signed_in(today.rosa.user).get(reverse("attendees:wall", args=[session.public_id])).text
    shown += client.post(now_on(door), {"email": carmen.person.email}).text
    assert not Attendance.objects.exists()
    client.get(reverse("attendees:pass", args=[carmen.pass_token]))
    shown += client.post(now_on(door), {"me": "1"}).text
    assert Attendance.objects.count() == 1
    for hidden in ("secreto", session.mesa.name, session.short_title):
        assert hidden not in shown


def test_an_address_opens_no_closed_block(
    today: Cast, session: Session, carmen: Delegate, door: Door, client: Client
) -> None:
    CircleMember.objects.create(session=session, person=carmen.person, level="record", since=timezone.now())
    Block.objects.update(is_casa_adentro=True)
    client.post(now_on(door), {"email": carmen.person.email})
    assert not Attendance.objects.exists()
    client.get(reverse("attendees:pass", args=[carmen.pass_token]))
    client.post(now_on(door), {"me": "1"})
    assert Attendance.objects.count() == 1
