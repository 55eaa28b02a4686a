"""Commitments by role: public once agreed, kept by the secretariat, two keys in two hands."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.commitments.models import Commitment
from tests.commitments.world import agreed, historic, outcome, proposal, reported
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
from tests.security.matrix.world import World


def _id(commitment: Commitment) -> dict[str, Any]:
    return {"public_id": commitment.public_id}


def _soon(**given: Any) -> dict[str, Any]:
    return {"due_on": timezone.localdate() + timedelta(days=30)} | given


def found(world: World) -> dict[str, Any]:
    return {"public_id": outcome(world).public_id}


def proposed(world: World) -> dict[str, Any]:
    return _id(proposal(world))


def open_one(world: World) -> dict[str, Any]:
    return _id(agreed(world, **_soon()))


def of_the_university(world: World) -> dict[str, Any]:
    return _id(agreed(world, **_soon(responsible_id=world.university.pk, verifier_id=world.ngo.pk)))


def waiting(world: World) -> dict[str, Any]:
    return _id(reported(world, **_soon()))


def record(world: World) -> dict[str, Any]:
    return _id(historic(world))


def report_token(world: World) -> dict[str, Any]:
    return {"token": agreed(world, **_soon()).token(Commitment.REPORT_LINK)}


def verify_token(world: World) -> dict[str, Any]:
    return {"token": reported(world, **_soon()).token(Commitment.VERIFY_LINK)}


KEEPS = only(SECRETARIAT)
NOBODY = only()

ROWS = [
    Row("commitments:list", get=everybody(200)),
    Row("commitments:export", get=everybody(200)),
    Row("commitments:propose", found, get=KEEPS, post=KEEPS),
    Row("commitments:detail", open_one, get=everybody(200)),
    Row("commitments:detail", record, get=everybody(200)),
    Row(
        "commitments:detail",
        proposed,
        get=everybody(200, **{role: 404 for role in (ANONYMOUS, STRANGER, CHAIR, ADMINISTRATOR)}),
        why="A proposal shows to its keepers, the auditor and the two organizations it names (the member's verifies).",
    ),
    Row("commitments:edit", open_one, get=KEEPS, post=KEEPS),
    Row("commitments:edit", record, get=NOBODY, post=NOBODY, why="Nobody changes what a source says."),
    Row("commitments:agree", open_one, post=only(SECRETARIAT, ok=302)),
    Row("commitments:extend", open_one, get=KEEPS, post=KEEPS),
    Row("commitments:withdraw", open_one, get=KEEPS, post=KEEPS),
    Row("commitments:report_signed_in", of_the_university, get=only(MEMBER), post=only(MEMBER)),
    Row(
        "commitments:report_signed_in", open_one, get=NOBODY, post=NOBODY, why="None of them answers for it."
    ),
    Row(
        "commitments:verify_signed_in",
        waiting,
        get=only(MEMBER),
        post=only(MEMBER),
        why="The verifier's focal point alone: neither the secretariat nor an administrator.",
    ),
    Row(
        "commitments:report",
        report_token,
        get=everybody(200),
        post=everybody(200),
        why="The link is the key.",
    ),
    Row(
        "commitments:verify",
        verify_token,
        get=everybody(200),
        post=everybody(200),
        why="It reads; deciding needs a code.",
    ),
    Row("commitments:report", verify_token, get=everybody(404), post=everybody(404), why="Another purpose."),
    Row("commitments:renew_report", report_token, post=everybody(200)),
    Row("commitments:renew_verify", verify_token, post=everybody(200)),
]
