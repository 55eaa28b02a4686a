"""The ring after a write: who rings, and what it costs when nobody hears it."""

import socket
import time
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from coordination.celery import app
from coordination.notifications import tasks
from coordination.notifications.middleware import DoorbellMiddleware
from coordination.notifications.models import Heartbeat
from coordination.notifications.queries import heartbeats
from tests.notifications.conftest import Sink, World


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is rung, seen at the edge of our process; the conversation with a broker is in tests/faults."""
    heard: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, *args, **options: heard.append(name))
    return heard


def door(status: int = 302) -> DoorbellMiddleware:
    return DoorbellMiddleware(lambda request: HttpResponse(status=status))


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("POST", 302, 1),
        ("POST", 200, 1),
        ("DELETE", 204, 1),
        ("GET", 200, 0),
        ("HEAD", 200, 0),
        ("POST", 403, 0),
    ],
)
def test_writes_ring_and_reads_do_not(
    rings: list[str], rf: RequestFactory, method: str, status: int, expected: int
) -> None:
    door(status)(rf.generic(method, "/"))
    assert rings == ["notifications.dispatch"] * expected


@pytest.mark.parametrize("kind", ["refused", "silent"])
def test_a_broker_that_is_away_costs_a_request_next_to_nothing(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """One address where nobody listens, one where somebody does and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if kind == "silent":
            listener.listen(1)
        monkeypatch.setattr(app.conf, "broker_url", f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        monkeypatch.setattr(app.conf, "broker_write_url", None)
        bell = door()
        spent = []
        for _attempt in range(3):
            started = time.perf_counter()
            assert bell(rf.post("/")).status_code == 302
            spent.append(time.perf_counter() - started)
    assert max(spent) <= 0.5  # 0.2 s on a machine that is not busy with a whole suite
    assert max(spent[1:]) <= 0.05  # after one silence it does not ask again for a while


def test_every_sweep_is_rung_at_an_interval_and_expires() -> None:
    assert set(app.conf.beat_schedule) == set(tasks.TIMETABLE)
    for name, entry in app.conf.beat_schedule.items():
        assert entry["options"]["expires"] == entry["schedule"] == tasks.TIMETABLE[name][0]
        assert "args" not in entry and "kwargs" not in entry
        assert name in app.tasks


# The world begins on a Monday: three organizations are called, and each is told what its week holds.
CALLED = WEEKS = 3


@pytest.mark.django_db
def test_every_task_run_twice_is_once(world: World, sink: Sink, rings: list[str], settings: Any) -> None:
    settings.CLOCK_OFFSET = int((world.now - tasks.timezone.now()).total_seconds())
    world.convene()
    world.name(("principal", "Carmen Loja", "carmen@cast.example"))
    for _twice in range(2):
        for name in tasks.TIMETABLE:
            task = app.tasks[name]
            task.run()
        tasks.drain_once()
    assert len(sink.taken) == len({message["Message-ID"] for message in sink.taken}) == CALLED + WEEKS
    assert {"dispatch", "drain", "sweep", "remind", "reconcile", "deliver"} == set(heartbeats())
    assert Heartbeat.objects.count() == 6


@pytest.mark.django_db
def test_the_command_does_the_same_without_celery(world: World, sink: Sink, settings: Any) -> None:
    from django.core.management import call_command

    settings.CLOCK_OFFSET = int((world.now - tasks.timezone.now()).total_seconds()) + 1
    world.convene()
    call_command("drain")
    call_command("drain")
    assert len(sink.taken) == CALLED + WEEKS
