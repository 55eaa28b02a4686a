"""The inbox of an organization, its receipts, the load it bears, the letter at the end of the ladder."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.commitments.models import Commitment
from coordination.notifications.models import Notification
from tests.security.matrix.base import MEMBER, ROLES, SECRETARIAT, Row, everybody, only
from tests.security.matrix.commitments import of_the_university, open_one, report_token
from tests.security.matrix.world import World

NO_GET = {role: 405 for role in ROLES}


def side(world: World) -> dict[str, Any]:
    return of_the_university(world) | {"slug": world.university.slug}


def no_side(world: World) -> dict[str, Any]:
    return open_one(world) | {"slug": world.outsider.slug}


def bearing(world: World) -> dict[str, Any]:
    open_one(world)
    return {"slug": world.ngo.slug}


def mesa(world: World) -> dict[str, Any]:
    open_one(world)
    return {"slug": world.mesa.slug}


def lettered(world: World) -> dict[str, Any]:
    """The letter about it left yesterday."""
    where = of_the_university(world)
    about, at = Commitment.objects.get(**where), timezone.now() - timedelta(days=1)
    Notification.objects.create(
        root_type="commitment", root_id=about.pk, kind="commitment_letter", subject_type="commitment",
        subject_id=about.pk, recipient=world.luis, organization=world.university, rung=10, version=1, due_at=at,
        not_after=at, next_try_at=at, state="sent", sent_at=at,
    )  # fmt: skip
    return where


def accepts(_world: World) -> dict[str, str]:
    return {"do": "aceptar"}


ROWS = [
    Row("commitments:inbox", get=everybody(200, anonymous=302), why="Each reads what is theirs."),
    Row("commitments:receive", side, get=only(MEMBER), post=only(MEMBER, ok=302), data=accepts),
    Row("commitments:receive", no_side, get=only(), post=only(), data=accepts, why="No side of it answers."),
    Row(
        "commitments:receive_by_link",
        report_token,
        get=NO_GET,
        post=everybody(302),
        data=accepts,
        why="The link is the key.",
    ),
    Row("commitments:load", bearing, get=everybody(200), why="Figures of what each sees."),
    Row("commitments:mesa_load", mesa, get=everybody(200), why="Figures of what each sees."),
    Row("commitments:receipts", mesa, get=only(SECRETARIAT)),
    Row(
        "notifications:ladder_letter",
        lettered,
        get=only(MEMBER, SECRETARIAT),
        why="The secretariat and the organization it was written to (the member's).",
    ),
]
