"""Convocations and registers by role; what begins with i/ asks for nothing but its link."""

from typing import Any

from tests.security.matrix.base import (
    AUDITOR,
    CHAIR,
    SECRETARIAT,
    Row,
    everybody,
    only,
)
from tests.security.matrix.world import World

SEES = (SECRETARIAT, CHAIR, AUDITOR)
RECORDS = (SECRETARIAT, CHAIR)


def session(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id}


def unsent(world: World) -> dict[str, Any]:
    return {"public_id": world.unsent.public_id}


def row_of(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id, "invitation": world.invitation.public_id}


def token(world: World) -> dict[str, Any]:
    return {"token": world.invitation.token}


ROWS = [
    Row(
        "attendees:convene",
        unsent,
        get=only(SECRETARIAT, refused=404),
        post=only(SECRETARIAT, ok=302, refused=404),
        why="A draft does not exist for anybody else.",
    ),
    Row("attendees:delegations", session, get=only(*SEES)),
    Row("attendees:resend", row_of, post=only(SECRETARIAT, ok=302)),
    Row("attendees:revoke", row_of, post=only(SECRETARIAT, ok=302)),
    Row("attendees:attendance", session, get=only(*SEES)),
    Row(
        "attendees:mark",
        session,
        post=only(*RECORDS, ok=404),
        why="404 because the form names nobody: the door itself stands open to those who keep the register.",
    ),
    Row("attendees:walk_in", session, post=only(*RECORDS, ok=422)),
    Row("attendees:close", session, post=only(*RECORDS, ok=302)),
    Row("attendees:invitation", token, get=everybody(200), post=everybody(422)),
    Row("attendees:delegation", token, get=everybody(200), post=everybody(422)),
    Row("attendees:answered", token, get=everybody(302), why="There is no answer yet."),
    Row(
        "attendees:decline",
        token,
        post=everybody(302),
        data=lambda world: {"version": world.invitation.version},
    ),
    Row("attendees:calendar", token, get=everybody(200)),
    Row("attendees:renew", token, post=everybody(200)),
    Row("attendees:seen", token, post=everybody(204)),
]
