"""Reminders of what the secretariat owes: the morning it is due, then each second working day, three times."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.common.working_days import add_working_days
from coordination.mesas.models import Mesa, SecretariatMandate
from coordination.notifications.models import Notification
from coordination.notifications.planner import Addressee, SessionFacts, session_messages, task_mornings
from coordination.notifications.remind import reconcile, remind
from coordination.organizations.models import Tenure
from coordination.sessions import actions as sessions
from coordination.sessions.models import FollowUpTask
from coordination.taxonomies.models import Holiday
from tests.cast import person
from tests.notifications.conftest import Sink, World

QUITO, GALAPAGOS = ZoneInfo("America/Guayaquil"), ZoneInfo("Pacific/Galapagos")
END = datetime(2026, 4, 1, 17, tzinfo=UTC)  # miércoles
STATE = Notification.State


def facts(**changed: Any) -> SessionFacts:
    given_ = {
        "id": 1, "version": 1, "state": "held", "zone": QUITO, "starts_at": END - timedelta(hours=3), "ends_at": END,
        "registration_closes_at": None, "moved_at": None, "cancelled_at": None,
        "follow_up_planned_at": END + timedelta(minutes=1), "closed_at": None, "ladder": (),
        "debounce": timedelta(minutes=10), "secretariat": (Addressee(7, 70), Addressee(8, 70)),
    }  # fmt: skip
    return SessionFacts(**given_ | changed)


def due(planned: SessionFacts) -> list[Any]:
    return [message for message in session_messages(planned) if message.key.kind == "task_due"]


days = st.dates(date(2026, 4, 2), date(2026, 6, 1))


@given(tasks=st.lists(days, max_size=5), off=st.frozensets(days, max_size=10), zone=st.sampled_from([QUITO, GALAPAGOS, ZoneInfo("Europe/Madrid")]))  # fmt: skip
def test_one_mail_a_morning_at_eight_where_the_mesa_is(
    tasks: list[date], off: frozenset[date], zone: ZoneInfo
) -> None:
    messages = due(facts(tasks=tuple(tasks), days_off=off, mesa_zone=zone))
    for someone in (7, 8):
        mine = [message for message in messages if message.key.recipient_id == someone]
        walls = [message.due_at.astimezone(zone) for message in mine]
        assert all((wall.hour, wall.minute) == (8, 0) for wall in walls)
        assert len({wall.date() for wall in walls}) == len(walls) == len({message.key for message in mine})
        assert {wall.date() for wall in walls} == {day for task in tasks for day in task_mornings(task, off)}
        for before, after in pairwise(sorted(mine, key=lambda message: message.due_at)):
            assert before.due_at < after.due_at


@given(due_on=days, off=st.frozensets(days, max_size=20))
def test_the_day_it_is_due_stands_and_late_ones_come_on_working_days(
    due_on: date, off: frozenset[date]
) -> None:
    first, *late = task_mornings(due_on, off)
    assert first == due_on
    assert len(late) == 3
    assert all(day.weekday() < 5 and day not in off for day in late)
    assert late == [add_working_days(due_on, count, off) for count in (2, 4, 6)]


def test_what_is_due_before_the_end_was_noticed_is_not_sent_after_the_fact() -> None:
    noticed = facts(tasks=(date(2026, 4, 2),), follow_up_planned_at=datetime(2026, 4, 2, 15, tzinfo=UTC))
    assert {message.key.rung for message in due(noticed)} == {5, 7, 9}


def test_nothing_is_due_where_nothing_was_planned_or_all_is_done() -> None:
    assert due(facts(tasks=(date(2026, 4, 2),), follow_up_planned_at=None)) == []
    assert due(facts(tasks=())) == []
    cancelled = facts(tasks=(date(2026, 4, 2),), state="cancelled", cancelled_at=END)
    assert due(cancelled) == []


@pytest.fixture
def over(world: World) -> World:
    """The session's end was noticed: Wednesday 1 April 2026, 13:00 in Quito. Closing is due on Thursday, the rest on the 8th."""
    world.convene()
    world.plan()
    world.end = datetime(2026, 4, 1, 18, tzinfo=UTC)  # type: ignore[attr-defined]
    assert world.session.ends_at == world.end  # type: ignore[attr-defined]
    at = world.end + timedelta(minutes=1)  # type: ignore[attr-defined]
    remind(at)
    world.plan(at)
    return world


def morning(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 4, day, hour, 1, tzinfo=QUITO)


def letters(sink: Sink, world: World) -> list[Any]:
    return [
        message
        for message in sink.to(world.cast.rosa.email)
        if message["Subject"].startswith(("Vence hoy", "Tarea"))
    ]


