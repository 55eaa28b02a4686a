"""The planner is the secretariat's; moving a session is what scheduling one is."""

from tests.security.matrix.base import SECRETARIAT, Row, only
from tests.security.matrix.world import World


def session(world: World) -> dict[str, object]:
    return {"public_id": world.session.public_id}


ROWS = [
    Row("portal:planner", get=only(SECRETARIAT, ok=200)),
    Row("portal:planner_events", get=only(SECRETARIAT, ok=400), why="it was not asked from when to when"),
    Row("sessions:move", session, get=only(SECRETARIAT, ok=200), post=only(SECRETARIAT, ok=200)),
]
