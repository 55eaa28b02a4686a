"""Sharing sheets: inside only the circle of the record, which none of the matrix's roles is in; published ones everybody."""

from datetime import timedelta

from django.utils import timezone

from coordination.minutes.models import Clearance, SharingSheet
from tests.security.matrix.base import ANONYMOUS, LOGIN, ROLES, Row, everybody
from tests.security.matrix.world import World

NOBODY = everybody(404, **{ANONYMOUS: LOGIN})
NO_GET = {role: LOGIN if role == ANONYMOUS else 405 for role in ROLES}


def sheet(world: World, state: str = "published") -> SharingSheet:
    now = timezone.now()
    fields = {
        "title": "Lo que compartimos",
        "state": state,
        "created_at": now,
        "published_at": now,
        "clear_until": now,
    }
    return SharingSheet.objects.get_or_create(session=world.session, defaults=fields)[0]


def clearance(world: World, state: str = "published") -> Clearance:
    made = {"link_expires_at": timezone.now() + timedelta(days=3), "person": world.carmen}
    return Clearance.objects.get_or_create(sheet=sheet(world, state), organization=world.ngo, defaults=made)[
        0
    ]


def here(world: World) -> dict[str, object]:
    return {"public_id": world.session.public_id}


ROWS = [
    Row("minutes:sharing", here, get=NOBODY, post=NOBODY),
    Row("minutes:sharing_edit", here, get=NOBODY, post=NOBODY),
    Row("minutes:sharing_ask", here, get=NO_GET, post=NOBODY),
    Row("minutes:sharing_publish", here, get=NO_GET, post=NOBODY),
    Row("minutes:sharing_withdraw", here, get=NO_GET, post=NOBODY),
    Row(
        "minutes:sharing_clear",
        lambda w: here(w) | {"clearance_id": clearance(w).public_id},
        get=NO_GET,
        post=NOBODY,
    ),
    Row(
        "minutes:clearance",
        lambda w: {"token": clearance(w, "clearing").token},
        get=everybody(404),
        post=everybody(404),
        why="its person is in no circle",
    ),
    Row("minutes:shared", lambda w: {"public_id": sheet(w).public_id}, get=everybody(200), why="published"),
]