@pytest.mark.django_db
def test_tasks_due_the_same_morning_are_one_mail(over: World, sink: Sink) -> None:
    over.send(morning(1, 14))
    assert letters(sink, over) == []
    over.send(morning(2))
    (letter,) = letters(sink, over)
    assert letter["Subject"].startswith("Vence hoy: 2 tareas. I sesi")
    text = letter.get_body(("plain",)).get_content()
    assert "completar el registro de asistencia: vence hoy, jueves 2 de abril" in text
    assert "cerrar la sesión: vence hoy" in text
    assert over.session.get_absolute_url() in text
    over.send(morning(2, 15))
    assert len(letters(sink, over)) == 1


@pytest.mark.django_db
def test_a_late_task_is_reminded_of_three_times_and_no_more(over: World, sink: Sink) -> None:
    FollowUpTask.objects.exclude(kind="close").update(done_at=over.end)  # type: ignore[attr-defined]
    over.plan(morning(1, 14))
    reconcile(morning(1, 14))
    for day in range(2, 31):
        over.send(morning(day))
    assert [letter["Subject"].split(":")[0] for letter in letters(sink, over)] == ["Vence hoy"] + [
        "Tarea vencida"
    ] * 3
    rungs = Notification.objects.filter(kind="task_due", state=STATE.SENT).values_list("rung", flat=True)
    # Thursday 2, Monday 6, Wednesday 8 and Friday 10 April; the session ended on the 1st.
    assert sorted(rungs) == [1, 5, 7, 9]


@pytest.mark.django_db
def test_what_is_done_is_not_reminded_of_and_what_is_taken_back_is(over: World, sink: Sink) -> None:
    secretariat = {"session_id": over.session.pk, "by": over.cast.secretariat}
    FollowUpTask.objects.exclude(kind="minutes").update(done_at=over.end)  # type: ignore[attr-defined]
    sessions.complete_task(**secretariat, kind="minutes", now=morning(2))
    over.plan(morning(2))
    assert {row.state for row in over.rows("task_due")} == {STATE.SUPERSEDED}
    sessions.reopen_task(**secretariat, kind="minutes", now=morning(3))
    over.plan(morning(3))
    over.send(morning(8))
    assert [letter["Subject"][:18] for letter in letters(sink, over)] == ["Vence hoy: circula"]


@pytest.mark.django_db
def test_the_gate_stops_what_was_done_a_moment_before(over: World, sink: Sink) -> None:
    FollowUpTask.objects.update(done_at=morning(2, 7))
    over.send(morning(2))
    assert letters(sink, over) == []


@pytest.mark.django_db
def test_it_goes_to_whoever_keeps_the_secretariat_that_day(over: World, sink: Sink) -> None:
    cast = over.cast
    post = SecretariatMandate.objects.get(mesa=cast.mesa).posts.get()
    Tenure.objects.filter(post=post).update(ends_on=date(2026, 4, 1))
    heir = person("Inés Cobos", email="ines@cast.example")
    Tenure.objects.create(post=post, person=heir, starts_on=date(2026, 4, 2))
    reconcile(morning(2, 7))
    over.send(morning(2))
    assert letters(sink, over) == []
    assert len(sink.to("ines@cast.example")) >= 1


@pytest.mark.django_db
def test_weeks_later_whoever_keeps_the_secretariat_is_still_found(over: World, sink: Sink) -> None:
    Notification.objects.filter(kind="task_due").delete()
    FollowUpTask.objects.exclude(kind="publish").update(done_at=over.end)  # type: ignore[attr-defined]
    assert FollowUpTask.objects.get(kind="publish").due_on == date(2026, 4, 22)
    assert reconcile(datetime(2026, 4, 21, 12, tzinfo=UTC)) == 4
    over.send(morning(22))
    assert len(letters(sink, over)) == 1


@pytest.mark.django_db
def test_a_holiday_added_later_moves_the_late_reminders_and_not_the_day(over: World) -> None:
    FollowUpTask.objects.exclude(kind="close").update(done_at=over.end)  # type: ignore[attr-defined]
    Holiday.objects.create(date=date(2026, 4, 2), name_es="Decreto", source="Decreto 9")
    Holiday.objects.create(date=date(2026, 4, 6), name_es="Decreto", source="Decreto 9")
    reconcile(morning(1, 14))
    rungs = Notification.objects.filter(kind="task_due", state=STATE.PLANNED).values_list("rung", flat=True)
    assert sorted(rungs) == [1, 6, 8, 12]
    assert FollowUpTask.objects.get(kind="close").due_on == date(2026, 4, 2)


@pytest.mark.django_db
def test_in_galapagos_it_leaves_an_hour_later(world: World) -> None:
    Mesa.objects.filter(pk=world.cast.mesa.pk).update(time_zone="Pacific/Galapagos")
    world.convene()
    at = datetime(2026, 4, 1, 18, 1, tzinfo=UTC)
    remind(at)
    world.plan(at)
    first = Notification.objects.filter(kind="task_due").order_by("due_at").first()
    assert first
    assert first.due_at == datetime(2026, 4, 2, 14, tzinfo=UTC)
