"""Fifty scans of one code from five devices at once: one attendance. The control runs without the lock."""

import contextlib
import json
import threading
import time
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees.actions import checkin
from coordination.attendees.actions.marks import is_entombed
from coordination.attendees.models import Attendance
from coordination.sessions.models import Block, Session
from tests.attendees.at_the_door import named, opened, scan, send
from tests.attendees.test_races import all_at_once
from tests.cast import Cast, signed_in

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
DEVICES, SCANS = 5, 10


def rush(cast: Cast, session: Session) -> Counter[str]:
    """Every device sends its ten scans of the same pass one by one, all devices at once."""
    block, [delegate, *_] = session.blocks.get(), named(cast, session)
    queues = [
        [scan(block, delegate, timezone.now() - timedelta(seconds=number)) for number in range(SCANS)]
        for _device in range(DEVICES)
    ]
    clients: list[Client] = [signed_in(cast.rosa.user) for _device in range(DEVICES)]

    def device(client: Client, queue: list[dict[str, object]]) -> list[str]:
        answers = []
        for one in queue:
            response = send(client, session, [one])
            answers += [json.loads(response.content)["results"][0]["result"]]
        return answers

    told = all_at_once(
        [lambda client=client, queue=queue: device(client, queue) for client, queue in zip(clients, queues, strict=True)]
    )  # fmt: skip
    assert all(isinstance(answers, list) for answers in told), told
    return Counter(answer for answers in told for answer in answers)  # type: ignore[union-attr]


@pytest.fixture
def crowd(cast: Cast) -> tuple[Cast, Session]:
    cast.now = timezone.now()
    return cast, opened(cast)


@pytest.fixture
def slow_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widens the gap between seeing that there is no mark and writing one."""

    def slowly(client_id: uuid.UUID, block: Block) -> bool:
        time.sleep(0.3)
        return is_entombed(client_id, block)

    monkeypatch.setattr(checkin, "is_entombed", slowly)


def test_fifty_scans_of_one_code_are_one_attendance(crowd: tuple[Cast, Session], slow_look: None) -> None:
    assert rush(*crowd) == {"new": 1, "already": DEVICES * SCANS - 1}
    mark = Attendance.objects.get()
    assert Activity.objects.about("attendance", mark.pk).count() == 1


def test_without_the_lock_they_would_not_be(
    crowd: tuple[Cast, Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were all of them new or already here too, the test above would prove nothing."""
    together = threading.Barrier(DEVICES)

    save = Attendance.save

    def all_at_it(mark: Attendance, **options: Any) -> None:
        """Nobody writes before everybody has seen that there is no mark."""
        if mark._state.adding:
            with contextlib.suppress(threading.BrokenBarrierError):
                together.wait(timeout=60)
        save(mark, **options)

    monkeypatch.setattr(Attendance, "save", all_at_it)
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda self, **_options: self.all()
    )
    assert rush(*crowd)["refused"] > 0


def test_one_queue_sent_five_times_at_once_gives_its_rows_once(crowd: tuple[Cast, Session]) -> None:
    cast, session = crowd
    block, people = session.blocks.get(), named(cast, session)
    queue = [scan(block, one, timezone.now()) for one in people]
    queue.append({**queue[1], "kind": "undo"})
    clients = [signed_in(cast.rosa.user) for _time in range(DEVICES)]
    told = all_at_once([lambda client=client: send(client, session, queue).json() for client in clients])
    assert all(isinstance(one, dict) for one in told), told
    assert Attendance.objects.get().delegate == people[0]
    counted = Counter(row["result"] for one in told for row in one["results"])
    assert set(counted) == {"new", "already"}
