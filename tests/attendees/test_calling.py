"""Parts of a mesa, those who are missing, the second notice, and who signs."""

import uuid
from datetime import timedelta

import pytest

from coordination.attendees import actions, queries
from coordination.attendees.models import Attendance, Invitation
from coordination.attendees.segments import NEVER, Segment, chosen, times_present
from coordination.mesas.models import Mesa, Seat
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.organizations.models import Post
from coordination.sessions.models import CircleMember, Session
from coordination.taxonomies.models import Sector
from tests.attendees.inviting import accept, called, invitation_of, kinds
from tests.cast import Cast, person, seat
from tests.sessions.scheduling import drafted

DAY = timedelta(days=1)


def came(session: Session, *organizations: object) -> None:
    for one in organizations:
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


def names(cast: Cast, session: Session, **segment: object) -> set[str]:
    found = Segment(**segment)  # type: ignore[arg-type]
    times = times_present(session, of_last=found.of_last)
    return {one.organization.name for one in chosen(queries.invitees(session, cast.now.date()), found, times)}


def test_a_segment_is_chosen_by_what_an_organization_is(cast: Cast) -> None:
    seat(cast.mesa, cast.outsider, Seat.Role.OBSERVER)
    session = drafted(cast)
    academia = Sector.objects.get(code="academia").pk
    assert names(cast, session) == {"Ministerio Central", "Fundación Puente Sur", "Universidad del Páramo", "Cámara Boreal"}  # fmt: skip
    assert names(cast, session, sectors=frozenset([academia])) == {"Universidad del Páramo"}
    assert names(cast, session, roles=frozenset(["chair", "observer"])) == {"Ministerio Central", "Cámara Boreal"}  # fmt: skip
    assert names(cast, session, votes="voice") == {"Cámara Boreal"}
    assert names(cast, session, levels=frozenset(["cantonal"])) == set()


def test_a_segment_by_attendance_counts_the_last_open_sessions_of_this_mesa(cast: Cast) -> None:
    for days in (20, 40):
        came(called(cast, starts_at=cast.in_days(days)), cast.ngo)
    came(called(cast, starts_at=cast.in_days(60)), cast.university)
    secret = called(cast, starts_at=cast.in_days(70))
    came(secret, cast.ministry)
    Session.objects.filter(pk=secret.pk).update(is_casa_adentro=True)
    elsewhere = Mesa.objects.create(slug="otra", name_es="Otra", code_prefix="OT")
    foreign = called(cast, starts_at=cast.in_days(65))
    came(foreign, cast.ministry)
    Session.objects.filter(pk=foreign.pk).update(mesa=elsewhere)
    session = drafted(cast, starts_at=cast.in_days(90))
    assert names(cast, session, came="2") == {"Fundación Puente Sur"}
    assert names(cast, session, came="1", of_last=1) == {"Universidad del Páramo"}
    assert names(cast, session, came=NEVER) == {"Ministerio Central"}


def test_who_is_left_out_can_be_called_later_and_is_called_once(cast: Cast) -> None:
    session = drafted(cast)
    actions.convene(session_id=session.pk, organization_ids=[cast.ngo.pk], by=cast.secretariat, now=cast.now)
    assert Invitation.objects.get().organization == cast.ngo
    assert queries.count_not_called(session, cast.now.date()) == 2
    everybody = [cast.ngo.pk, cast.university.pk, cast.ministry.pk]
    sent = actions.call_missing(
        session_id=session.pk, organization_ids=everybody, by=cast.secretariat, now=cast.now + DAY
    )
    assert {one.organization_id for one in sent} == {cast.university.pk, cast.ministry.pk}
    assert kinds(invitation_of(session, cast.university)) == ["invitation.sent"]
    with pytest.raises(actions.NobodyToInvite):
        actions.call_missing(
            session_id=session.pk, organization_ids=everybody, by=cast.secretariat, now=cast.now + DAY
        )
    assert queries.count_not_called(session, cast.now.date()) == 0


