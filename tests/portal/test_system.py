"""The health page for people, and the figures it shares with supervisors."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from coordination.notifications.models import Hold
from coordination.portal.system import duration
from tests.keeping import forget_cached
from tests.notifications.conftest import World
from tests.notifications.test_messages import planned

pytestmark = pytest.mark.django_db
PAGE = "/es/estado-del-sistema/"


@pytest.fixture
def world(cast: Any) -> World:
    forget_cached()
    return World(cast)


def test_an_empty_installation_has_nothing_to_mend(cast: Any, sign_in: Any) -> None:
    forget_cached()
    page = sign_in(cast.ana).get(PAGE)
    assert page.status_code == 200 and page.context["troubles"] == []


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
    assert "m-card--now" in page and "30 min" in page and "redis" in page and "web" in page


def test_a_hold_is_told_in_place_of_what_waits(world: World, sign_in: Any) -> None:
    Hold.objects.create(since=timezone.now(), reason="Ensayo")
    assert sign_in(world.cast.ana).get(PAGE).status_code == 200


def test_only_administrators_read_it(world: World, sign_in: Any) -> None:
    assert sign_in(world.cast.rosa).get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 302
    assert PAGE in sign_in(world.cast.ana).get("/es/mi-trabajo/").content.decode()
    assert PAGE not in sign_in(world.cast.rosa).get("/es/mi-trabajo/").content.decode()


def test_an_administrators_monitor_reads_the_same_figures(world: World, sign_in: Any) -> None:
    planned(world, not_after=timezone.now() + timedelta(days=1))
    told = sign_in(world.cast.ana).get("/healthz/ready").json()
    assert told["messages"]["held"] == 0
    assert told["messages"]["oldest_due"] > 180 and told["messages"]["late_p50"] is None


@pytest.mark.parametrize("seconds", [0, 1, 119, 121, 7199, 7201, 172_799, 172_801])
def test_a_span_is_said_in_the_unit_people_act_on(seconds: int) -> None:
    assert duration(timedelta(seconds=seconds)).split()[0].isdigit()
    assert duration(None) == ""
