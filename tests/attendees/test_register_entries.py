"""One tap of one device is one entry of one register."""

import uuid
from datetime import timedelta

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
