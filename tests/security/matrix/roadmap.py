"""The road map by role: public as far as its commitments are; milestones are the secretariat's."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.commitments.roadmap.actions import add_milestone
from tests.security.matrix.base import SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def of_the_mesa(world: World) -> dict[str, Any]:
    return {"slug": world.mesa.slug}


def pdf(_world: World) -> dict[str, Any]:
    return {"kind": "pdf"}


def calendar(_world: World) -> dict[str, Any]:
    return {"kind": "ics"}


def stone(world: World) -> dict[str, Any]:
    made = add_milestone(
        mesa_id=world.mesa.pk,
        title="Permiso firmado",
        due_on=timezone.localdate() + timedelta(days=20),
        by=world.secretariat,
        now=timezone.now(),
    )
    return {"public_id": made.public_id}


KEEPS = only(SECRETARIAT)
ROWS = [
    Row("commitments:roadmap", get=everybody(200)),
    Row("commitments:roadmap_file", pdf, get=everybody(200)),
    Row("commitments:roadmap_file", calendar, get=everybody(200)),
    Row("commitments:milestone_add", of_the_mesa, get=KEEPS, post=only(SECRETARIAT, ok=422)),
    Row("commitments:milestone", stone, get=KEEPS, post=only(SECRETARIAT, ok=422)),
    Row("commitments:milestone_remove", stone, post=only(SECRETARIAT, ok=302)),
]
