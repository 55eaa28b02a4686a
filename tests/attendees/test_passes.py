"""The pass of a delegate: what its link opens, joining online, and the code on the wall typed into it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees import passes, wall
from coordination.attendees.actions.arriving import renew_passes, set_door
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.sessions.models import Block, CircleMember, Session
from coordination.taxonomies.models import Sector
from tests.attendees.at_the_door import named, opened
from tests.attendees.inviting import accept, called, invitation_of, one, pair
from tests.cast import Cast

LINK = "https://reunion.example/sala"


@pytest.fixture
def session(today: Cast) -> Session:
    return opened(today, modality="hybrid", online_url=LINK)


@pytest.fixture
def carmen(today: Cast, session: Session) -> Delegate:
    return named(today, session)[0]


def page(delegate: Delegate, name: str = "pass") -> str:
    return reverse(f"attendees:{name}", args=[delegate.pass_token])


def test_the_pass_shows_who_when_where_and_its_code(
    session: Session, carmen: Delegate, client: Client, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(12):
        response = client.get(page(carmen))
    text = response.text
    for told in ("Carmen Loja", "Fundación Puente Sur", session.title, "<svg", "m-qr"):
        assert told in text
    assert LINK not in text
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("same-origin", "no-store")
    assert "noindex" in response["X-Robots-Tag"]
    assert not Attendance.objects.exists()


def test_a_pass_is_worth_what_its_session_and_its_holder_are(
    today: Cast, session: Session, carmen: Delegate
) -> None:
    def now(delegate: Delegate = carmen, at=None) -> str:
        return str(passes.find_pass(delegate.pass_token, at or timezone.now()).stands)

    def with_session(**fields: object) -> str:
        Session.objects.filter(pk=session.pk).update(**fields)
        return now()

    def with_delegate(**fields: object) -> str:
        Delegate.objects.filter(pk=carmen.pk).update(**fields)
        return now()

    assert now() == "today"
    assert now(at=session.starts_at - timedelta(days=2)) == "before"
    assert now(at=session.ends_at + timedelta(hours=1)) == "today"
    assert now(at=session.ends_at + timedelta(hours=4)) == "over"
    assert with_session(attendance_closed_at=timezone.now()) == "over"
    assert (
        with_session(attendance_closed_at=None, state="cancelled", cancelled_at=timezone.now()) == "cancelled"
    )
    assert with_session(state="convened") == "today"
    assert with_delegate(waiting_since=timezone.now()) == "waiting"
    assert with_delegate(waiting_since=None, withdrawn_at=timezone.now()) == "withdrawn"
    assert with_delegate(withdrawn_at=None, pass_generation=2) == "replaced"
    assert str(passes.find_pass("x.y", timezone.now()).stands) == "unknown"


@pytest.mark.parametrize(
    ("fields", "status"), [({"withdrawn_at": timezone.now()}, 410), ({"pass_generation": 3}, 410)]
)
def test_a_dead_pass_says_whom_to_ask_and_no_name(
    carmen: Delegate, client: Client, fields: dict[str, object], status: int
) -> None:
    where = page(carmen)
    Delegate.objects.filter(pk=carmen.pk).update(**fields)
    for address in (where, f"{where}unirse/"):
        response = client.get(address)
        assert response.status_code == status
        assert "Fundación Puente Sur" in response.text
        assert "Carmen" not in response.text and '<svg class="m-qr' not in response.text
    assert client.post(f"{where}aqui/").status_code == status


def test_a_cut_pass_is_told_so(carmen: Delegate, client: Client) -> None:
    for token in (carmen.pass_token[:-3], carmen.invitation.token, "a.b", "é" * 40):
        assert client.get(reverse("attendees:pass", args=[token])).status_code == 404


def test_who_is_replaced_loses_the_pass_and_who_comes_has_another(
    today: Cast, session: Session, carmen: Delegate
) -> None:
    accept(today, carmen.invitation, [one("principal", "Marta Solís"), pair()[1]])
    assert passes.find_pass(carmen.pass_token, timezone.now()).stands == "withdrawn"
    accept(today, carmen.invitation, pair())
    assert passes.find_pass(carmen.pass_token, timezone.now()).stands == "withdrawn"
    again = Delegate.objects.current().get(person=carmen.person_id)
    assert passes.find_pass(again.pass_token, timezone.now()).stands == "today"


def test_casa_adentro_tells_hours_and_place_alone(session: Session, carmen: Delegate, client: Client) -> None:
    Session.objects.filter(pk=session.pk).update(
        is_casa_adentro=True, topic_es="Tema secreto", venue="Sala 4"
    )
    Block.objects.filter(session=session).update(title="Bloque secreto")
    text = client.get(page(carmen)).text + client.get(page(carmen, "pass_join")).text
    assert "Carmen Loja" in text and "Sala 4" in text
    for hidden in ("secreto", session.mesa.name, session.short_title):
        assert hidden not in text
    Delegate.objects.filter(pk=carmen.pk).update(withdrawn_at=timezone.now())
    assert session.mesa.name not in client.get(page(carmen)).text


def test_joining_marks_on_post_and_leads_to_the_meeting(
    session: Session, carmen: Delegate, client: Client
) -> None:
    where = page(carmen, "pass_join")
    shown = client.get(where)
    assert LINK not in shown.text
    assert "https://reunion.example" in shown["Content-Security-Policy"]
    assert not Attendance.objects.exists()
    for _again in range(2):
        response = client.post(where)
        assert (response.status_code, response["Location"]) == (302, LINK)
    mark = Attendance.objects.get()
    assert (mark.source, mark.status, mark.delegate) == ("online", "present", carmen)
    assert mark.arrived_at is not None


def test_joining_tells_when_it_opens_and_marks_nothing_outside_the_hours(
    today: Cast, session: Session, carmen: Delegate, client: Client
) -> None:
    start = timezone.now() + timedelta(minutes=20)
    Block.objects.update(starts_at=start, ends_at=start + timedelta(hours=1))
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=1))
    where = page(carmen, "pass_join")
    assert client.post(where).status_code == 200
    opens = (start - timedelta(minutes=15)).astimezone(session.zone)
    assert f"{opens:%H:%M}" in client.get(where).text
    Block.objects.update(starts_at=start - timedelta(minutes=6))
    assert client.post(where).status_code == 302
    assert Attendance.objects.count() == 1
    Attendance.objects.all().delete()
    Block.objects.update(modality="in_person")
    assert client.post(where).status_code == 200
    assert not Attendance.objects.exists()


def test_joining_takes_the_link_of_the_block_and_a_closed_register_keeps_nobody_out(
    session: Session, carmen: Delegate, client: Client
) -> None:
    Block.objects.update(online_url="https://otra.example/b")
    assert client.post(page(carmen, "pass_join"))["Location"] == "https://otra.example/b"
    Block.objects.update(online_url="")
    Session.objects.filter(pk=session.pk).update(online_url="")
    assert client.post(page(carmen, "pass_join"))["Location"] == page(carmen)


def test_of_groups_side_by_side_one_says_which(session: Session, carmen: Delegate, client: Client) -> None:
    first = session.blocks.get()
    Block.objects.filter(pk=first.pk).update(kind="group", title="Salud")
    second = Block.objects.create(
        session=session,
        order=2,
        kind="group",
        title="Empleo",
        starts_at=first.starts_at,
        ends_at=first.ends_at,
    )
    other = Block.objects.create(
        session=session,
        order=3,
        kind="group",
        title="Ajeno",
        starts_at=first.starts_at,
        ends_at=first.ends_at,
    )
    other.audience.add(Sector.objects.get(code="academia"))
    where = page(carmen, "pass_join")
    shown = client.get(where).text
    assert "Empleo" in shown and "Ajeno" not in shown
    assert client.post(where).status_code == 422
    assert client.post(where, {"bloque": other.pk}).status_code == 422
    assert not Attendance.objects.exists()
    assert client.post(where, {"bloque": second.pk}).status_code == 302
    assert [mark.block for mark in Attendance.objects.all()] == [second]


def test_who_waits_sees_that_and_no_link(carmen: Delegate, client: Client) -> None:
    Delegate.objects.filter(pk=carmen.pk).update(waiting_since=timezone.now())
    shown = client.get(page(carmen))
    assert shown.status_code == 200
    assert 'class="m-qr' not in shown.text and "unirse" not in shown.text
    assert client.post(page(carmen, "pass_join"))["Location"] == page(carmen)
    assert not Attendance.objects.exists()


def test_the_code_on_the_wall_typed_into_the_pass_marks(
    today: Cast, session: Session, carmen: Delegate, client: Client
) -> None:
    assert 'name="code"' not in client.get(page(carmen)).text
    door = set_door(session_id=session.pk, self_check_in=True, by=today.secretariat, now=timezone.now())
    assert 'name="code"' in client.get(page(carmen)).text
    where = page(carmen, "pass_check_in")
    client.post(where, {"code": "12 34"})
    client.post(where, {"code": "\0" * 9})
    assert not Attendance.objects.exists()
    code = wall.code_now(door, timezone.now())
    response = client.post(where, {"code": f"{code[:3]} {code[3:]}"}, follow=True)
    mark = Attendance.objects.get()
    assert (mark.source, mark.delegate) == ("self", carmen)
    assert f"{mark.arrived_at.astimezone(session.zone):%Hh%M}" in response.text
    assert 'name="code"' not in response.text


def test_a_pass_does_not_guess_codes(today: Cast, session: Session, carmen: Delegate, client: Client) -> None:
    door = set_door(session_id=session.pk, self_check_in=True, by=today.secretariat, now=timezone.now())
    where = page(carmen, "pass_check_in")
    for _try in range(10):
        client.post(where, {"code": "wrong"})
    client.post(where, {"code": wall.code_now(door, timezone.now())})
    assert not Attendance.objects.exists()


def test_a_closed_block_counts_for_its_circle_alone(
    session: Session, carmen: Delegate, client: Client
) -> None:
    inner = Block.objects.create(
        session=session, order=2, starts_at=session.starts_at, ends_at=session.ends_at, is_casa_adentro=True, title="Interno"
    )  # fmt: skip
    client.post(page(carmen, "pass_join"))
    assert inner.attendances.count() == 0
    CircleMember.objects.create(session=session, person=carmen.person, level="record", since=timezone.now())
    client.post(page(carmen, "pass_join"))
    assert inner.attendances.count() == 1
    assert "Interno" not in client.get(page(carmen)).text


def test_renewed_passes_are_other_links(
    today: Cast, session: Session, carmen: Delegate, client: Client
) -> None:
    old = page(carmen)
    shown = client.get(reverse("attendees:answered", args=[carmen.invitation.token]))
    assert old in shown.text
    client.post(reverse("attendees:renew_passes", args=[carmen.invitation.token]))
    assert client.get(old).status_code == 410
    carmen.refresh_from_db()
    assert client.get(page(carmen)).status_code == 200
    assert renew_passes(invitation_id=carmen.invitation_id, by=today.secretariat, now=timezone.now()) == 2


def test_the_answered_page_gives_each_pass_but_none_to_who_waits(
    today: Cast, session: Session, carmen: Delegate, client: Client
) -> None:
    Delegate.objects.filter(pk=carmen.pk).update(waiting_since=timezone.now())
    text = client.get(reverse("attendees:answered", args=[carmen.invitation.token])).text
    luis = Delegate.objects.get(role="alternate")
    assert page(luis) in text and page(carmen) not in text


def test_a_pass_of_another_session_is_no_key_here(today: Cast, session: Session, client: Client) -> None:
    later = called(today)
    delegate = named(today, later)[0]
    assert client.get(page(delegate)).status_code == 200
    assert client.post(page(delegate, "pass_join")).status_code == 200
    assert not Attendance.objects.exists()
    assert Invitation.objects.filter(session=later, organization=today.ngo).exists()
    assert invitation_of(later, today.ngo).token != delegate.pass_token
