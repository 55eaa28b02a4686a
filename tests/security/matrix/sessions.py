"""Sessions: the list is open, planning is the secretariat's, the record also the chair's."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.sessions.models import Outcome
from tests.security.matrix.base import ANONYMOUS, CHAIR, LOGIN, ROLES, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def session(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id}


def item(world: World) -> dict[str, Any]:
    return session(world) | {"item_id": world.item.public_id}


def outcome(world: World) -> dict[str, Any]:
    made = Outcome.objects.create(
        session=world.session, item=world.item, kind="lesson", text="Avisar antes", recorded_at=timezone.now()
    )
    return session(world) | {"outcome_id": made.public_id}


def sent(world: World) -> dict[str, Any]:
    """The day after the world's session: on its own day, what overlaps would depend on the hour of the suite."""
    starts = world.session.starts_at.astimezone(world.session.zone) + timedelta(days=1)
    return {
        "version": world.session.version, "day": f"{starts:%Y-%m-%d}", "starts": "09:00", "ends": "12:00",
        "time_zone": "America/Guayaquil", "kind": "ordinary", "topic": "Rutas", "modality": "in_person",
    }  # fmt: skip


def new_item(_world: World) -> dict[str, Any]:
    return {"title": "Rutas", "kind": "discussion", "version": 1}


# What is not for GET is refused before anybody asks who reads: the anonymous are sent to sign in first.
NO_GET = {role: LOGIN if role == ANONYMOUS else 405 for role in ROLES}
PLANS = only(SECRETARIAT)
PLANNED = only(SECRETARIAT, ok=302)
RECORDS = only(SECRETARIAT, CHAIR)
RECORDED = only(SECRETARIAT, CHAIR, ok=302)

ROWS = [
    Row("sessions:list", get=everybody(200), why="the mesas are public; each reader sees what is theirs"),
    Row("sessions:schedule", lambda w: {"slug": w.mesa.slug}, get=PLANS, post=PLANNED, data=sent),
    Row("sessions:edit", session, get=PLANS, post=PLANNED, data=sent),
    Row("sessions:announce", session, get=NO_GET, post=PLANNED),
    Row("sessions:cancel", session, get=PLANS, post=PLANNED, data=lambda _w: {"reason": "Vía cerrada"}),
    Row("sessions:agenda", session, get=PLANS, post=PLANNED, data=new_item),
    Row("sessions:item_edit", item, get=PLANS, post=PLANNED, data=new_item),
    Row("sessions:item_move", item, get=NO_GET, post=PLANNED, data=lambda _w: {"to": "up"}),
    Row("sessions:item_remove", item, get=NO_GET, post=PLANNED),
    Row("sessions:item_restore", session, get=NO_GET, post=PLANNED),
    Row("sessions:outcomes", session, get=RECORDS, why="the chair keeps the record with the secretariat"),
    Row("sessions:outcome_edit", outcome, get=RECORDS),
    Row("sessions:outcome_remove", outcome, get=NO_GET, post=RECORDED),
    Row("sessions:outcome_restore", session, get=NO_GET, post=RECORDED),
    Row("sessions:close", session, get=RECORDS),
]
