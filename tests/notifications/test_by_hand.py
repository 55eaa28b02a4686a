"""Sending again, holding back, letting go: each once, each written down, never past the gate."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.common.errors import DomainError
from coordination.notifications import actions, letters
from coordination.notifications.models import Notification
from coordination.organizations.models import Person
from tests.notifications.conftest import TITULAR, Sink, World
from tests.notifications.test_messages import put

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(world: World) -> Notification:
    """The reminder of a delegate, a day before the session; planned."""
    world.convene()
    world.name(TITULAR)
    world.plan()
    return world.rows("session_reminder")[0]


def again(row: Notification, world: World, minutes: float = 60) -> Notification:
    return actions.resend(
        notification_id=row.pk, by=world.cast.secretariat, now=world.now + timedelta(minutes=minutes)
    )


def test_a_message_that_left_is_sent_again_as_a_copy(row: Notification, world: World, sink: Sink) -> None:
    put(row, "sent", sent_at=world.now)
    copy = again(row, world)
    assert (copy.copy, copy.state, copy.recipient_id, copy.mesa_id) == (
        1,
        "planned",
        row.recipient_id,
        row.mesa_id,
    )
    assert copy.not_after > world.now + timedelta(hours=1)
    world.send(world.now + timedelta(hours=1))
    copy.refresh_from_db()
    assert copy.state == "sent"
    assert letters.message_id(copy) != letters.message_id(row)
    noted = Activity.objects.get(kind="message.resent")
    assert (noted.subject_type, noted.subject_id, noted.payload) == (
        "notification",
        row.pk,
        {"copy": copy.pk},
    )
    assert noted.mesa_id == world.cast.mesa.pk


@pytest.mark.parametrize("state", ["failed", "expired", "unknown"])
def test_what_did_not_arrive_is_sent_again(row: Notification, world: World, state: str) -> None:
    put(row, state)
    assert again(row, world).copy == 1


@pytest.mark.parametrize("state", ["planned", "held", "superseded"])
def test_what_has_not_left_is_not_sent_again(row: Notification, world: World, state: str) -> None:
    put(row, state)
    with pytest.raises(actions.NotGone):
        again(row, world)


def test_a_double_click_makes_one_copy(row: Notification, world: World, sign_in: Any) -> None:
    put(row, "failed")
    again(row, world)
    for pk in (row.pk, Notification.objects.get(copy=1).pk):
        with pytest.raises(DomainError):
            actions.resend(
                notification_id=pk, by=world.cast.secretariat, now=world.now + timedelta(minutes=61)
            )
    assert Notification.objects.filter(copy__gt=0).count() == 1


def test_what_left_a_moment_ago_is_not_sent_again(row: Notification, world: World) -> None:
    put(row, "sent", sent_at=world.now)
    with pytest.raises(actions.TooSoon):
        again(row, world, minutes=9)
    assert again(row, world, minutes=11)


def test_three_copies_are_enough(row: Notification, world: World) -> None:
    put(row, "failed")
    for turn in range(1, 4):
        put(again(row, world, minutes=60 * turn), "failed")
    with pytest.raises(actions.TooManyCopies):
        again(row, world, minutes=400)


def test_what_is_no_longer_true_is_not_sent_again(row: Notification, world: World) -> None:
    put(row, "sent", sent_at=world.now)
    world.cancel()
    with pytest.raises(actions.NoLongerTrue):
        again(row, world)


def test_a_person_without_an_address_gets_no_copy(row: Notification, world: World) -> None:
    put(row, "failed")
    Person.objects.filter(pk=row.recipient_id).update(email="")
    with pytest.raises(actions.NoAddress):
        again(row, world)


def test_a_held_message_does_not_leave_until_it_is_let_go(
    row: Notification, world: World, sink: Sink
) -> None:
    when = row.due_at + timedelta(minutes=1)
    actions.hold(notification_id=row.pk, by=world.cast.secretariat, now=world.now)
    before = len(sink.taken)
    world.send(when)
    row.refresh_from_db()
    assert row.state == "held"
    actions.release(notification_id=row.pk, by=world.cast.secretariat, now=when)
    world.send(when)
    row.refresh_from_db()
    assert row.state == "sent" and len(sink.taken) > before
    kinds = list(
        Activity.objects.filter(subject_type="notification").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["message.held", "message.released"]


def test_only_what_waits_can_be_held_and_only_what_is_held_let_go(row: Notification, world: World) -> None:
    with pytest.raises(actions.NotHeld):
        actions.release(notification_id=row.pk, by=world.cast.secretariat, now=world.now)
    put(row, "sent")
    with pytest.raises(actions.CannotHold):
        actions.hold(notification_id=row.pk, by=world.cast.secretariat, now=world.now)


def test_let_go_too_late_it_expires(row: Notification, world: World) -> None:
    actions.hold(notification_id=row.pk, by=world.cast.secretariat, now=world.now)
    gone = actions.release(notification_id=row.pk, by=world.cast.secretariat, now=row.not_after)
    assert gone.state == "expired"
    assert Activity.objects.filter(kind="message.expired").exists()


def test_planning_again_leaves_what_is_held_and_takes_back_what_nobody_expects(
    row: Notification, world: World
) -> None:
    actions.hold(notification_id=row.pk, by=world.cast.secretariat, now=world.now)
    world.name(TITULAR, ("alternate", "Julia Paz", "julia@cast.example"))
    world.plan()
    row.refresh_from_db()
    assert row.state == "held"
    world.cancel()
    world.plan()
    row.refresh_from_db()
    assert row.state == "superseded"


def test_the_buttons_do_one_thing_each_and_say_so(row: Notification, world: World, sign_in: Any) -> None:
    client = sign_in(world.cast.rosa)

    def press(name: str) -> str:
        answer = client.post(reverse(f"notifications:{name}", args=[row.public_id]), follow=True)
        assert answer.status_code == 200
        row.refresh_from_db()
        return str(row.state)

    assert press("keep_back") == "held"
    assert press("keep_back") == "held"
    assert press("let_go") in ("planned", "expired")
    for name in ("resend", "keep_back", "let_go"):
        assert client.get(reverse(f"notifications:{name}", args=[row.public_id])).status_code == 405
