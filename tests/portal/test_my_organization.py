"""My organization: invitations, seats, what is handed over, who came over time."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.delegations import StandingData, set_standing
from coordination.mesas.models import Mesa
from coordination.organizations.models import Person, Post, Tenure
from coordination.sessions.models import CircleMember, Session
from tests.attendees.inviting import accept, called, invitation_of, mark, one
from tests.cast import SINCE, Cast, acting, seat

HERE, RELAY = reverse("portal:my_organization"), reverse("portal:handover")


@pytest.fixture
def today(db: None) -> Cast:
    return Cast(now=timezone.now())


def test_every_invitation_of_every_mesa_is_on_one_page(today: Cast, sign_in) -> None:
    luis, session = sign_in(today.luis), called(today)
    empty = sign_in(today.elena).get(HERE)
    assert empty.status_code == 200 and empty.context["open"] == []
    page = luis.get(HERE)
    assert [row.session for row in page.context["open"]] == [session]
    mine = invitation_of(session, today.university)
    assert reverse("attendees:own_invitation", args=[mine.public_id]) in page.content.decode()
    accept(today, mine)
    set_standing(
        seat_id=today.seats["university"].pk,
        people=[StandingData("principal", "Ana Uno", "ana@u.example")],
        by=acting(today.luis),
        now=today.now,
    )
    body = luis.get(HERE).content.decode()
    assert "Luis Paredes" in body and "Ana Uno" in body
    assert "Luis Paredes" not in sign_in(today.elena).get(HERE).content.decode()
    assert sign_in(today.ana).get(HERE).status_code == 200, "who holds no post is told so"
    assert Client().get(HERE).status_code == 302


def test_a_technician_reads_and_does_not_answer(today: Cast, sign_in) -> None:
    called(today)
    Post.objects.filter(tenures__person=today.luis).update(kind=Post.Kind.TECHNICAL)
    luis = sign_in(today.luis)
    assert "/mi-organizacion/invitaciones/" not in luis.get(HERE).content.decode()
    assert luis.get(RELAY).status_code == 403


def test_a_closed_session_shows_to_its_circle_alone(today: Cast, sign_in) -> None:
    session = called(today)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    luis = sign_in(today.luis)
    for page in (HERE, RELAY, reverse("portal:ranks", args=[today.mesa.slug, today.university.slug])):
        assert str(session.public_id) not in luis.get(page).content.decode()
    assert luis.get(HERE).context["open"] == []
    CircleMember.objects.create(
        session=session, person=today.luis, level=CircleMember.Level.LOGISTICS, since=today.now
    )
    assert [row.session for row in luis.get(HERE).context["open"]] == [session]
    assert "Alojamiento" not in luis.get(HERE).content.decode()


def test_who_comes_into_the_post_finds_what_is_handed_over(today: Cast, sign_in) -> None:
    session = called(today)
    accept(today, invitation_of(session, today.university), [one("principal", "Zoe Antes")])
    left = Person.objects.create(name="Zoe Antes", email="zoe@u.example")
    post = Post.objects.get(tenures__person=today.luis)
    Tenure.objects.create(
        post=post, person=left, starts_on=SINCE, ends_on=timezone.localdate() - timedelta(days=3)
    )
    set_standing(
        seat_id=today.seats["university"].pk,
        people=[StandingData("principal", "Zoe Antes", "zoe@u.example")],
        by=acting(today.luis),
        now=today.now,
    )
    luis = sign_in(today.luis)
    assert [tenure.person for tenure in luis.get(HERE).context["left"]] == [left]
    page = luis.get(RELAY)
    assert [row.person for row in page.context["standing_left"]] == [left]
    assert [row.session for row in page.context["answered"]] == [session]


def test_ranks_over_time_are_for_the_organization_and_the_mesas_keepers(today: Cast, sign_in) -> None:
    for days, rank in ((20, "head"), (50, "technician")):
        session = called(today, starts_at=today.now + timedelta(days=days))
        accept(today, invitation_of(session, today.university), [one("principal", "Ana Uno", rank=rank)])
    mark(today, Delegate.objects.get(invitation__session__starts_at__lt=today.now + timedelta(days=30)))
    page = reverse("portal:ranks", args=[today.mesa.slug, today.university.slug])
    rows = sign_in(today.luis).get(page).context["page"].object_list
    assert [(row.named[0].rank, row.named[0].came) for row in rows] == [("technician", False), ("head", True)]
    assert sign_in(today.rosa).get(page).status_code == 200
    other = reverse("portal:ranks", args=[today.mesa.slug, today.ngo.slug])
    assert sign_in(today.luis).get(other).status_code == 403
    assert sign_in(today.elena).get(page).status_code == 403


@pytest.mark.parametrize("count", [1, 3, 60])
def test_pages_ask_as_many_queries_whatever_the_number(
    today: Cast, sign_in, count: int, django_assert_max_num_queries
) -> None:
    start = today.now + timedelta(days=20)
    for number in range(count):
        mesa = Mesa.objects.create(
            slug=f"mesa-{number}", name_es=f"Mesa {number}", code_prefix="M", visibility="public"
        )
        seat(mesa, today.university)
        session = Session.objects.create(
            mesa=mesa, number=1, state="convened", starts_at=start, ends_at=start + timedelta(hours=2)
        )
        made = Invitation.objects.create(
            session=session,
            organization=today.university,
            state="accepted",
            answered_at=today.now,
            modality="in_person",
            link_expires_at=session.ends_at,
            created_at=today.now,
        )
        person = Person.objects.create(name=f"Persona {number}")
        Delegate.objects.create(invitation=made, person=person, role="principal", registered_at=today.now)
    luis = sign_in(today.luis)
    for page in (HERE, RELAY):
        with django_assert_max_num_queries(12):
            assert luis.get(page).status_code == 200