def test_a_closed_session_calls_later_only_its_circle(cast: Cast) -> None:
    session = drafted(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    CircleMember.objects.create(session=session, person=cast.carmen, level="logistics", since=cast.now)
    actions.convene(session_id=session.pk, by=cast.secretariat, now=cast.now)
    session.refresh_from_db()
    assert queries.count_not_called(session, cast.now.date()) == 0
    with pytest.raises(actions.NobodyToInvite):
        actions.call_missing(
            session_id=session.pk, organization_ids=[cast.university.pk], by=cast.secretariat, now=cast.now
        )


def test_calling_the_missing_is_refused_before_the_convocation_and_after_the_session(cast: Cast) -> None:
    session = drafted(cast)
    ask = {"session_id": session.pk, "organization_ids": [cast.ngo.pk], "by": cast.secretariat}
    with pytest.raises(actions.ConvocationRefused):
        actions.call_missing(**ask, now=cast.now)
    actions.convene(session_id=session.pk, by=cast.secretariat, now=cast.now)
    with pytest.raises(actions.ConvocationRefused):
        actions.call_missing(**ask, now=session.ends_at)


def test_a_second_notice_reaches_only_the_silent_and_once_a_day(cast: Cast) -> None:
    session = called(cast, registration_closes_at=cast.in_days(15))
    accept(cast, invitation_of(session, cast.ngo))
    ask = {"session_id": session.pk, "by": cast.secretariat}
    with pytest.raises(actions.NobodySilent):
        actions.remind_silent(**ask, now=cast.now)  # called this very day
    later = cast.now + 2 * DAY
    assert actions.remind_silent(**ask, now=later) == 2
    assert kinds(invitation_of(session, cast.university))[-1] == "invitation.second_notice"
    assert invitation_of(session, cast.ngo).second_notice_at is None
    with pytest.raises(actions.NobodySilent):
        actions.remind_silent(**ask, now=later + timedelta(hours=3))
    assert actions.remind_silent(**ask, now=later + DAY) == 2
    with pytest.raises(actions.TooLateToRemind):
        actions.remind_silent(**ask, now=cast.in_days(16))


def test_a_second_notice_becomes_one_letter_each_and_the_clock_does_not_ask_the_same_the_day_after(
    cast: Cast,
) -> None:
    session = called(cast, registration_closes_at=cast.in_days(15))
    dispatch(cast.now)
    soon = cast.in_days(15) - 7 * DAY - timedelta(hours=6)  # six hours before the automatic reminder
    actions.remind_silent(session_id=session.pk, by=cast.secretariat, now=soon)
    dispatch(soon)
    rows = Notification.objects.filter(kind="second_notice")
    assert {row.state for row in rows} == {"planned"}
    assert rows.count() == 3
    automatic = Notification.objects.filter(kind="answer_reminder")
    assert set(automatic.filter(rung=7).values_list("state", flat=True)) == {"superseded"}
    assert set(automatic.filter(rung=2).values_list("state", flat=True)) == {"planned"}
    actions.remind_silent(session_id=session.pk, by=cast.secretariat, now=soon + DAY)
    dispatch(soon + DAY)
    assert rows.filter(state="planned").count() == 3, "what was not yet sent of the first gives way"


def test_who_signs_is_kept_as_they_were_that_day(cast: Cast) -> None:
    head = cast.tomas.tenures.get().post
    signing = queries.signatories(cast.mesa, cast.now.date())
    assert signing[0].post == head
    assert {one.person for one in signing} == {cast.tomas, cast.rosa}
    sent = actions.convene(
        session_id=drafted(cast).pk, signatory_post_id=head.pk, by=cast.secretariat, now=cast.now
    )
    Post.objects.filter(pk=head.pk).update(title_es="Otro cargo", title="Otro cargo")
    cast.tomas.tenures.update(ends_on=cast.now.date())
    sent.refresh_from_db()
    assert (sent.signatory_post, sent.signatory_name, sent.signatory_title) == (
        head,
        "Tomás Vera",
        "Punto focal",
    )


def test_nobody_signs_for_an_organization_that_is_not_theirs(cast: Cast) -> None:
    foreign = person("Julia Ona", at=cast.ngo, kind=Post.Kind.HEAD).tenures.get().post
    with pytest.raises(actions.NotASignatory):
        actions.convene(
            session_id=drafted(cast).pk, signatory_post_id=foreign.pk, by=cast.secretariat, now=cast.now
        )
    assert not Invitation.objects.exists()
