"""The figures by which the promise is watched."""

from datetime import timedelta

import pytest
from django.db.models import F

from coordination.notifications import deliver, holding
from coordination.notifications.models import Heartbeat, Notification
from coordination.notifications.queries import at_work, due, health
from tests.notifications.conftest import Sink, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(world: World) -> World:
    """Three invitations are due."""
    world.convene()
    world.plan()
    Notification.objects.exclude(kind="invitation").delete()
    Notification.objects.update(created_at=world.now)
    return world


def test_lateness_counts_from_when_a_message_was_due_and_known(invited: World, sink: Sink) -> None:
    now = invited.now
    first = Notification.objects.order_by("id").first()
    assert first is not None
    Notification.objects.filter(pk=first.pk).update(created_at=now + timedelta(seconds=20))
    invited.send(now + timedelta(seconds=30))
    told = health(now + timedelta(minutes=1))
    assert (told.sent, told.due_not_sent, told.late_p50) == (3, 0, timedelta(seconds=30))
    assert told.late_p99 is not None and timedelta(seconds=29) < told.late_p99 <= timedelta(seconds=30)
    assert health(now + timedelta(days=2)).sent == 0


def test_what_waits_and_who_holds_it_is_seen(
    invited: World, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    now = invited.now + timedelta(minutes=5)
    Heartbeat.objects.create(sweep="reconcile", finished_at=now, handled=4)
    deliver.claim(deliver.uuid.uuid4(), now, limit=1)
    Notification.objects.filter(state="claimed").update(lease_until=F("lease_until") - timedelta(seconds=40))
    with django_assert_num_queries(2):  # type: ignore[operator]
        told = health(now)
    assert (told.due_not_sent, told.in_flight, told.reconciled, told.reconciled_at) == (2, 1, 4, now)
    assert told.oldest_due == timedelta(minutes=5)
    assert told.oldest_lease is not None and timedelta(seconds=39) < told.oldest_lease < timedelta(seconds=90)
    assert (told.late_p50, told.late_p99) == (None, None)


def test_how_many_wait_is_counted_only_as_far_as_anybody_asks(invited: World) -> None:
    assert [due(invited.now, at_most=most) for most in (1, 9)] == [1, 3]
    assert due(invited.now - timedelta(hours=1), at_most=9) == 0
    assert at_work() == 0
    deliver.claim(deliver.uuid.uuid4(), invited.now, limit=1)
    deliver.claim(deliver.uuid.uuid4(), invited.now, limit=1)
    assert at_work() == 2
    holding.hold_everything(reason="Prueba", by=invited.cast.secretariat, now=invited.now)
    assert due(invited.now, at_most=9) == 0
