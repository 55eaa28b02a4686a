"""Who is missing from a convocation, and what is kept of it."""

import uuid
from datetime import timedelta

import pytest

from coordination.attendees import actions, queries
from coordination.attendees.balance import seen
from coordination.attendees.models import Attendance, Convocation
from coordination.mesas.models import Seat
from coordination.sessions.models import CircleMember, Session
from coordination.taxonomies.models import Sector
from tests.attendees.inviting import called
from tests.cast import Cast, organization, seat
from tests.sessions.scheduling import drafted


def expects(cast: Cast, *sectors: str, levels: tuple[str, ...] = ()) -> None:
    cast.mesa.expected_sectors.set(Sector.objects.filter(code__in=sectors))
    cast.mesa.expected_levels = list(levels)
    cast.mesa.save()


def held(cast: Cast, *came: object, days: int = 20) -> Session:
    """A session that was called and held, to which these organizations came."""
    session = called(cast, starts_at=cast.now + timedelta(days=days))
    for one in came:
        Attendance.objects.create(
            block=session.blocks.get(),
            organization=one,
            status="present",
            name="Alguien",
            is_walk_in=True,
            client_id=uuid.uuid4(),
            recorded_at=session.starts_at,
        )
    Session.objects.filter(pk=session.pk).update(state="held", closed_at=session.ends_at)
    return session


def weighed(cast: Cast, session: Session):  # noqa: ANN201  a Balance
    cast.mesa.refresh_from_db()
    called_now = queries.invitees(session, cast.now.date())
    return seen(session, cast.mesa).of((one.sector_id, one.organization.level) for one in called_now)


def test_a_sector_of_the_rule_that_nobody_is_called_from_is_missing(cast: Cast) -> None:
    expects(cast, "academia", "private_sector", levels=("national", "provincial"))
    balance = weighed(cast, drafted(cast))
    assert {part.code: part.state for part in balance.sectors if part.expected} == {
        "academia": "one",
        "private_sector": "missing",
    }
    assert [part.code for part in balance.missing] == ["private_sector", "provincial"]
    assert balance.needs_reason


def test_without_a_rule_and_without_a_last_time_nothing_is_missing(cast: Cast) -> None:
    balance = weighed(cast, drafted(cast))
    assert not balance.missing
    assert all(part.came is None for part in balance.sectors)


def test_who_came_last_time_and_is_not_called_now_is_missing(cast: Cast) -> None:
    chamber = cast.outsider
    seat(cast.mesa, chamber)
    uncalled = organization("Parroquia del Valle", kind="faith_based", sector="churches")
    held(cast, chamber, cast.ngo, uncalled)
    Seat.objects.filter(organization=chamber).update(ends_on=cast.now.date() - timedelta(days=1))
    balance = weighed(cast, drafted(cast, starts_at=cast.in_days(60)))
    states = {part.code: part.state for part in balance.sectors}
    assert states["private_sector"] == "lost"
    assert states["churches"] == "none", "who walked in uncalled sets no standard"
    assert balance.last_on == (cast.now + timedelta(days=20)).date()


def test_closed_sessions_neither_set_a_standard_nor_ask_for_a_reason(cast: Cast) -> None:
    Session.objects.filter(pk=held(cast, cast.ngo).pk).update(is_casa_adentro=True)
    expects(cast, "private_sector")
    open_one = drafted(cast, starts_at=cast.in_days(60))
    assert weighed(cast, open_one).last_on is None
    Session.objects.filter(pk=open_one.pk).update(is_casa_adentro=True, number=9)
    open_one.refresh_from_db()
    CircleMember.objects.create(session=open_one, person=cast.carmen, level="logistics", since=cast.now)
    assert not weighed(cast, open_one).needs_reason
    actions.convene(session_id=open_one.pk, by=cast.secretariat, now=cast.now)


def test_convene_refuses_an_unbalanced_call_without_a_reason_and_keeps_reason_and_figures(cast: Cast) -> None:
    expects(cast, "private_sector", "academia")
    session = drafted(cast)
    with pytest.raises(actions.Unbalanced) as refused:
        actions.convene(session_id=session.pk, balance_reason=" ", by=cast.secretariat, now=cast.now)
    assert refused.value.field == "balance_reason"
    assert not Convocation.objects.exists()
    sent = actions.convene(
        session_id=session.pk,
        balance_reason="  La cámara no tiene directiva. ",
        by=cast.secretariat,
        now=cast.now,
    )
    assert sent.balance_reason == "La cámara no tiene directiva."
    kept = queries.balance_of(Convocation.objects.get())
    assert kept
    assert [part.code for part in kept.missing] == ["private_sector"]
    Sector.objects.filter(code="private_sector").update(short_name_es="Otro nombre")
    assert str(kept.missing[0].name) == "private_sector", "what is kept says what it was called that day"


def test_what_is_kept_is_read_without_a_query_and_an_old_convocation_has_none(
    cast: Cast, django_assert_num_queries
) -> None:
    session = called(cast)
    convocation = Convocation.objects.get(session=session)
    with django_assert_num_queries(0):
        assert queries.balance_of(convocation)
        assert queries.balance_of(Convocation(balance={})) is None


def test_a_reason_is_not_kept_where_nobody_is_missing(cast: Cast) -> None:
    sent = actions.convene(
        session_id=drafted(cast).pk, balance_reason="Por si acaso", by=cast.secretariat, now=cast.now
    )
    assert sent.balance_reason == ""


def test_the_balance_reads_as_often_with_many_as_with_few(cast: Cast, django_assert_num_queries) -> None:
    held(cast, cast.ngo)
    session = drafted(cast, starts_at=cast.in_days(60))
    with django_assert_num_queries(3):
        seen(session, cast.mesa).of((1, "national") for _one in range(500))
