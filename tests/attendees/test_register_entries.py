"""One tap of one device is one entry of one register."""

import uuid
from datetime import timedelta

from django.test import Client

from coordination.activity.models import Activity
from coordination.attendees import actions
from coordination.sessions.models import Block, Session
from tests.cast import Cast


def _block(cast: Cast, number: int) -> Block:
    start = cast.now - timedelta(hours=1)
    session = Session.objects.create(
        mesa=cast.mesa, number=number, state="convened", starts_at=start, ends_at=start + timedelta(hours=3)
    )
    return Block.objects.create(session=session, starts_at=session.starts_at, ends_at=session.ends_at)


def test_the_same_entry_counts_once_in_each_register(cast: Cast) -> None:
    tap = uuid.uuid4()
    for block in (_block(cast, 1), _block(cast, 2)):
        for _ in range(2):
            actions.add_walk_in(
                block_id=block.pk,
                organization_id=cast.ngo.pk,
                name="Marta Paz",
                client_id=tap,
                by=cast.secretariat,
                now=cast.now,
            )
        assert block.attendances.count() == 1


def test_a_walk_in_written_by_mistake_is_taken_out_once(cast: Cast) -> None:
    block = _block(cast, 1)
    entry = actions.add_walk_in(
        block_id=block.pk,
        organization_id=cast.ngo.pk,
        name="Marta Paz",
        client_id=uuid.uuid4(),
        represents=True,
        by=cast.secretariat,
        now=cast.now,
    )
    again = {"block_id": block.pk, "client_id": entry.client_id, "by": cast.secretariat, "now": cast.now}
    assert actions.take_out_walk_in(**again) == "Marta Paz"
    assert actions.take_out_walk_in(**again) == ""
    assert not block.attendances.exists()
    assert Activity.objects.filter(kind="attendance.walk_in_taken_out").count() == 1


def test_only_who_keeps_the_register_takes_somebody_out(cast: Cast) -> None:
    block = _block(cast, 1)
    entry = actions.add_walk_in(
        block_id=block.pk,
        organization_id=cast.ngo.pk,
        name="Marta Paz",
        client_id=uuid.uuid4(),
        by=cast.secretariat,
        now=cast.now,
    )
    url = f"/es/sesiones/{block.session.public_id}/asistencia/marcar/"
    luis, rosa = Client(), Client()
    luis.force_login(cast.luis.user)
    rosa.force_login(cast.rosa.user)
    assert luis.post(url, {"take_out": entry.client_id}).status_code == 403
    assert block.attendances.count() == 1
    answer = rosa.post(url, {"take_out": entry.client_id}, follow=True)
    assert "Marta Paz ya no consta en la lista" in answer.content.decode()
    assert not block.attendances.exists()
