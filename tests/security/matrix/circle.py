"""The circle of a session: its page, letting people in and out, and closing a whole draft."""

from typing import Any

from django.utils import timezone

from coordination.sessions.models import Block, CircleMember
from tests.security.matrix.base import SECRETARIAT, Row, only
from tests.security.matrix.sessions import NO_GET, session
from tests.security.matrix.world import World


def kept(world: World) -> dict[str, Any]:
    """The session has a circle: Rosa and one more know the record."""
    for person in (world.rosa, world.carmen):
        CircleMember.objects.get_or_create(
            session=world.session,
            person=person,
            until=None,
            level="record",
            defaults={"since": timezone.now()},
        )
    return session(world)


def with_hours(world: World) -> dict[str, Any]:
    Block.objects.get_or_create(
        session=world.session,
        order=9,
        is_casa_adentro=True,
        defaults={"starts_at": world.session.starts_at, "ends_at": world.session.ends_at},
    )
    return kept(world)


def member(world: World) -> dict[str, Any]:
    return kept(world) | {"person_id": world.carmen.public_id}


KEEPS, KEPT = only(SECRETARIAT), only(SECRETARIAT, ok=302)

ROWS = [
    # Outside the circle the page is the same with and without one: who could close something reads how.
    Row("sessions:circle", kept, get=KEEPS),
    Row("sessions:circle_hours", with_hours, get=KEEPS),
    Row("sessions:circle_admit", kept, get=NO_GET, post=KEPT, data=lambda w: {"persona": w.luis.pk}),
    Row("sessions:circle_undo", kept, get=NO_GET, post=KEPT),
    Row("sessions:circle_member", member, get=NO_GET, post=KEPT, data=lambda _w: {"nivel": "logistics"}),
    Row("sessions:turn", session, get=NO_GET, post=KEPT),
]
