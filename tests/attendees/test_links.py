"""Links to invitations: what opens, what is dead, what is sent again."""

import uuid
from datetime import timedelta

import pytest

from accounts.links import make_token
from coordination.attendees import actions, queries
from coordination.attendees.models import Invitation
from coordination.attendees.queries import Dead
from coordination.sessions import actions as session_actions
from coordination.sessions.models import Session
from tests.attendees.inviting import by_link, called, invitation_of, kinds
from tests.cast import Cast


@pytest.fixture
def invitation(cast: Cast) -> Invitation:
    return invitation_of(called(cast), cast.ngo)


def renew(invitation: Invitation, now) -> Invitation:
    return actions.renew_link(invitation_id=invitation.pk, by=by_link(invitation), now=now)


def test_a_link_opens_its_own_invitation_until_the_session_ends(cast: Cast, invitation: Invitation) -> None:
    end = invitation.session.ends_at
    found = queries.find_link(invitation.token, end - timedelta(seconds=1))
    assert (found.invitation, found.dead) == (invitation, None)
    assert queries.find_link(invitation.token, end).dead == Dead.OVER


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row.token[:-1],
        lambda row: row.token[:-1] + ("A" if row.token[-1] != "A" else "B"),
        lambda row: row.token.replace(".", ""),
        lambda row: "",
        lambda row: "ñ.ñ",
        lambda row: make_token("commitment", row.public_id, 1),
        lambda row: make_token("invitation", row.public_id, 2),
        lambda row: make_token("invitation", uuid.uuid4(), 1),
        lambda row: make_token("invitation", row.session.public_id, 1),
    ],
    ids=["cut", "changed", "without dot", "empty", "not base64", "another purpose", "a generation to come", "nobody's", "another row's"],
)  # fmt: skip
def test_a_token_that_proves_nothing_says_nothing(cast: Cast, invitation: Invitation, spoil) -> None:
    found = queries.find_link(spoil(invitation), cast.now)
    assert (found.invitation, found.dead) == (None, Dead.UNKNOWN)


def test_revoke_kills_every_copy_and_the_next_link_is_another(cast: Cast, invitation: Invitation) -> None:
    old = invitation.token
    revoked = actions.revoke_link(invitation_id=invitation.pk, by=cast.secretariat, now=cast.now)
    assert queries.find_link(old, cast.now).dead == Dead.REVOKED
    assert queries.find_link(revoked.token, cast.now).dead is None
    renewed = renew(invitation, cast.now)
    assert renewed.token == revoked.token
    assert kinds(invitation)[1:] == ["invitation.link_revoked", "invitation.link_renewed"]


def test_renew_keeps_the_generation_and_extends_to_the_end_of_the_session(
    cast: Cast, invitation: Invitation
) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(link_expires_at=cast.now)
    assert queries.find_link(invitation.token, cast.now).dead == Dead.OVER
    renewed = renew(invitation, cast.now)
    assert (renewed.link_generation, renewed.link_expires_at) == (1, invitation.session.ends_at)
    assert queries.find_link(invitation.token, cast.now).dead is None


def test_renew_refuses_a_fourth_time_within_the_hour(cast: Cast, invitation: Invitation) -> None:
    for minute in range(3):
        renew(invitation, cast.now + timedelta(minutes=minute))
    with pytest.raises(actions.TooManyRenewals):
        renew(invitation, cast.now + timedelta(minutes=59))
    renew(invitation, cast.now + timedelta(minutes=60))


def test_renew_refuses_when_there_is_nothing_left_to_answer(cast: Cast, invitation: Invitation) -> None:
    with pytest.raises(actions.SessionIsOver):
        renew(invitation, invitation.session.ends_at)
    Session.objects.filter(pk=invitation.session_id).update(state="cancelled", cancelled_at=cast.now)
    assert queries.find_link(invitation.token, cast.now).dead == Dead.CANCELLED
    with pytest.raises(actions.SessionIsCancelled):
        renew(invitation, cast.now)


def test_a_session_that_moves_takes_its_links_along(cast: Cast, invitation: Invitation) -> None:
    session = invitation.session
    later = timedelta(days=30)
    session_actions.edit(
        session_id=session.pk,
        version=session.version,
        starts_at=session.starts_at + later,
        ends_at=session.ends_at + later,
        by=cast.secretariat,
        now=cast.in_days(1),
    )
    assert queries.find_link(invitation.token, session.ends_at + timedelta(days=1)).dead is None
    assert queries.find_link(invitation.token, session.ends_at + later).dead == Dead.OVER


def test_a_hint_tells_the_owner_and_nobody_else() -> None:
    assert queries.masked("carmen@puente.example") == "c•••@p•••.example"


def test_an_actor_by_link_sees_its_own_invitation_alone(cast: Cast, invitation: Invitation) -> None:
    assert list(Invitation.objects.visible_to(by_link(invitation))) == [invitation]
