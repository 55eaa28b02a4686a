"""What organizations answer."""

from datetime import timedelta

import pytest

from coordination.activity.models import Activity
from coordination.attendees import actions
from coordination.attendees.models import Delegate, Invitation
from coordination.common.errors import StaleVersion
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, by_link, called, delegates, invitation_of, kinds, one, pair
from tests.cast import Cast


@pytest.fixture
def invitation(cast: Cast) -> Invitation:
    return invitation_of(called(cast), cast.ngo)


def test_answer_keeps_the_delegation_and_records_who_was_added(cast: Cast, invitation: Invitation) -> None:
    answered = accept(cast, invitation)
    assert (answered.state, answered.modality, answered.answered_at, answered.version) == (
        "accepted",
        "in_person",
        cast.now,
        2,
    )
    named = delegates(answered)
    assert [(d.role, d.person.name) for d in named] == [
        ("principal", "Carmen Loja"),
        ("alternate", "Luis Paredes"),
    ]
    last = Activity.objects.about("invitation", invitation.pk).first()
    assert (last.kind, last.actor_organization_id, last.mesa_id) == (
        "invitation.accepted",
        cast.ngo.pk,
        cast.mesa.pk,
    )
    assert last.payload == {"added": [d.person_id for d in named], "removed": []}


def test_three_delegates_share_one_mailbox(cast: Cast, invitation: Invitation) -> None:
    shared = "info@puente.example"
    people = [
        one("principal", "Ana Uno", shared),
        one("alternate", "Eva Dos", shared),
        one("companion", "Luz Tres", shared),
    ]
    accept(cast, invitation, people)
    assert Person.objects.filter(email=shared).count() == 3
    accept(cast, invitation, [*people[:2], one("companion", "Sol Cuatro", shared)])
    assert Person.objects.filter(email=shared).count() == 4
    assert [d.person.name for d in delegates(invitation)] == ["Ana Uno", "Eva Dos", "Sol Cuatro"]


def test_answer_reuses_the_person_of_the_organization_and_never_another_ones(
    cast: Cast, invitation: Invitation
) -> None:
    accept(
        cast,
        invitation,
        [
            one("principal", " carmen  LOJA ", cast.carmen.email.upper()),
            one("alternate", cast.luis.name, cast.luis.email),
        ],
    )
    principal, alternate = delegates(invitation)
    assert principal.person == cast.carmen
    assert alternate.person != cast.luis


def test_the_same_answer_again_changes_nothing_whatever_its_version(
    cast: Cast, invitation: Invitation
) -> None:
    accept(cast, invitation)
    before = Activity.objects.count()
    again = actions.answer(
        invitation_id=invitation.pk,
        version=1,
        modality="in_person",
        delegates=pair(),
        by=by_link(invitation),
        now=cast.in_days(1),
    )
    assert (again.version, again.answered_at, Activity.objects.count()) == (2, cast.now, before)


def test_another_answer_with_an_old_version_is_stale(cast: Cast, invitation: Invitation) -> None:
    accept(cast, invitation)
    with pytest.raises(StaleVersion):
        actions.answer(
            invitation_id=invitation.pk,
            version=1,
            modality="in_person",
            delegates=pair()[:1],
            by=by_link(invitation),
            now=cast.now,
        )


def test_a_change_keeps_who_stays_and_withdraws_who_goes(cast: Cast, invitation: Invitation) -> None:
    accept(cast, invitation)
    first = delegates(invitation)[0]
    accept(
        cast,
        invitation,
        [one("principal", "Carmen Loja", post_title="Directora"), one("alternate", "Eva Dos")],
        now=cast.in_days(1),
    )
    named = delegates(invitation)
    assert (named[0].pk, named[0].post_title, named[0].registered_at) == (first.pk, "Directora", cast.now)
    gone = Delegate.objects.get(person__name="Luis Paredes")
    assert gone.withdrawn_at == cast.in_days(1)
    assert kinds(invitation) == ["invitation.sent", "invitation.accepted", "delegation.changed"]
    last = Activity.objects.about("invitation", invitation.pk).first()
    assert last.payload == {"added": [named[1].person_id], "removed": [gone.person_id]}


def test_principal_and_alternate_can_trade_places(cast: Cast, invitation: Invitation) -> None:
    accept(cast, invitation)
    accept(cast, invitation, [one("principal", "Luis Paredes"), one("alternate", "Carmen Loja")])
    assert [d.person.name for d in delegates(invitation)] == ["Luis Paredes", "Carmen Loja"]
    assert Delegate.objects.count() == 2


def test_somebody_who_was_withdrawn_can_come_back(cast: Cast, invitation: Invitation) -> None:
    accept(cast, invitation)
    accept(cast, invitation, pair()[:1])
    accept(cast, invitation)
    assert len(delegates(invitation)) == 2
    assert Delegate.objects.count() == 3


