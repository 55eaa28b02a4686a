"""The session's screen: who opens it, what stands on it, and what it costs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actor import ANONYMOUS
from coordination.attendees.queries import quorum
from coordination.mesas.models import Mesa
from coordination.minutes import on_the_day, seats
from coordination.minutes.actions.notes import mark_presence, save_notes
from coordination.minutes.models import ItemRecord
from coordination.organizations.models import Person
from coordination.sessions import actions, permissions
from coordination.sessions.actions.rapporteurs import NotOfThisMesa, OutsideTheCircle
from coordination.sessions.actions.running import ClosedItemStays, HasOutcome, NoLaterSession, NotTakenBack
from coordination.sessions.models import AgendaItem, Block, CircleMember, Session
from tests.cast import Cast, acting
from tests.minutes.table import item, outcome, rapporteur, running
from tests.sessions.scheduling import drafted, with_item

SignIn = Callable[[Person], Client]


def page(session: Session) -> str:
    return reverse("minutes:running", args=[session.public_id])


def url(name: str, session: Session, of: AgendaItem) -> str:
    return reverse(f"minutes:{name}", args=[session.public_id, of.public_id])


def test_secretariat_chair_and_rapporteur_open_it_and_nobody_else(cast: Cast, sign_in: SignIn) -> None:
    session = running(cast)
    rosa, tomas, luis = sign_in(cast.rosa), sign_in(cast.tomas), sign_in(cast.luis)
    assert [who.get(page(session)).status_code for who in (rosa, tomas, luis)] == [200, 200, 403]
    rapporteur(cast, session)
    assert luis.get(page(session)).status_code == 200
    assert luis.get(reverse("sessions:edit", args=[session.public_id])).status_code == 403
    actions.end_rapporteur(
        session_id=session.pk, person_id=cast.luis.pk, by=cast.secretariat, now=timezone.now()
    )
    assert luis.get(page(session)).status_code == 403


def test_a_rapporteur_sees_one_session_of_a_mesa_that_others_do_not_see(cast: Cast) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(visibility="members")
    mine, other = running(cast), running(cast, people=False)
    elena = acting(cast.elena)
    with pytest.raises(NotOfThisMesa):
        rapporteur(cast, mine, "elena")
    mine.rapporteurs.create(person=cast.elena, since=cast.now)
    assert list(Session.objects.visible_to(elena)) == [mine]
    assert permissions.can_record(elena, mine) and not permissions.can_record(elena, other)
    assert list(permissions.recordable(elena)) == [mine]
    assert not permissions.can_schedule(elena, mine) and not permissions.can_close(elena, mine)
    assert not Session.objects.visible_to(ANONYMOUS).exists()


def test_a_closed_session_is_written_by_its_circle_alone(cast: Cast) -> None:
    session = running(cast, is_casa_adentro=True, people=False)
    with pytest.raises(OutsideTheCircle):
        rapporteur(cast, session)
    session.rapporteurs.create(person=cast.luis, since=cast.now)
    luis = acting(cast.luis)
    assert not permissions.can_record(luis, session) and not permissions.recordable(luis).exists()
    assert not Session.objects.visible_to(luis).exists()
    CircleMember.objects.create(session=session, person=cast.luis, level="record", since=cast.now)
    assert permissions.can_record(luis, session) and list(permissions.recordable(luis)) == [session]


def test_a_closed_item_leaves_no_trace_on_the_screen_of_who_is_outside(cast: Cast, sign_in: SignIn) -> None:
    session = running(cast, items=3)
    hidden = item(session, 3)
    AgendaItem.objects.filter(pk=hidden.pk).update(
        is_casa_adentro=True, title_es="Canario", title_en="Canario"
    )
    rapporteur(cast, session)
    luis = sign_in(cast.luis)
    shown = luis.get(page(session)).content.decode()
    assert "Canario" not in shown and "3. Punto 4" in shown and "4. Punto" not in shown
    assert luis.get(f"{page(session)}?punto={hidden.public_id}").status_code == 404
    for name in ("notes", "presence", "times", "carry", "outcome_add", "statement_add", "figure_add"):
        assert luis.post(url(name, session, hidden), {"que": "empezar"}).status_code in (403, 404), name
    assert luis.get(url("notes_history", session, hidden)).status_code == 404
    CircleMember.objects.create(session=session, person=cast.luis, level="record", since=cast.now)
    assert "3. Canario" in luis.get(page(session)).content.decode()


@pytest.mark.parametrize("items", [1, 3, 40])
def test_it_costs_the_same_whatever_the_agenda(cast: Cast, sign_in: SignIn, items: int) -> None:
    session = running(cast, items=items)
    for _number in range(items):
        outcome(cast, session)
    rapporteur(cast, session)
    there = f"{page(session)}?punto={item(session).public_id}"
    for who in (sign_in(cast.rosa), sign_in(cast.luis)):
        for adding in ("", "&anadir=declaracion"):
            with CaptureQueriesContext(connection) as asked:
                who.get(there + adding)
            assert len(asked) <= 12, [query["sql"][:90] for query in asked]


def test_a_heartbeat_says_who_else_writes_in_three_queries(cast: Cast, sign_in: SignIn) -> None:
    session = running(cast)
    mark_presence(item_id=item(session).pk, person_id=cast.tomas.pk, now=timezone.now())
    rosa = sign_in(cast.rosa)
    with CaptureQueriesContext(connection) as asked:
        told = rosa.post(url("presence", session, item(session))).json()
    ours = ("minutes_itempresence", "attendees_attendance")
    own = [query for query in asked if any(table in query["sql"] for table in ours)]
    assert told["others"] == ["Tomás Vera"] and told["version"] == 0
    assert (told["organizations"], told["sectors"], told["met"]) == (2, 2, True)
    assert len(own) == 3 and len(asked) <= 8
    assert "Tomás Vera" in rosa.get(page(session)).content.decode()
    late = timezone.now() + timedelta(minutes=2)
    assert on_the_day.items_of(session, cast.secretariat, late)[1].writers == []


def test_the_quorum_line_is_the_registers_own(cast: Cast) -> None:
    session = running(cast)
    counted, whole = seats.quorum_of(seats.seats_here(session), session.mesa), quorum(session)
    assert (counted.organizations, counted.sectors, counted.met) == (
        whole.organizations,
        whole.sectors,
        whole.met,
    )
    assert (counted.organizations, counted.sectors) == (2, 2)


def clock(cast: Cast, session: Session) -> on_the_day.Clock:
    now = timezone.now()
    items = on_the_day.items_of(session, cast.secretariat, now)
    return on_the_day.clock_of(session, items, Block.objects.filter(session=session), now)


def test_the_hours_follow_what_really_happened(cast: Cast) -> None:
    session = running(cast, minutes=42)  # the review takes 30, each item 40
    assert clock(cast, session).late == 42
    start = session.starts_at
    actions.start_item(item_id=item(session, 1).pk, by=cast.secretariat, now=start)
    assert clock(cast, session).late == 12
    actions.end_item(item_id=item(session, 1).pk, by=cast.secretariat, now=start + timedelta(minutes=20))
    actions.start_item(item_id=item(session).pk, by=cast.secretariat, now=start + timedelta(minutes=20))
    told = clock(cast, session)
    assert told.late == -10 and told.early == 10
    assert [row.state for row in told.rows] == ["done", "now", "ahead"]
    assert told.rows[2].starts_at == start + timedelta(minutes=60)
    assert told.ends_at == start + timedelta(minutes=100)


def test_starting_an_item_ends_the_one_before_and_can_be_taken_back(cast: Cast, sign_in: SignIn) -> None:
    session = running(cast)
    rosa = sign_in(cast.rosa)
    for order in (1, 2):
        rosa.post(url("times", session, item(session, order)), {"que": "empezar"})
    assert item(session, 1).ended_at == item(session, 2).started_at is not None
    rosa.post(f"{url('times', session, item(session))}?que=deshacer")
    assert item(session, 1).ended_at is None and item(session, 2).started_at is None
    answer = rosa.post(url("times", session, item(session, 1)), {"que": "terminar"})
    assert str(item(session, 2).public_id) in answer["Location"]
    assert rosa.post(url("times", session, item(session, 1)), {"que": "bailar"}).status_code == 404


def test_what_was_not_dealt_with_goes_on_to_the_next_session_with_its_history(
    cast: Cast, sign_in: SignIn
) -> None:
    session = running(cast)
    left = item(session)
    rosa = sign_in(cast.rosa)
    there = f"{page(session)}?punto={left.public_id}"
    assert rosa.get(there).context["later"] is None
    assert rosa.post(url("carry", session, left)).status_code == 403
    later = drafted(cast, starts_at=timezone.now() + timedelta(days=30))
    rosa.post(url("carry", session, left))
    rosa.post(url("carry", session, left))
    made = AgendaItem.objects.get(session=later, carried_from=left)
    assert (made.title, made.minutes, made.order) == (left.title, 40, 2)
    assert rosa.get(there).context["carried"]
    rosa.post(f"{url('carry', session, left)}?deshacer=1")
    assert not AgendaItem.objects.filter(session=later, carried_from=left).exists()


def test_an_item_is_carried_only_where_it_may_be(cast: Cast) -> None:
    session = running(cast)
    told = {"item_id": item(session).pk, "by": cast.secretariat, "now": timezone.now()}
    with pytest.raises(NoLaterSession):
        actions.carry_item(to_id=running(cast, minutes=600, people=False).pk, **told)
    later = drafted(cast, starts_at=timezone.now() + timedelta(days=30))
    actions.carry_item(to_id=later.pk, **told)
    made = AgendaItem.objects.get(session=later, order=2)
    AgendaItem.objects.filter(pk=made.pk).update(version=2)
    with pytest.raises(NotTakenBack):
        actions.take_back_item(to_id=later.pk, **told)
    outcome(cast, session)
    with pytest.raises(HasOutcome):
        actions.carry_item(to_id=later.pk, **told)
    AgendaItem.objects.filter(pk=item(session, 3).pk).update(is_casa_adentro=True)
    with pytest.raises(ClosedItemStays):
        actions.carry_item(to_id=later.pk, **(told | {"item_id": item(session, 3).pk}))


def test_a_rapporteur_is_found_by_name_or_address_and_named(cast: Cast, sign_in: SignIn) -> None:
    session = running(cast)
    there = reverse("minutes:rapporteurs", args=[session.public_id])
    rosa = sign_in(cast.rosa)
    assert [one.pk for one in rosa.get(there, {"q": "aguirr"}).context["found"]] == [cast.luis.pk]
    assert [one.pk for one in rosa.get(there, {"q": cast.luis.email.upper()}).context["found"]] == [
        cast.luis.pk
    ]
    assert rosa.get(there, {"q": "Elena"}).context["found"] == []
    put = reverse("minutes:rapporteur_set", args=[session.public_id, cast.luis.public_id])
    rosa.post(put)
    assert permissions.can_record(acting(cast.luis), session)
    assert "Luis Aguirre" in rosa.get(there).content.decode()
    rosa.post(f"{put}?que=terminar")
    assert not permissions.can_record(acting(cast.luis), session)
    elena = reverse("minutes:rapporteur_set", args=[session.public_id, cast.elena.public_id])
    assert rosa.post(elena).status_code == 404
    assert sign_in(cast.tomas).get(there).status_code == 403


def test_before_and_after_nothing_can_be_written(cast: Cast, sign_in: SignIn) -> None:
    session = running(cast, minutes=-60)
    rosa = sign_in(cast.rosa)
    shown = rosa.get(page(session)).content.decode()
    assert "data-notes" not in shown
    answer = rosa.post(url("notes", session, item(session)), {"version": "0", "notes": "x"})
    assert answer.status_code == 422 and not ItemRecord.objects.exists()
    Session.objects.filter(pk=session.pk).update(starts_at=timezone.now() - timedelta(hours=1))
    save_notes(
        item_id=item(session).pk, version=0, notes="Dicho", reserved_notes="", by=cast.secretariat,
        now=timezone.now(),
    )  # fmt: skip
    Session.objects.filter(pk=session.pk).update(closed_at=timezone.now(), state="held")
    shown = rosa.get(page(session), {"punto": str(item(session).public_id)}).content.decode()
    assert "Dicho" in shown and "data-notes" not in shown


def test_a_broken_address_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    session = running(cast)
    rosa = sign_in(cast.rosa)
    other = with_item(cast, drafted(cast))
    for asked in ("x", "00000000-0000-0000-0000-000000000000", str(other.public_id)):
        assert rosa.get(page(session), {"punto": asked}).status_code == 404
    assert rosa.get(page(session), {"anadir": "<script>"}).status_code == 200
