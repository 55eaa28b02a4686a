"""What is owed after a session: only its secretariat says that it is done."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.security.matrix.base import ANONYMOUS, LOGIN, ROLES, SECRETARIAT, Row, only
from tests.security.matrix.world import World


def task(world: World) -> dict[str, Any]:
    world.session.tasks.get_or_create(
        kind="minutes", defaults={"due_on": timezone.localdate() + timedelta(days=5)}
    )
    return {"public_id": world.session.public_id, "kind": "minutes"}


# What is not for GET is refused before anybody asks who reads: the anonymous are sent to sign in first.
NO_GET = {role: LOGIN if role == ANONYMOUS else 405 for role in ROLES}

ROWS = [
    Row(
        "sessions:task_done",
        task,
        get=NO_GET,
        post=only(SECRETARIAT, ok=302),
        why="the chair closes, the secretariat owes",
    ),
    Row("sessions:task_undo", task, get=NO_GET, post=only(SECRETARIAT, ok=302)),
]
