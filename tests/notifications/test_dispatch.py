"""The queue of what happened, batch by batch: each plan is made as often as there is something new to know."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination.activity.models import Activity
from coordination.notifications import dispatch
from coordination.notifications.models import Notification
from tests.notifications.conftest import ALTERNA, TITULAR, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Three things happened to one session, and a batch takes one of them."""
    monkeypatch.setattr(dispatch, "BATCH", 1)
    world.convene()
    world.plan()
    for people in ([TITULAR], [TITULAR, ALTERNA], [TITULAR]):
        world.name(*people)
    assert Activity.objects.pending().count() >= 3
    return world


def _plans_made(run: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        run()
    return sum("pg_advisory_xact_lock" in one["sql"] for one in asked)


def test_what_waited_when_a_run_began_is_planned_once(answered: World) -> None:
    assert _plans_made(answered.plan) == 1
    assert not Activity.objects.pending().exists()
    assert Notification.objects.filter(kind="delegation_confirmed", recipient__email=TITULAR[2]).exists()


def test_what_was_not_known_when_the_run_began_is_planned_again(
    answered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Activity.objects.pending().count()
    monkeypatch.setattr(dispatch, "MANY", 0)
    assert _plans_made(answered.plan) == waiting
