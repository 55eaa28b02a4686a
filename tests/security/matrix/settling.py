"""Settling, disputing and prolonging by role: each organization for itself, the secretariat records, nobody for both."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.actor import ANONYMOUS as NOBODY_SIGNED_IN
from coordination.commitments import actions
from coordination.commitments.models import Commitment, NonFulfilment
from coordination.commitments.settling.actions import extending, settling
from coordination.organizations.models import Organization
from tests.cast import organization, seat
from tests.commitments.settled import meets
from tests.commitments.world import agreed, reported
from tests.security.matrix.base import MEMBER, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def _id(commitment: Commitment) -> dict[str, Any]:
    return {"public_id": commitment.public_id}


def _soon(**given: Any) -> dict[str, Any]:
    return {"due_on": timezone.localdate() + timedelta(days=30)} | given


def _university_answers(world: World) -> Commitment:
    return agreed(world, **_soon(responsible_id=world.university.pk, verifier_id=world.ngo.pk))


def _decided(world: World, decision: str) -> Commitment:
    made = reported(world, **_soon(responsible_id=world.university.pk, verifier_id=world.ngo.pk))
    actions.verify(
        commitment_id=made.pk, organization_id=world.ngo.pk, person_id=world.carmen.pk, decision=decision,
        text="Falta el acta", by=NOBODY_SIGNED_IN, now=timezone.now(),
    )  # fmt: skip
    return made


def _disputed(world: World) -> Commitment:
    made = _decided(world, "partly_met")
    settling.dispute(
        commitment_id=made.pk, organization_id=world.university.pk, person_id=world.luis.pk,
        text="Están las 40", by=NOBODY_SIGNED_IN, now=timezone.now(),
    )  # fmt: skip
    return made


def _asked(world: World) -> Commitment:
    made = _university_answers(world)
    extending.ask(
        commitment_id=made.pk, organization_id=world.university.pk, person_id=world.luis.pk,
        asked_until=made.due_on + timedelta(days=30), reason="Lluvias", by=NOBODY_SIGNED_IN, now=timezone.now(),
    )  # fmt: skip
    return made


def _silent(world: World) -> Commitment:
    """Due long ago, of the NGO; nobody said a word."""
    made = agreed(world)
    Commitment.objects.filter(pk=made.pk).update(due_on=timezone.localdate() - timedelta(days=40))
    return Commitment.objects.get(pk=made.pk)


def _recorded(world: World, second: Organization) -> NonFulfilment:
    made, session = _silent(world), meets(world, timezone.now() - timedelta(hours=1))
    return settling.record_not_met(
        commitment_id=made.pk, organization_id=world.ministry.pk, person_id=world.rosa.pk,
        session_id=session.pk, second_id=second.pk, reason="Nada llegó", by=world.secretariat,
        now=timezone.now(),
    )  # fmt: skip


def university_answers(world: World) -> dict[str, Any]:
    return _id(_university_answers(world))


def university_link(world: World) -> dict[str, Any]:
    return {"token": _university_answers(world).token(Commitment.REPORT_LINK)}


def returned(world: World) -> dict[str, Any]:
    return _id(_decided(world, "returned"))


def returned_link(world: World) -> dict[str, Any]:
    return {"token": _decided(world, "returned").token(Commitment.REPORT_LINK)}


def disputed(world: World) -> dict[str, Any]:
    return _id(_disputed(world))


def disputed_link(world: World) -> dict[str, Any]:
    return {"token": _disputed(world).token(Commitment.REPORT_LINK)}


def asked(world: World) -> dict[str, Any]:
    return _id(_asked(world))


def silent(world: World) -> dict[str, Any]:
    return _id(_silent(world))


def recorded(world: World) -> dict[str, Any]:
    return _id(_recorded(world, world.university).commitment)


def recorded_link(world: World) -> dict[str, Any]:
    other = organization("Cámara de Comercio", kind="private_sector_economic", sector="private_sector")
    seat(world.mesa, other)
    return {"token": _recorded(world, other).token}


KEEPS = only(SECRETARIAT)
ROWS = [
    Row("commitments:dispute", returned, get=only(MEMBER), post=only(MEMBER)),
    Row("commitments:dispute_by_link", returned_link, get=everybody(200), post=everybody(200)),
    Row("commitments:take_back", disputed, post=only(MEMBER, ok=302)),
    Row("commitments:take_back_by_link", disputed_link, post=everybody(302), why="The link is the key."),
    Row("commitments:resolve", disputed, get=KEEPS, post=KEEPS),
    Row("commitments:record_not_met", silent, get=KEEPS, post=KEEPS),
    Row("commitments:lift", recorded, post=only(SECRETARIAT, ok=302)),
    Row(
        "commitments:second_signed_in",
        recorded,
        get=only(MEMBER),
        post=only(MEMBER),
        why="The organization that was named, not the secretariat that recorded it, nor an administrator.",
    ),
    Row("commitments:second", recorded_link, get=everybody(200), post=everybody(200)),
    Row("commitments:ask_time", university_answers, get=only(MEMBER), post=only(MEMBER)),
    Row("commitments:ask_time_by_link", university_link, get=everybody(200), post=everybody(200)),
    Row("commitments:extend", asked, get=KEEPS, post=KEEPS),
    Row("commitments:refuse_time", asked, post=only(SECRETARIAT, ok=302)),
]
