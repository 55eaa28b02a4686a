"""The planner is the secretariat's; moving a session is what scheduling one is."""

from tests.security.matrix.base import SECRETARIAT, Row, everybody, only
from tests.security.matrix.polls import asked
from tests.security.matrix.world import World


def session(world: World) -> dict[str, object]:
    return {"public_id": world.session.public_id}


def ballot(world: World) -> dict[str, object]:
    return {"token": asked(world).ballots.get(organization=world.ngo).token}


ROWS = [
    Row("portal:planner", get=only(SECRETARIAT, ok=200)),
    Row("portal:planner_events", get=only(SECRETARIAT, ok=400), why="it was not asked from when to when"),
    Row("sessions:move", session, get=only(SECRETARIAT, ok=200), post=only(SECRETARIAT, ok=200)),
    Row("polls:renew", ballot, post=everybody(200), why="the answer is one and the same, whatever the token"),
]
