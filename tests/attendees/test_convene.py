"""Convening a session."""

from datetime import timedelta

import pytest

from coordination.activity.models import Activity
from coordination.attendees import actions, queries
from coordination.attendees.models import Convocation, Invitation
from coordination.mesas.models import Seat
from coordination.organizations.models import Post, Tenure
from coordination.sessions.models import CircleMember, Session
from tests.attendees.inviting import called, invitation_of, kinds
from tests.cast import Cast, many_seated, person, seat
from tests.sessions.scheduling import drafted


def convene(cast: Cast, session: Session, **more: str) -> Convocation:
    return actions.convene(session_id=session.pk, **more, by=cast.secretariat, now=cast.now)


def test_convene_calls_every_seat_once_and_records_each(cast: Cast) -> None:
    session = drafted(cast)
    sent = convene(cast, session, message="  Traigan sus informes.  ")
    session.refresh_from_db()
    assert session.state == Session.State.CONVENED
    assert (sent.number, sent.message, sent.short_notice_reason) == (
        "FS-2026-001",
        "Traigan sus informes.",
        "",
    )
    invited = {one.organization: one for one in Invitation.objects.select_related("organization")}
    assert set(invited) == {cast.ministry, cast.ngo, cast.university}
    assert invited[cast.ministry].role == Seat.Role.CHAIR
    assert all(
        one.link_expires_at == session.ends_at and one.created_at == cast.now for one in invited.values()
    )
    assert kinds(invited[cast.ngo]) == ["invitation.sent"]
    assert Activity.objects.filter(kind="invitation.sent", actor_person_id=cast.rosa.pk).count() == 3


def test_convene_calls_through_the_focal_point_before_the_head(cast: Cast) -> None:
    convene(cast, drafted(cast))
    post = Invitation.objects.get(organization=cast.ministry).post
    assert post and post.kind == Post.Kind.FOCAL_POINT


def test_convene_calls_the_head_where_the_focal_point_has_no_mailbox(cast: Cast) -> None:
    cast.carmen.email = ""
    cast.carmen.save()
    head = person("Julia Ona", at=cast.ngo, kind=Post.Kind.HEAD)
    session = called(cast)
    invitation = invitation_of(session, cast.ngo)
    assert invitation.post == head.tenures.get().post
    assert queries.recipient(invitation, cast.now.date()) == head


def test_convene_invites_an_organization_whose_posts_are_empty(cast: Cast) -> None:
    Tenure.objects.filter(person=cast.carmen).delete()
    session = drafted(cast)
    silent = [one for one in queries.invitees(session, cast.now.date()) if not one.has_mailbox]
    assert [one.organization for one in silent] == [cast.ngo]
    convene(cast, session)
    assert invitation_of(session, cast.ngo).post is None


def test_convene_leaves_out_seats_that_ended_and_keeps_observers_without_vote(cast: Cast) -> None:
    cast.seats["ngo"].ends_on = cast.now.date() - timedelta(days=1)
    cast.seats["ngo"].save()
    seat(cast.mesa, cast.outsider, Seat.Role.OBSERVER)
    session = called(cast)
    assert not Invitation.objects.filter(organization=cast.ngo).exists()
    assert invitation_of(session, cast.outsider).votes is False


def test_a_second_convene_changes_nothing_and_gives_the_first_back(cast: Cast) -> None:
    session = drafted(cast)
    first = convene(cast, session)
    before = Activity.objects.count()
    assert convene(cast, session, message="Otra vez") == first
    assert (Activity.objects.count(), Invitation.objects.count()) == (before, 3)
    assert Convocation.objects.get().message == ""


def test_numbers_run_by_mesa_and_year(cast: Cast) -> None:
    convene(cast, drafted(cast))
    assert convene(cast, drafted(cast, starts_at=cast.in_days(40))).number == "FS-2026-002"


def test_convene_refuses_short_notice_without_a_reason_and_keeps_the_reason(cast: Cast) -> None:
    session = drafted(cast, starts_at=cast.in_days(3))
    with pytest.raises(actions.ShortNotice) as refused:
        convene(cast, session, short_notice_reason="  ")
    assert refused.value.field == "short_notice_reason"
    assert not Invitation.objects.exists()
    assert (
        convene(cast, session, short_notice_reason="Cierre del puente").short_notice_reason
        == "Cierre del puente"
    )


def test_a_reason_is_not_kept_where_none_was_needed(cast: Cast) -> None:
    assert convene(cast, drafted(cast), short_notice_reason="Por si acaso").short_notice_reason == ""


def test_convene_refuses_without_agenda(cast: Cast) -> None:
    session = drafted(cast)
    session.agenda.all().delete()
    with pytest.raises(actions.NoAgenda):
        convene(cast, session)


def test_convene_refuses_a_mesa_without_seats(cast: Cast) -> None:
    Seat.objects.all().delete()
    with pytest.raises(actions.NobodyToInvite):
        convene(cast, drafted(cast))


@pytest.mark.parametrize("state", ["cancelled", "held", "failed"])
def test_convene_refuses_what_is_over_or_cancelled(cast: Cast, state: str) -> None:
    session = drafted(cast)
    Session.objects.filter(pk=session.pk).update(state=state, cancelled_at=cast.now)
    with pytest.raises(actions.ConvocationRefused):
        convene(cast, session)
    Session.objects.filter(pk=session.pk).update(state="draft")
    with pytest.raises(actions.ConvocationRefused):
        actions.convene(session_id=session.pk, by=cast.secretariat, now=session.ends_at)


def test_casa_adentro_calls_only_organizations_of_its_circle_in_a_series_of_its_own(cast: Cast) -> None:
    session = drafted(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    CircleMember.objects.create(session=session, person=cast.carmen, level="logistics", since=cast.now)
    assert convene(cast, session).number == "FS-CA-2026-001"
    assert [one.organization for one in Invitation.objects.all()] == [cast.ngo]
    assert convene(cast, drafted(cast)).number == "FS-2026-001"


def test_inviting_300_organizations_reads_as_often_as_inviting_3(
    cast: Cast, django_assert_num_queries
) -> None:
    session = drafted(cast)
    with django_assert_num_queries(2):
        assert len(queries.invitees(session, cast.now.date())) == 3
    many_seated(cast.mesa, [f"Organización {number:03}" for number in range(297)])
    with django_assert_num_queries(2):
        assert len(queries.invitees(session, cast.now.date())) == 300
