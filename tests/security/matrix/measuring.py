"""Figures by role: read by everybody, given by who answers, helps or keeps the mesa, mended by the secretariat."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from coordination.commitments.figures.actions.importing import keep_sheet
from coordination.commitments.figures.actions.measuring import record_measurement
from coordination.commitments.models import Commitment, Indicator, Measurement
from tests.commitments.world import agreed, proposal
from tests.security.matrix.base import (
    ADMINISTRATOR,
    ANONYMOUS,
    CHAIR,
    MEMBER,
    SECRETARIAT,
    STRANGER,
    Row,
    everybody,
    only,
)
from tests.security.matrix.commitments import _soon, open_one, report_token
from tests.security.matrix.world import World

KEEPS = only(SECRETARIAT)
KEEPER_AND_MEMBER = only(SECRETARIAT, MEMBER)


def _row(commitment: Commitment) -> Indicator:
    return commitment.indicators.get()


def _id(row: Any) -> dict[str, Any]:
    return {"public_id": row.public_id}


def indicator(world: World) -> dict[str, Any]:
    return _id(_row(agreed(world, **_soon())))


def proposed_indicator(world: World) -> dict[str, Any]:
    return _id(_row(proposal(world)))


def of_the_member(world: World) -> dict[str, Any]:
    """The university answers for it: the member is its focal point."""
    made = agreed(world, **_soon(responsible_id=world.university.pk, verifier_id=world.ngo.pk))
    return _id(_row(made))


def helped_by_the_member(world: World) -> dict[str, Any]:
    return _id(
        _row(agreed(world, **_soon(co_responsible_ids=[world.university.pk], verifier_id=world.outsider.pk)))
    )


def _figure(world: World) -> Measurement:
    return record_measurement(
        indicator_id=_row(agreed(world, **_soon())).pk,
        organization_id=world.ngo.pk,
        person_id=None,
        value=Decimal(12),
        measured_on=timezone.localdate(),
        source="Registro",
        by=world.secretariat,
        now=timezone.now(),
    )


def figure(world: World) -> dict[str, Any]:
    return _id(_figure(world))


def file(world: World) -> dict[str, Any]:
    return _id(_figure(world).indicator.commitment) | {"kind": "csv"}


def sheet_of_the_secretariat(world: World) -> dict[str, Any]:
    commitment = agreed(world, **_soon())
    kept = keep_sheet(commitment_id=commitment.pk, rows=[], by=world.secretariat, now=timezone.now())
    return _id(commitment) | {"sheet": kept.public_id}


def by_link(world: World) -> dict[str, Any]:
    commitment = agreed(world, **_soon())
    return {"token": commitment.token(Commitment.REPORT_LINK), "public_id": _row(commitment).public_id}


def sheet_by_link(world: World) -> dict[str, Any]:
    commitment = agreed(world, **_soon())
    kept = keep_sheet(commitment_id=commitment.pk, rows=[], by=world.secretariat, now=timezone.now())
    return {"token": commitment.token(Commitment.REPORT_LINK), "sheet": kept.public_id}


HIDDEN = {role: 404 for role in (ANONYMOUS, STRANGER, CHAIR, ADMINISTRATOR)}

ROWS = [
    Row("commitments:indicator", indicator, get=everybody(200)),
    Row(
        "commitments:indicator",
        proposed_indicator,
        get=everybody(200, **HIDDEN),
        why="As the proposal it belongs to.",
    ),
    Row(
        "commitments:indicator_add",
        open_one,
        get=only(SECRETARIAT, ok=302),
        post=only(SECRETARIAT, ok=302),
        why="It was agreed with one: another is decided in a session, on a page of its own.",
    ),
    Row("commitments:indicator_edit", indicator, get=KEEPS, post=KEEPS),
    Row("commitments:indicator_remove", indicator, post=only(SECRETARIAT, ok=302)),
    Row(
        "commitments:measure",
        indicator,
        get=KEEPS,
        post=KEEPS,
        why="The member's organization verifies: it measures nothing.",
    ),
    Row("commitments:measure", of_the_member, get=KEEPER_AND_MEMBER, post=KEEPER_AND_MEMBER),
    Row("commitments:measure", helped_by_the_member, get=KEEPER_AND_MEMBER, post=KEEPER_AND_MEMBER),
    Row("commitments:measurement_withdraw", figure, get=KEEPS, post=KEEPS),
    Row("commitments:measures_file", file, get=everybody(200)),
    Row("commitments:measures_sheet", open_one, get=KEEPS),
    Row("commitments:measures_import", open_one, get=KEEPS, post=KEEPS),
    Row(
        "commitments:measures_import_sheet",
        sheet_of_the_secretariat,
        get=KEEPS,
        post=only(SECRETARIAT, ok=302),
    ),
    Row("commitments:measures_by_link", report_token, get=everybody(200), why="The link is the key."),
    Row("commitments:measure_by_link", by_link, get=everybody(200), post=everybody(200)),
    Row("commitments:measures_sheet_by_link", report_token, get=everybody(200)),
    Row("commitments:measures_import_by_link", report_token, get=everybody(200), post=everybody(200)),
    Row(
        "commitments:measures_import_sheet_by_link",
        sheet_by_link,
        get=everybody(404),
        post=everybody(404),
        why="Of another's spreadsheet the link knows nothing.",
    ),
]
