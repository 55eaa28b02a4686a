"""What the secretariat owes after a session: when each thing is due where it took place, and what completes it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.mesas import actions as mesas
from coordination.mesas.models import Mesa
from coordination.sessions import actions
from coordination.sessions.actions import follow_up as room
from coordination.sessions.models import Session
from coordination.taxonomies import loader
from coordination.taxonomies.models import Canton, Holiday
from tests.cast import Cast
from tests.sessions.scheduling import after, convened

pytestmark = pytest.mark.django_db


@pytest.fixture
def country(db: None) -> None:
    loader.load()


def ended(cast: Cast, start: datetime, **fields: Any) -> Session:
    """A session whose end was noticed an hour later."""
    made = convened(cast, starts_at=start, **fields)
    return actions.plan_follow_up(session_id=made.pk, now=after(made))


def due(session: Session) -> dict[str, date]:
    return dict(session.tasks.values_list("kind", "due_on"))


def canton(code: str) -> int:
    return Canton.objects.get(code=code).pk


# Year after year the cast's clock stands at March 2026; sessions lie after it.
def test_a_session_on_the_friday_before_carnival_is_closed_on_ash_wednesday(
    cast: Cast, country: None
) -> None:
    # Friday 5 February 2027, 19:00 to 22:00 in Quito: already Saturday in UTC. Carnival is on the 8th and 9th.
    session = ended(cast, datetime(2027, 2, 6, 0, tzinfo=UTC))
    assert due(session) == {
        "attendance": date(2027, 2, 10),
        "close": date(2027, 2, 10),
        "minutes": date(2027, 2, 16),
        "follow_up": date(2027, 2, 16),
        "publish": date(2027, 3, 2),
    }


def test_a_local_holiday_counts_where_the_session_took_place(cast: Cast, country: None) -> None:
    # Friday 4 December 2026; Quito rests on Monday the 7th for the 6th.
    start = datetime(2026, 12, 4, 14, tzinfo=UTC)
    assert due(ended(cast, start, canton_id=canton("1701")))["close"] == date(2026, 12, 8)
    assert due(ended(cast, start, canton_id=canton("0901")))["close"] == date(2026, 12, 7)


def test_online_the_territory_is_the_mesas(cast: Cast, country: None) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(canton=canton("1701"))
    start = datetime(2026, 12, 4, 14, tzinfo=UTC)
    online = ended(
        cast, start, modality="online", online_url="https://reunion.example/a", canton_id=canton("0901")
    )
    assert due(online)["close"] == date(2026, 12, 8)
    assert due(ended(cast, start, canton_id=None))["close"] == date(2026, 12, 8)


def test_in_galapagos_the_day_is_counted_on_its_own_clock(cast: Cast, country: None) -> None:
    # Wednesday 17 February 2027, 21:30 to 23:45 there is Thursday in Quito and in UTC; San Cristóbal rests on Friday 19.
    session = ended(
        cast,
        datetime(2027, 2, 18, 3, 30, tzinfo=UTC),
        hours=2.25,
        time_zone="Pacific/Galapagos",
        canton_id=canton("2001"),
    )
    assert due(session)["close"] == date(2027, 2, 18)
    later = ended(
        cast, datetime(2027, 2, 18, 14, tzinfo=UTC), time_zone="Pacific/Galapagos", canton_id=canton("2001")
    )
    assert due(later)["close"] == date(2027, 2, 22)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Madrid"])
def test_the_day_clocks_change_has_one_next_working_day(cast: Cast, zone: str) -> None:
    # Saturday night before the clocks change: 31 October 2026 in New York, 27 March 2027 in Madrid.
    start = datetime(2026, 11, 1, 1, tzinfo=UTC) if "York" in zone else datetime(2027, 3, 27, 20, tzinfo=UTC)
    session = ended(cast, start, time_zone=zone)
    assert due(session)["close"] == (date(2026, 11, 2) if "York" in zone else date(2027, 3, 29))


def test_the_mesa_says_how_many_days_and_later_settings_move_nothing(cast: Cast) -> None:
    mesas.edit(
        mesa_id=cast.mesa.pk, version=1, closing_days=2, circulating_days=3, publishing_days=4, by=cast.secretariat,
        now=cast.now,
    )  # fmt: skip
    session = ended(cast, datetime(2026, 4, 6, 14, tzinfo=UTC))
    planned = due(session)
    assert planned == {
        "attendance": date(2026, 4, 8),
        "close": date(2026, 4, 8),
        "minutes": date(2026, 4, 9),
        "follow_up": date(2026, 4, 9),
        "publish": date(2026, 4, 10),
    }
    mesas.edit(mesa_id=cast.mesa.pk, version=2, publishing_days=30, by=cast.secretariat, now=cast.now)
    actions.plan_follow_up(session_id=session.pk, now=after(session, 5))
    assert due(session) == planned


def test_a_holiday_added_later_moves_no_task(cast: Cast) -> None:
    session = ended(cast, datetime(2026, 4, 6, 14, tzinfo=UTC))
    planned = due(session)
    Holiday.objects.create(date=planned["close"], name_es="Decreto", source="Decreto 9")
    actions.plan_follow_up(session_id=session.pk, now=after(session, 5))
    assert due(session) == planned


def test_a_historic_session_owes_nothing(cast: Cast) -> None:
    old = Session.objects.create(
        mesa=cast.mesa, number=90, provenance="historic", state="held", starts_at=cast.in_days(-90), ends_at=cast.in_days(-89)
    )  # fmt: skip
    actions.plan_follow_up(session_id=old.pk, now=cast.now)
    assert not old.tasks.exists()


def test_what_a_person_marks_can_be_taken_back(cast: Cast) -> None:
    session = ended(cast, datetime(2026, 4, 6, 14, tzinfo=UTC))
    day = due(session)["minutes"]
    given: dict[str, Any] = {"session_id": session.pk, "kind": "minutes", "by": cast.secretariat}
    actions.complete_task(**given, now=after(session, 2))
    assert session.tasks.get(kind="minutes").done_at == after(session, 2)
    for _again in range(2):
        actions.reopen_task(**given, now=after(session, 3))
    task = session.tasks.get(kind="minutes")
    assert (task.done_at, task.due_on) == (None, day)
    told = list(Activity.objects.about("session", session.pk).values_list("kind", "payload"))
    assert told.count(("session.task_reopened", {"task": "minutes"})) == 1


@pytest.mark.parametrize("kind", ["attendance", "close"])
def test_nobody_ticks_off_what_its_own_page_completes(cast: Cast, kind: str) -> None:
    session = ended(cast, datetime(2026, 4, 6, 14, tzinfo=UTC))
    for act in (actions.complete_task, actions.reopen_task):
        with pytest.raises(room.CompletesItself):
            act(session_id=session.pk, kind=kind, by=cast.secretariat, now=after(session, 2))
    assert session.tasks.get(kind=kind).done_at is None


def test_a_task_that_was_never_planned_is_refused(cast: Cast) -> None:
    session = convened(cast)
    with pytest.raises(room.NoSuchTask):
        actions.complete_task(session_id=session.pk, kind="publish", by=cast.secretariat, now=cast.now)


def test_one_press_marks_and_the_notice_takes_it_back(cast: Cast) -> None:
    session = ended(cast, datetime(2026, 4, 6, 14, tzinfo=UTC))
    client, here = Client(), [session.public_id, "minutes"]
    client.force_login(cast.rosa.user)
    work = reverse("portal:my_work")
    answer = client.post(reverse("sessions:task_done", args=here), {"next": work}, follow=True)
    assert answer.redirect_chain == [(work, 302)]
    assert session.tasks.get(kind="minutes").done_at
    undo = reverse("sessions:task_undo", args=here)
    assert undo in answer.content.decode()
    back = client.post(f"{undo}?next={work}")
    assert back.url == work
    assert session.tasks.get(kind="minutes").done_at is None
    away = client.post(reverse("sessions:task_done", args=here), {"next": "https://otro.example/"})
    assert away.url == session.get_absolute_url()


@pytest.mark.parametrize("kind", ["close", "tea"])
def test_a_press_that_makes_no_sense_changes_nothing_and_says_so(cast: Cast, kind: str) -> None:
    session = ended(cast, datetime(2026, 4, 6, 14, tzinfo=UTC))
    client = Client()
    client.force_login(cast.rosa.user)
    answer = client.post(reverse("sessions:task_done", args=[session.public_id, kind]), follow=True)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not session.tasks.filter(done_at__isnull=False).exists()
