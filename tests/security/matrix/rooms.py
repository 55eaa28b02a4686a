"""The next session from the last: whoever plans the mesa's sessions."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.sessions.models import Session
from tests.security.matrix.base import SECRETARIAT, Row, only
from tests.security.matrix.sessions import sent
from tests.security.matrix.world import World


def held(world: World) -> dict[str, Any]:
    """A session of last month; the world's own lies ahead."""
    then = timezone.now() - timedelta(days=30)
    last = Session.objects.create(
        mesa=world.mesa,
        number=2,
        state="held",
        starts_at=then,
        ends_at=then + timedelta(hours=3),
        closed_at=then,
    )
    return {"public_id": last.public_id}


def later(world: World) -> dict[str, Any]:
    day = world.session.starts_at + timedelta(days=5)
    return sent(world) | {"day": f"{day:%Y-%m-%d}"}


ROWS = [Row("sessions:next", held, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=302), data=later)]
