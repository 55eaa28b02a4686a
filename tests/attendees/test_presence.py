"""Who was in the room, as the minutes tell it; and the sectors in it, against the mesa's rule."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.attendees import actions, queries
from coordination.attendees.models import Attendance, Delegate
from coordination.attendees.presence import presence
from coordination.sessions.models import Block, Session
from coordination.taxonomies.models import Sector
from tests.attendees.at_the_door import entry, named, opened, results, scan
from tests.attendees.inviting import accept, invitation_of, one
from tests.cast import Cast, signed_in


@pytest.fixture
def session(today: Cast) -> Session:
    return opened(today)


def test_presence_tells_hours_ranks_and_who_stood_in(
    today: Cast, session: Session, django_assert_num_queries
) -> None:
    carmen, luis = named(today, session)
    block = session.blocks.get()
    Delegate.objects.filter(pk=carmen.pk).update(rank="head", post_title="Directora")
    at = today.now - timedelta(minutes=20)
    queue = [
        scan(block, carmen, at),
        entry(block, "left", delegate=str(carmen.public_id), at=today.now.isoformat()),
        entry(block, delegate=str(luis.public_id), status="excused", at=at.isoformat()),
        entry(
            block, "walk_in", name="Pedro Guamán", organization=today.ngo.slug, replaces=str(luis.public_id), at=at.isoformat()
        ),
    ]  # fmt: skip
    results(signed_in(today.rosa.user), session, queue)
    accept(today, invitation_of(session, today.university), [one("principal", "Ana Ruiz")], now=at)
    assert not presence(session).is_final
    actions.close_attendance(session_id=session.pk, by=today.secretariat, now=timezone.now())
    session.refresh_from_db()
    with django_assert_num_queries(2):
        told = presence(session)
    [part] = told.blocks
    first, second = part.came
    assert (first.name, first.arrived_at, first.left_at, first.post) == (
        "Carmen Loja",
        at,
        today.now,
        "Directora",
    )
    assert first.rank and first.role
    assert (second.name, second.instead_of, second.is_walk_in) == ("Pedro Guamán", "Luis Paredes", True)
    assert [one.name for one in part.excused] == ["Luis Paredes"]
    assert [one.name for one in part.absent] == ["Ana Ruiz"]
    assert (told.people, told.organizations, part.organizations, told.is_final) == (2, 1, 1, True)


def test_presence_leaves_closed_parts_out_unless_they_are_asked_for(today: Cast, session: Session) -> None:
    carmen, _luis = named(today, session)
    inner = Block.objects.create(
        session=session, order=2, starts_at=session.starts_at, ends_at=session.ends_at, is_casa_adentro=True
    )
    Attendance.objects.create(
        block=inner, delegate=carmen, organization=today.ngo, status="present", recorded_at=today.now
    )
    assert [part.block for part in presence(session).blocks] == list(session.blocks.all())
    assert presence(session, [inner]).people == 1
    assert queries.quorum(session).people == 0


def test_the_register_shows_the_sectors_against_the_rule(today: Cast, session: Session) -> None:
    carmen, _luis = named(today, session)
    results(signed_in(today.rosa.user), session, [scan(session.blocks.get(), carmen, today.now)])
    today.mesa.expected_sectors.add(Sector.objects.get(code="academia"))
    here = queries.sectors_here(today.mesa, queries.quorum(session))
    assert {(one.count, one.is_asked, one.is_missing) for one in here} == {(1, False, False), (0, True, True)}
    shown = signed_in(today.rosa.user).get(reverse("attendees:attendance", args=[session.public_id]))
    assert "academia" in shown.text


def test_marks_of_the_register_page_keep_hour_and_rank(today: Cast, session: Session) -> None:
    carmen, luis = named(today, session)
    Delegate.objects.filter(pk=carmen.pk).update(rank="head")
    client = signed_in(today.rosa.user)
    where = reverse("attendees:mark", args=[session.public_id])
    client.post(where, {"mark": f"{carmen.public_id}:present"})
    client.post(where, {"mark": f"{luis.public_id}:excused"})
    first, second = Attendance.objects.order_by("id")
    assert (first.rank, first.source, first.arrived_at is not None) == ("head", "register", True)
    assert second.arrived_at is None
    client.post(where, {"mark": f"{carmen.public_id}:absent"})
    first.refresh_from_db()
    assert (first.status, first.arrived_at) == ("absent", None)
    Attendance.objects.all().delete()
    Block.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    client.post(where, {"mark": f"{carmen.public_id}:present"})
    assert Attendance.objects.get().arrived_at is None