@pytest.mark.parametrize(
    "people",
    [
        [],
        [one("alternate", "Ana Uno")],
        [one("principal", "Ana Uno"), one("principal", "Eva Dos")],
        [one("principal", "Ana Uno"), one("alternate", "ana  uno")],
        [one("principal", "Ana Uno"), one("alternate", "Eva Dos", " ")],
        [one("principal", "Ana Uno"), *(one("companion", f"Luz {n}") for n in "abc")],
    ],
    ids=["nobody", "no principal", "two principals", "one person twice", "no address", "more than the mesa allows"],
)  # fmt: skip
def test_answer_refuses_a_delegation_that_cannot_stand(
    cast: Cast, invitation: Invitation, people: list
) -> None:
    with pytest.raises(actions.DelegationRefused):
        accept(cast, invitation, people)
    assert kinds(invitation) == ["invitation.sent"]


def test_answer_refuses_a_way_that_the_session_does_not_offer(cast: Cast, invitation: Invitation) -> None:
    for way in ("online", "hybrid", ""):
        with pytest.raises(actions.DelegationRefused):
            accept(cast, invitation, modality=way)


def test_a_full_room_lets_its_own_people_be_swapped(cast: Cast) -> None:
    session = called(cast, capacity=2)
    accept(cast, invitation_of(session, cast.ngo))
    accept(
        cast, invitation_of(session, cast.ngo), [one("principal", "Eva Dos"), one("alternate", "Luz Tres")]
    )


def test_after_registration_closed_nobody_is_added_but_people_are_swapped(cast: Cast) -> None:
    session = called(cast, registration_closes_at=cast.in_days(10))
    ngo, university = invitation_of(session, cast.ngo), invitation_of(session, cast.university)
    accept(cast, ngo)
    late = cast.in_days(10)
    with pytest.raises(actions.RegistrationClosed, match="Ministerio Central"):
        accept(cast, university, now=late)
    with pytest.raises(actions.RegistrationClosed):
        accept(cast, ngo, [*pair(), one("companion", "Eva Dos")], now=late)
    accept(cast, ngo, [one("principal", "Carmen Loja"), one("alternate", "Eva Dos")], now=late)
    actions.decline(invitation_id=university.pk, version=1, by=by_link(university), now=late)


def test_decline_withdraws_the_delegation_and_keeps_the_remark(cast: Cast, invitation: Invitation) -> None:
    accept(cast, invitation)
    gone = [d.person_id for d in delegates(invitation)]
    declined = actions.decline(
        invitation_id=invitation.pk,
        version=2,
        note=" Estamos en terreno ",
        by=by_link(invitation),
        now=cast.now,
    )
    assert (declined.state, declined.note, declined.modality, declined.version) == (
        "declined",
        "Estamos en terreno",
        "",
        3,
    )
    assert delegates(invitation) == []
    last = Activity.objects.about("invitation", invitation.pk).first()
    assert (last.kind, last.payload) == ("invitation.declined", {"removed": gone})
    assert (
        actions.decline(
            invitation_id=invitation.pk,
            version=1,
            note="Estamos en terreno",
            by=by_link(invitation),
            now=cast.now,
        ).version
        == 3
    )
    assert accept(cast, invitation).state == "accepted"
    assert kinds(invitation)[-1] == "invitation.accepted"


def test_seen_is_noted_once_and_never_takes_an_answer_back(cast: Cast, invitation: Invitation) -> None:
    for _twice in range(2):
        seen = actions.mark_seen(invitation_id=invitation.pk, by=by_link(invitation), now=cast.now)
    assert (seen.state, seen.seen_at) == ("seen", cast.now)
    accept(cast, invitation)
    assert (
        actions.mark_seen(invitation_id=invitation.pk, by=by_link(invitation), now=cast.now).state
        == "accepted"
    )
    assert kinds(invitation) == ["invitation.sent", "invitation.seen", "invitation.accepted"]


def test_nothing_is_answered_once_the_session_is_over_or_cancelled(
    cast: Cast, invitation: Invitation
) -> None:
    with pytest.raises(actions.SessionIsOver):
        accept(cast, invitation, now=invitation.session.ends_at)
    Session.objects.filter(pk=invitation.session_id).update(state="cancelled", cancelled_at=cast.now)
    with pytest.raises(actions.SessionIsCancelled):
        actions.decline(invitation_id=invitation.pk, version=1, by=by_link(invitation), now=cast.now)


def test_a_telephone_is_the_focal_points_to_correct_except_of_those_who_sign_in(
    cast: Cast, invitation: Invitation
) -> None:
    accept(cast, invitation, [one("principal", "Carmen Loja", phone="099 111")])
    accept(cast, invitation, [one("principal", "Carmen Loja", phone="099 222")])
    assert delegates(invitation)[0].person.phone == "099 222"
    ours = invitation_of(invitation.session, cast.university)
    Person.objects.filter(pk=cast.luis.pk).update(phone="099 333")
    accept(
        cast,
        ours,
        [one("principal", cast.luis.name, cast.luis.email, phone="000")],
        now=cast.now + timedelta(hours=1),
    )
    assert delegates(ours)[0].person.phone == "099 333"
