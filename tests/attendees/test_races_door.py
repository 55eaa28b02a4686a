"""Fifty scans of one code from five devices at once: one attendance. The control runs without the lock."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees.models import Attendance
from coordination.sessions.models import Session
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


def test_fifty_scans_of_one_code_are_one_attendance(crowd: tuple[Cast, Session]) -> None:
    assert rush(*crowd) == {"new": 1, "already": DEVICES * SCANS - 1}
    mark = Attendance.objects.get()
    assert Activity.objects.about("attendance", mark.pk).count() == 1


def test_without_the_lock_they_would_not_be(
    crowd: tuple[Cast, Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were all of them new or already here too, the test above would prove nothing."""
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
