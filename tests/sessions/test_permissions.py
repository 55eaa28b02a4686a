"""Who sees and who may: lists and predicates agree, and a closed session exists for its circle only."""

import pytest

from accounts.actor import ANONYMOUS, Actor
from coordination.mesas.models import Mesa
from coordination.sessions import actions, permissions
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast, acting
from tests.sessions.scheduling import convened, drafted

PEOPLE = ("rosa", "tomas", "carmen", "luis", "elena", "ana", "olga")


def actors(cast: Cast) -> dict[str, Actor]:
    return {name: acting(getattr(cast, name)) for name in PEOPLE} | {"anonymous": ANONYMOUS}


def sees(cast: Cast, session: Session) -> set[str]:
    return {
        name
        for name, actor in actors(cast).items()
        if Session.objects.visible_to(actor).filter(pk=session.pk).exists()
    }


EVERYBODY = {*PEOPLE, "anonymous"}


def test_a_draft_shows_to_the_secretariat_alone(cast: Cast) -> None:
    assert sees(cast, drafted(cast)) == {"rosa"}


def test_an_announced_session_of_a_public_mesa_shows_to_everybody(cast: Cast) -> None:
    session = actions.announce(session_id=drafted(cast).pk, by=cast.secretariat, now=cast.now)
    assert sees(cast, session) == EVERYBODY


def test_a_session_of_a_members_mesa_shows_to_its_organizations_and_the_auditor(cast: Cast) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(visibility="members")
    # Carmen has no account and comes by a link; the administrator keeps reference data of every mesa.
    assert sees(cast, convened(cast)) == {"rosa", "tomas", "luis", "ana", "olga"}


@pytest.mark.parametrize("make", [drafted, convened])
def test_a_closed_session_shows_to_its_circle_alone(cast: Cast, make: object) -> None:
    session = make(cast, is_casa_adentro=True)  # type: ignore[operator]
    assert sees(cast, session) == {"rosa"}
    session.circle.all().delete()
    assert sees(cast, session) == set()
    CircleMember.objects.create(session=session, person=cast.luis, level="logistics", since=cast.now)
    CircleMember.objects.create(session=session, person=cast.carmen, level="record", since=cast.now)
    assert sees(cast, session) == {"luis", "carmen"}


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize(
    ("predicate", "twin"),
    [
        (permissions.can_schedule, permissions.schedulable),
        (permissions.can_record, permissions.recordable),
        (permissions.can_close, permissions.closable),
    ],
)
def test_predicate_and_list_agree(cast: Cast, closed: bool, predicate: object, twin: object) -> None:
    session = convened(cast, is_casa_adentro=closed)
    if closed:
        CircleMember.objects.create(session=session, person=cast.tomas, level="logistics", since=cast.now)
        CircleMember.objects.create(session=session, person=cast.luis, level="record", since=cast.now)
    for name, actor in actors(cast).items():
        alone = predicate(actor, session)  # type: ignore[operator]
        listed = twin(actor).filter(pk=session.pk).exists()  # type: ignore[operator]
        assert alone == listed, name


def test_the_secretariat_schedules_and_the_chair_only_records_and_closes(cast: Cast) -> None:
    session = convened(cast)
    rosa, tomas, luis = acting(cast.rosa), acting(cast.tomas), acting(cast.luis)
    assert permissions.can_schedule(rosa, session)
    assert not permissions.can_schedule(tomas, session)
    assert permissions.can_record(tomas, session)
    assert permissions.can_close(tomas, session)
    assert not permissions.can_record(luis, session)


def test_logistics_of_a_closed_session_do_not_open_its_record(cast: Cast) -> None:
    session = convened(cast, is_casa_adentro=True)
    session.circle.update(level="logistics")
    rosa = acting(cast.rosa)
    assert permissions.can_schedule(rosa, session)
    assert not permissions.can_record(rosa, session)


def test_a_secretariat_outside_the_circle_can_do_nothing(cast: Cast) -> None:
    session = convened(cast, is_casa_adentro=True)
    session.circle.all().delete()
    rosa = acting(cast.rosa)
    assert not permissions.can_schedule(rosa, session)
    assert not permissions.can_record(rosa, session)
    assert not permissions.can_close(rosa, session)
