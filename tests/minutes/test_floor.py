"""Who has the floor: one press, counted by sector, and by nobody's name."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.minutes import on_the_day, seats
from coordination.minutes.actions.floor import NobodyChosen, end_floor, give_floor, undo_floor
from coordination.minutes.models import Turn
from coordination.organizations.models import Person
from coordination.sessions import actions
from coordination.sessions.models import AgendaItem, Session
from coordination.taxonomies.models import Sector
from tests.cast import Cast, acting
from tests.minutes.table import item, running

SignIn = Callable[[Person], Client]


@pytest.fixture
def session(cast: Cast) -> Session:
    return running(cast)


def give(cast: Cast, session: Session, minutes: int, **who: int) -> Turn:
    now = session.starts_at + timedelta(minutes=minutes)
    return give_floor(session_id=session.pk, by=cast.secretariat, now=now, **who)


def shares(cast: Cast, session: Session, minutes: int, actor=None) -> dict[str, tuple[int, int]]:
    seated = [(seat.organization, seat.sector_id) for seat in seats.seats_here(session) if seat.came]
    now = session.starts_at + timedelta(minutes=minutes)
    found = on_the_day.floor_of(session, seated, actor or cast.secretariat, now)
    return {share.sector.code: (share.minutes, share.turns) for share in found}


def test_a_turn_ends_the_one_before_and_belongs_to_the_item_that_runs(cast: Cast, session: Session) -> None:
    actions.start_item(item_id=item(session).pk, by=cast.secretariat, now=session.starts_at)
    first = give(cast, session, 0, organization_id=cast.ngo.pk)
    again = give(cast, session, 2, organization_id=cast.ngo.pk)
    assert again.pk == first.pk and first.item == item(session)
    give(cast, session, 4, organization_id=cast.university.pk)
    give(cast, session, 5, sector_id=Sector.objects.get(code="civil_society").pk)
    end_floor(session_id=session.pk, by=cast.secretariat, now=session.starts_at + timedelta(minutes=8))
    assert shares(cast, session, 20) == {"civil_society": (7, 2), "academia": (1, 1)}
    with pytest.raises(NobodyChosen):
        give(cast, session, 9, organization_id=987654)


def test_the_last_press_can_be_taken_back(cast: Cast, session: Session) -> None:
    give(cast, session, 0, organization_id=cast.ngo.pk)
    give(cast, session, 3, organization_id=cast.university.pk)
    told = {"session_id": session.pk, "by": cast.secretariat, "now": timezone.now()}
    undo_floor(**told)
    assert Turn.objects.get().ended_at is None and Turn.objects.get().organization == cast.ngo
    end_floor(**told)
    undo_floor(**told)
    assert Turn.objects.get().ended_at is None


def test_the_page_tells_who_speaks_and_who_has_not(cast: Cast, session: Session, sign_in: SignIn) -> None:
    rosa = sign_in(cast.rosa)
    turn, floor = (reverse(f"minutes:{name}", args=[session.public_id]) for name in ("turn", "floor"))
    answer = rosa.post(turn, {"organizacion": str(cast.ngo.pk)}, follow=True)
    assert answer.context["turn"].organization == cast.ngo
    assert [one.pk for one in answer.context["silent"]] == [cast.university.pk]
    with CaptureQueriesContext(connection) as asked:
        shown = rosa.get(floor).content.decode()
    assert len(asked) <= 12 and "Carmen" not in shown and "style=" not in shown
    for odd in ({"sector": "x"}, {"organizacion": "-1"}, {"que": "bailar"}):
        assert rosa.post(turn, odd).status_code == 302
    rosa.post(turn, {"que": "nadie"})
    assert rosa.get(floor).context["turn"] is None
    rosa.post(f"{turn}?que=deshacer")
    assert rosa.get(floor).context["turn"].organization == cast.ngo
    assert sign_in(cast.luis).get(floor).status_code == 403


def test_what_was_said_casa_adentro_counts_for_its_circle_alone(cast: Cast, session: Session) -> None:
    actions.start_item(item_id=item(session).pk, by=cast.secretariat, now=session.starts_at)
    give(cast, session, 0, organization_id=cast.ngo.pk)
    AgendaItem.objects.filter(pk=item(session).pk).update(is_casa_adentro=True)
    luis = acting(cast.luis)
    assert on_the_day.open_turn(session, luis) is None
    assert shares(cast, session, 5, luis)["civil_society"] == (0, 0)
    session.circle.create(person=cast.luis, level="record", since=cast.now)
    assert shares(cast, session, 5, luis)["civil_society"] == (5, 1)
