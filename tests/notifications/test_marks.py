"""The mark of a message that was taken is written with the gate of the next one, and is never left out."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination.notifications import deliver, drafts
from coordination.notifications.marks import Owed
from coordination.notifications.models import Hold, Notification
from coordination.notifications.smtp import Answer, Outcome
from coordination.organizations.models import Person
from tests.notifications.conftest import ALTERNA, TITULAR, Sink, World

pytestmark = pytest.mark.django_db
STATE = Notification.State
TAKEN = Answer(Outcome.TAKEN, 250, "OK")


@pytest.fixture
def two(world: World) -> World:
    """Two confirmations are due, and nothing else is."""
    world.convene()
    world.name(TITULAR, ALTERNA)
    world.plan()
    Notification.objects.exclude(kind="delegation_confirmed").delete()
    return world


@pytest.fixture
def first_taken(two: World) -> tuple[Any, Owed, int, drafts.Draft]:
    """The first was taken by the mail server and no row says so; the second waits at the gate."""
    token, owed = deliver.uuid.uuid4(), Owed()
    first, second = deliver.claim(token, two.now)
    made = drafts.of([first, second])
    assert made[first].passed(token, two.now, owed)
    owed.owe(first, token, two.now, TAKEN)
    assert Notification.objects.get(pk=first).state == STATE.SENDING
    return token, owed, first, made[second]


def test_the_mark_and_the_next_gate_are_asked_at_once(
    two: World, first_taken: tuple[Any, Owed, int, drafts.Draft]
) -> None:
    token, owed, first, second = first_taken
    with CaptureQueriesContext(connection) as asked:
        assert second.passed(token, two.now, owed)
    assert len([one for one in asked if "notifications_notification" in one["sql"]]) == 1
    row = Notification.objects.get(pk=first)
    assert (row.state, row.answer_code, row.sent_at, row.lease_token) == (STATE.SENT, 250, two.now, None)
    assert (Notification.objects.get(pk=second.row.pk).state, owed.facts) == (STATE.SENDING, None)


def test_the_mark_is_written_when_the_next_does_not_pass(
    two: World, first_taken: tuple[Any, Owed, int, drafts.Draft]
) -> None:
    token, owed, first, second = first_taken
    Hold.objects.create(since=two.now, reason="Prueba")
    assert second.passed(token, two.now, owed) is None
    assert (Notification.objects.get(pk=first).state, owed.facts) == (STATE.SENT, None)


def test_a_mark_whose_lease_was_lost_is_told_to_the_log(
    two: World, first_taken: tuple[Any, Owed, int, drafts.Draft], caplog: pytest.LogCaptureFixture
) -> None:
    token, owed, first, second = first_taken
    Notification.objects.filter(pk=first).update(lease_token=deliver.uuid.uuid4())
    assert second.passed(token, two.now, owed)
    assert f"the lease was lost: notification {first}" in caplog.text


def test_nothing_stays_owed_when_the_next_cannot_be_written(two: World, sink: Sink) -> None:
    last = Notification.objects.latest("id")
    Person.objects.filter(pk=last.recipient_id).update(language="xx")
    tally = two.send()
    assert (tally.sent, tally.postponed) == (1, 1)
    assert list(Notification.objects.order_by("id").values_list("state", flat=True)) == [STATE.SENT, STATE.PLANNED]  # fmt: skip


def test_nothing_stays_owed_when_the_next_takes_the_long_way(two: World, sink: Sink) -> None:
    last = Notification.objects.latest("id")
    Notification.objects.filter(pk=last.pk).update(copy=1)  # sent again by hand: never drafted
    assert two.send().sent == 2
    assert {row.state for row in Notification.objects.all()} == {STATE.SENT}
