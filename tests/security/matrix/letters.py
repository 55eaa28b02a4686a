"""The convocation as a PDF. It carries the organization's link: only who may send it opens it."""

from typing import Any

from tests.security.matrix.attendees import row_of, token
from tests.security.matrix.base import SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def to_the_ngo(world: World) -> dict[str, Any]:
    return {"public_id": world.unsent.public_id, "slug": world.ngo.slug}


ROWS = [
    Row(
        "attendees:letter_preview",
        to_the_ngo,
        get=only(SECRETARIAT, refused=404),
        post=only(SECRETARIAT, refused=404),
        why="A draft does not exist for anybody else. The POST carries what is being written; it stores nothing.",
    ),
    Row("attendees:letter", row_of, get=only(SECRETARIAT)),
    Row("attendees:letter_by_link", token, get=everybody(200)),
]
