"""Messages are for the mesa's secretariat and for administrators; to others a message is not there."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.notifications.models import Notification
from tests.security.matrix.base import ADMINISTRATOR, SECRETARIAT, Row, only
from tests.security.matrix.world import World


def _row(world: World, **given: Any) -> dict[str, Any]:
    now = timezone.now()
    values = {"state": "planned"} | given
    row = Notification.objects.create(
        recipient=world.carmen, organization=world.ngo, kind="invitation", subject_type="invitation",
        subject_id=world.invitation.pk, root_type="session", root_id=world.session.pk, mesa_id=world.mesa.pk, version=1,
        due_at=now, not_after=now + timedelta(days=9), next_try_at=now, **values,
    )  # fmt: skip
    return {"public_id": row.public_id}


def planned(world: World) -> dict[str, Any]:
    return _row(world)


def held(world: World) -> dict[str, Any]:
    return _row(world, state="held")


READS = only(SECRETARIAT, ADMINISTRATOR)
FINDS = only(SECRETARIAT, ADMINISTRATOR, refused=404)
ACTS = only(SECRETARIAT, ADMINISTRATOR, ok=302, refused=404)

ROWS = [
    Row("notifications:messages", get=READS),
    Row("notifications:gallery", get=READS),
    Row("notifications:gallery_letter", lambda w: {"kind": "invitation", "language": "es"}, get=READS),
    Row("notifications:message", planned, get=FINDS),
    Row("notifications:letter", planned, get=FINDS),
    Row("notifications:resend", planned, post=ACTS, why="Refused with a sentence: it has not left."),
    Row("notifications:keep_back", planned, post=ACTS),
    Row("notifications:let_go", held, post=ACTS),
]
