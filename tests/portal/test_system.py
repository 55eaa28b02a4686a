"""The health page for people, and the figures it shares with supervisors."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from coordination.notifications import metrics
from coordination.notifications.models import Heartbeat, Hold
from coordination.portal.system import duration
from tests.notifications.conftest import World
from tests.notifications.test_messages import planned, put

pytestmark = pytest.mark.django_db
PAGE = "/es/estado-del-sistema/"


@pytest.fixture
def world(cast: Any) -> World:
    cache.clear()
    return World(cast)


def test_figures_count_what_became_of_messages(world: World) -> None:
    now = timezone.now()
    for late in (10, 20, 300):
        row = planned(world, due_at=now, next_try_at=now)[0]
        put(row, "sent", sent_at=now + timedelta(seconds=late))
    for state in ("failed", "unknown", "expired", "held"):
        put(planned(world, due_at=now + timedelta(days=1), next_try_at=now + timedelta(days=1))[0], state)
    planned(world, next_try_at=now - timedelta(seconds=200), not_after=now + timedelta(days=1))
    Heartbeat.objects.create(sweep="reconcile", finished_at=now, handled=4)
    found = metrics.metrics(now)
    assert (found.refused, found.unknown, found.expired, found.held) == (1, 1, 1, 1)
    assert (found.sent_in_a_day, found.due_not_sent, found.reconcile_additions) == (3, 1, 4)
    assert 18 <= found.lateness_p50 <= 21 and 250 < found.lateness_p99 <= 300
    assert found.oldest_due == 200


def test_figures_of_an_empty_installation_are_unknown_and_not_zero(db: None) -> None:
    found = metrics.metrics(timezone.now())
    assert found.lateness_p50 is None and found.lateness_p99 is None
    assert found.oldest_due == found.oldest_lease == 0


def test_the_page_says_what_waits_and_what_to_do(
    world: World, sign_in: Any, settings: Any, tmp_path: Any
) -> None:
    now = timezone.now()
    planned(world, next_try_at=now - timedelta(minutes=30), not_after=now + timedelta(days=1))
    status = tmp_path / "supervisor.json"
    status.write_text(json.dumps({"parts": [
        {"part": "web", "state": "running", "pid": 1, "since": now.isoformat(), "restarts": 0, "last_exit": None, "next_try": None},
        {"part": "redis", "state": "waiting", "pid": None, "since": now.isoformat(), "restarts": 3, "last_exit": -9, "next_try": now.isoformat()},
    ]}))  # fmt: skip
    settings.SUPERVISOR_STATUS = str(status)
    page = sign_in(world.cast.ana).get(PAGE).content.decode()
    assert "m-card--now" in page and "redis" in page and "web" in page


def test_a_hold_is_told_in_place_of_what_waits(world: World, sign_in: Any) -> None:
    Hold.objects.create(since=timezone.now(), reason="Ensayo")
    assert sign_in(world.cast.ana).get(PAGE).status_code == 200


def test_only_administrators_read_it(world: World, sign_in: Any) -> None:
    assert sign_in(world.cast.rosa).get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert PAGE in sign_in(world.cast.ana).get("/es/mi-trabajo/").content.decode()
    assert PAGE not in sign_in(world.cast.rosa).get("/es/mi-trabajo/").content.decode()


def test_supervisors_read_the_same_figures(world: World) -> None:
    planned(world)
    told = Client().get("/healthz/ready").json()
    assert told["messages"]["held"] == 0
    assert set(told["messages"]) == set(metrics.metrics(timezone.now()).as_dict())


@pytest.mark.parametrize("seconds", [0, 1, 119, 121, 7199, 7201, 172_799, 172_801])
def test_a_span_is_said_in_the_unit_people_act_on(seconds: int) -> None:
    assert duration(seconds).split()[0].isdigit()
    assert duration(None) == ""
