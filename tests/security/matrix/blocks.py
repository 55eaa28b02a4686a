"""The programme of a session and series: whoever plans the mesa's sessions."""

import uuid
from datetime import timedelta
from typing import Any

from coordination.sessions.models import Block
from tests.security.matrix.base import SECRETARIAT, Row, only
from tests.security.matrix.sessions import NO_GET, session
from tests.security.matrix.world import World


def block(world: World) -> dict[str, Any]:
    """A second block, the next day: one of two can be taken out."""
    made, _new = Block.objects.get_or_create(
        session=world.session,
        order=2,
        defaults={
            "starts_at": world.session.starts_at + timedelta(days=1),
            "ends_at": world.session.ends_at + timedelta(days=1),
        },
    )
    return session(world) | {"block_id": made.pk}


def told(world: World) -> dict[str, Any]:
    day = world.session.starts_at.astimezone(world.session.zone) + timedelta(days=2)
    return {
        "version": world.session.version, "day": f"{day:%Y-%m-%d}", "starts": "09:00", "ends": "12:00",
        "kind": "group", "title": "Salud",
    }  # fmt: skip


def rhythm(world: World) -> dict[str, Any]:
    day = world.session.starts_at + timedelta(days=100)
    return told(world) | {
        "day": f"{day:%Y-%m-%d}", "time_zone": "America/Guayaquil", "kind": "ordinary", "topic": "Rutas",
        "modality": "in_person", "preset": "weekly", "by": "nth", "count": "2", "token": str(uuid.uuid4()),
        "step": "create", "number": "2",
    }  # fmt: skip


PLANS, PLANNED = only(SECRETARIAT), only(SECRETARIAT, ok=302)

ROWS = [
    Row("sessions:blocks", session, get=PLANS, post=PLANNED, data=told),
    Row("sessions:block_edit", block, get=PLANS, post=PLANNED, data=told),
    Row(
        "sessions:block_move", block, get=NO_GET, post=PLANNED, data=lambda w: {"version": w.session.version}
    ),
    Row(
        "sessions:block_remove", block, get=PLANS, post=PLANNED, data=lambda w: {"version": w.session.version}
    ),
    Row(
        "sessions:series",
        lambda w: {"slug": w.mesa.slug},
        get=PLANS,
        post=PLANNED,
        data=lambda w: rhythm(w),
    ),
]
