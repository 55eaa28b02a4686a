"""Everything held at once: after a restore, during an incident; what a release lets go and what it leaves behind."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actor import SYSTEM
from coordination.activity.models import Activity
from coordination.notifications import holding
from coordination.notifications.holding import AlreadyHeld, NotHeld
from coordination.notifications.models import Hold, Notification
from coordination.organizations.models import Person
from tests.cast import Cast, acting
from tests.notifications.conftest import Sink, World

pytestmark = pytest.mark.django_db
STATE = Notification.State
NOW = timezone.now()
SignIn = Callable[[Person], Client]


def message(cast: Cast, state: str = STATE.PLANNED, **more: Any) -> Notification:
    """A row that is due so many hours from now; its trigger lets it be born in any state."""
    made = unsaved(cast, state, **{"version": Notification.objects.count() + 1} | more)
    made.save()
    return made


def unsaved(
    cast: Cast, state: str = STATE.PLANNED, *, due: float = 0, life: float = 48, **more: Any
) -> Notification:
    at = NOW + timedelta(hours=due)
    more = {"next_try_at": at} | more
    return Notification(
        recipient=cast.luis, kind="reminder", subject_type="session", subject_id=1, root_type="session", root_id=1,
        due_at=at, not_after=at + timedelta(hours=life), state=state, **more,
    )  # fmt: skip


def state(row: Notification) -> str:
    row.refresh_from_db()
    return row.state


class TestHoldingARestoredCopy:
    def test_what_waits_is_held_and_what_was_leaving_stays_unknown(self, cast: Cast) -> None:
        lease = {"lease_token": "6b0c6a1e-94c4-4f3e-9d3b-0e6f4c7f1a11", "lease_until": NOW}
        planned, ahead = message(cast), message(cast, due=72)
        claimed = message(cast, STATE.CLAIMED, **lease)
        sending, doubtful = message(cast, STATE.SENDING, **lease), message(cast, STATE.UNKNOWN, **lease)
        sent = message(cast, STATE.SENT, sent_at=NOW)
        hold = holding.hold_restored(reason="restaurada", by=SYSTEM, now=NOW)
        assert [state(row) for row in (planned, ahead, claimed)] == [STATE.HELD] * 3
        assert {row.hold_id for row in (planned, ahead, claimed)} == {hold.pk}
        assert [state(row) for row in (sending, doubtful)] == [STATE.UNKNOWN] * 2
        assert sending.lease_until is doubtful.lease_until is None
        assert state(sent) == STATE.SENT

    def test_a_hold_that_was_open_in_the_backup_ends(self, cast: Cast) -> None:
        row = message(cast)
        holding.hold_restored(reason="primera", by=SYSTEM, now=NOW)
        second = holding.hold_restored(reason="segunda", by=SYSTEM, now=NOW)
        assert holding.current() == second
        assert state(row) == STATE.HELD
        assert row.hold_id == second.pk

    def test_nothing_leaves_before_a_person_releases(self, cast: Cast, sink: Sink) -> None:
        world = World(cast)
        world.convene()
        world.plan()
        holding.hold_restored(reason="restaurada", by=SYSTEM, now=world.now)
        assert world.send().claimed == 0
        assert sink.taken == []
        holding.release(overdue=True, by=SYSTEM, now=world.now)
        assert world.send().sent == len(sink.taken) > 0


class TestHoldingEverything:
    def test_it_opens_one_hold_and_says_so_in_the_history(self, cast: Cast) -> None:
        hold = holding.hold_everything(reason="servidor de correo ajeno", by=acting(cast.ana), now=NOW)
        assert holding.current() == hold
        told = Activity.objects.get(subject_type="hold", subject_id=hold.pk)
        assert (told.kind, told.actor_user_id) == ("messages.held", cast.ana.user_id)

    def test_nothing_is_claimed_meanwhile_and_rows_stay_planned(self, cast: Cast, sink: Sink) -> None:
        world = World(cast)
        world.convene()
        world.plan()
        before = set(Notification.objects.values_list("state", flat=True))
        holding.hold_everything(reason="incidente", by=SYSTEM, now=world.now)
        assert world.send().claimed == 0
        assert set(Notification.objects.values_list("state", flat=True)) == before == {STATE.PLANNED}
        holding.release(overdue=True, by=SYSTEM, now=world.now)
        assert world.send().sent == len(sink.taken) > 0

    def test_a_second_hold_is_refused(self, cast: Cast) -> None:
        holding.hold_everything(reason="uno", by=SYSTEM, now=NOW)
        with pytest.raises(AlreadyHeld):
            holding.hold_everything(reason="dos", by=SYSTEM, now=NOW)


class TestReleasing:
    @pytest.fixture
    def rows(self, cast: Cast) -> dict[str, Notification]:
        made = {
            "due": message(cast, due=-5),
            "ahead": message(cast, due=5),
            "late": message(cast, due=-50),
            "alone": message(cast, STATE.HELD, due=-5),
        }
        holding.hold_restored(reason="restaurada", by=SYSTEM, now=NOW)
        return made

    def test_all_that_is_in_time_leaves(self, cast: Cast, rows: dict[str, Notification]) -> None:
        done = holding.release(overdue=True, by=acting(cast.ana), now=NOW)
        assert (done.freed, done.expired) == (2, 1)
        assert {name: state(row) for name, row in rows.items()} == {
            "due": STATE.PLANNED,
            "ahead": STATE.PLANNED,
            "late": STATE.EXPIRED,
            "alone": STATE.HELD,
        }
        assert rows["due"].next_try_at == NOW
        assert rows["ahead"].next_try_at == rows["ahead"].due_at
        assert done.hold.released_by_id == cast.ana.user_id

    def test_only_what_falls_due_from_now_on_leaves(self, rows: dict[str, Notification]) -> None:
        done = holding.release(overdue=False, by=SYSTEM, now=NOW)
        assert (done.freed, done.expired) == (1, 2)
        assert state(rows["due"]) == state(rows["late"]) == STATE.EXPIRED
        assert state(rows["ahead"]) == STATE.PLANNED

    def test_what_waits_is_counted_as_it_will_be_released(self, rows: dict[str, Notification]) -> None:
        assert holding.waiting(holding.current(), NOW) == holding.Waiting(due=1, ahead=1, late=1)

    def test_a_second_release_is_refused(self, rows: dict[str, Notification]) -> None:
        holding.release(overdue=True, by=SYSTEM, now=NOW)
        with pytest.raises(NotHeld):
            holding.release(overdue=True, by=SYSTEM, now=NOW)


class TestThePages:
    def test_every_staff_page_says_it_and_only_administrators_are_led_to_the_release(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        Hold.objects.create(since=NOW, reason="restaurada del respaldo de ayer")
        page = reverse("notifications:hold")
        for person, led in ((cast.ana, True), (cast.luis, False)):
            text = sign_in(person).get(reverse("portal:my_work")).content.decode()
            assert "Restaurada del respaldo de ayer" in text
            assert (page in text) is led
        assert "respaldo de ayer" not in Client().get(reverse("portal:home")).content.decode()

    def test_an_administrator_holds_and_releases(self, cast: Cast, sign_in: SignIn) -> None:
        client, row = sign_in(cast.ana), message(cast, due=-1)
        client.post(reverse("notifications:hold"), {"reason": "un incidente"})
        assert holding.current().reason == "un incidente"
        assert "un incidente" in client.get(reverse("notifications:hold")).content.decode()
        answer = client.post(reverse("notifications:release"), {"which": "ahead"}, follow=True)
        assert answer.status_code == 200
        assert state(row) == STATE.EXPIRED
        assert holding.current() is None

    def test_a_release_without_a_choice_changes_nothing(self, cast: Cast, sign_in: SignIn) -> None:
        Hold.objects.create(since=NOW, reason="x")
        answer = sign_in(cast.ana).post(reverse("notifications:release"), {})
        assert 'name="which"' in answer.content.decode()
        assert holding.current() is not None

    def test_the_page_costs_the_same_with_three_hundred_messages(self, cast: Cast, sign_in: SignIn) -> None:
        client = sign_in(cast.ana)
        client.get(reverse("notifications:hold"))
        for count in (1, 300):
            Notification.objects.all().delete()
            Notification.objects.bulk_create(unsaved(cast, version=n) for n in range(count))
            with CaptureQueriesContext(
                connection,
            ) as caught:
                client.get(reverse("notifications:hold"))
            assert len(caught) <= 12


def test_readiness_says_held_and_is_not_alarmed_by_what_waits(cast: Cast) -> None:
    message(cast, due=-5)
    assert Client().get("/healthz/ready").json()["status"] == "degraded"
    Hold.objects.create(since=NOW, reason="x")
    answer = Client().get("/healthz/ready").json()
    assert (answer["status"], answer["held"]) == ("ok", True)


class TestTheCommand:
    def told(self, *arguments: str) -> str:
        said = StringIO()
        call_command("hold", *arguments, stdout=said)
        return said.getvalue()

    def test_it_holds_says_so_and_releases(self, cast: Cast) -> None:
        row = message(cast, due=-1)
        assert "un incidente" in self.told("--reason", "un incidente")
        with pytest.raises(CommandError):
            self.told("--reason", "otro")
        assert "1" in self.told("--release", "all")
        assert state(row) == STATE.PLANNED
        assert holding.current() is None

    def test_a_restore_names_the_day_of_its_backup(self, cast: Cast) -> None:
        self.told("--restored", "2026-11-21T13:12:00+00:00")
        assert "sábado 21 de noviembre de 2026, 08:12" in holding.current().reason
