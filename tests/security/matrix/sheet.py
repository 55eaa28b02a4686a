"""The matrix as a workbook: out for everybody, a row as a form and the way back for who keeps it."""

from typing import Any

from django.utils import timezone

from coordination.commitments.matrix.actions import keep_sheet
from tests.security.matrix.base import SECRETARIAT, Row, everybody, only
from tests.security.matrix.commitments import open_one, record
from tests.security.matrix.world import World


def kept(world: World) -> dict[str, Any]:
    made = keep_sheet(rows=[], by=world.secretariat, now=timezone.now())
    return {"public_id": made.public_id}


KEEPS = only(SECRETARIAT)

ROWS = [
    Row("commitments:export_xlsx", get=everybody(200)),
    Row("commitments:row", open_one, get=KEEPS, post=only(SECRETARIAT, ok=422)),
    Row("commitments:row", record, get=only(), post=only(), why="Nobody changes what a source says."),
    Row("commitments:sheet", get=KEEPS, post=only(SECRETARIAT, ok=422)),
    Row(
        "commitments:sheet_preview",
        kept,
        get=only(SECRETARIAT, refused=404),
        post=only(SECRETARIAT, ok=302, refused=404),
        why="Who handed it in sees it, nobody else.",
    ),
]
