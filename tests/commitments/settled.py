"""Commitments on the way to being settled: decided, disputed, silent, and what the mesa did about them."""

from datetime import datetime, timedelta
from typing import Any

from accounts.actor import ANONYMOUS
from coordination.commitments import actions
from coordination.commitments.models import (
    Commitment,
    Dispute,
    Extension,
    ExtensionRequest,
    NonFulfilment,
    Verification,
)
from coordination.commitments.settling.actions import extending, settling
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import Session
from tests.cast import NOW, Cast, organization, person, seat
from tests.commitments.world import DUE, agreed, reported

LATE = NOW.replace(month=8, day=1)  # a month after what is due at the end of June


def fresh(commitment: Commitment) -> Commitment:
    return Commitment.objects.select_related("mesa").get(pk=commitment.pk)


def meets(cast: Cast, on: datetime = NOW, **fields: Any) -> Session:
    """The mesa's session of that day, which decides on what happened until then; one whatever the hour."""
    values = {"state": Session.State.HELD, "starts_at": on, "ends_at": on + timedelta(hours=2)} | fields
    number = 1000 + (on.astimezone(cast.mesa.zone).date() - NOW.date()).days
    made, _ = Session.objects.get_or_create(
        mesa=cast.mesa, number=number, is_casa_adentro=fields.get("is_casa_adentro", False), defaults=values
    )
    return made


def day_before(cast: Cast, day: datetime) -> Session:
    """Over the evening before, at a quarter to midnight in Quito: a day earlier in its zone, not in UTC."""
    ends = (day.astimezone(cast.mesa.zone) - timedelta(days=1)).replace(hour=23, minute=45)
    return meets(cast, ends - timedelta(hours=2), ends_at=ends)


def decide(cast: Cast, commitment: Commitment, decision: str, **given: Any) -> Verification:
    values: dict[str, Any] = {
        "organization_id": cast.university.pk,
        "person_id": cast.luis.pk,
        "text": "Faltan diez plazas",
        "now": NOW,
    } | given
    return actions.verify(commitment_id=commitment.pk, decision=decision, by=ANONYMOUS, **values)


def decided(cast: Cast, decision: str, **given: Any) -> Commitment:
    made = reported(cast, **given)
    decide(cast, made, decision)
    return fresh(made)


def dispute(cast: Cast, commitment: Commitment, **given: Any) -> Dispute:
    values: dict[str, Any] = {
        "organization_id": cast.ngo.pk,
        "person_id": cast.carmen.pk,
        "text": "Están las 40",
        "now": NOW,
    } | given
    return settling.dispute(commitment_id=commitment.pk, by=ANONYMOUS, **values)


def disputed(cast: Cast, decision: str = "partly_met", **given: Any) -> Commitment:
    made = decided(cast, decision, **given)
    dispute(cast, made)
    return fresh(made)


def resolve(cast: Cast, commitment: Commitment, outcome: str, **given: Any) -> Dispute:
    values: dict[str, Any] = {
        "organization_id": cast.ministry.pk,
        "person_id": cast.rosa.pk,
        "session_id": meets(cast, given.get("now", NOW)).pk,
        "reason": "La mesa revisó el acta",
        "now": NOW,
    } | given
    return settling.resolve(commitment_id=commitment.pk, outcome=outcome, by=cast.secretariat, **values)


def chamber(cast: Cast) -> tuple[Organization, Person]:
    """One more member of the mesa, of the private sector, with its focal point."""
    made = organization("Cámara de Comercio", kind="private_sector_economic", sector="private_sector")
    seat(cast.mesa, made)
    return made, person("Inés Cueva", at=made)


def record(cast: Cast, commitment: Commitment, second: Organization, **given: Any) -> NonFulfilment:
    values: dict[str, Any] = {
        "organization_id": cast.ministry.pk,
        "person_id": cast.rosa.pk,
        "session_id": meets(cast, given.get("now", LATE)).pk,
        "second_id": second.pk,
        "reason": "Ningún informe llegó",
        "now": LATE,
    } | given
    return settling.record_not_met(commitment_id=commitment.pk, by=cast.secretariat, **values)


def answer(
    cast: Cast, commitment: Commitment, second: Organization, who: Person, confirms: bool, **given: Any
) -> NonFulfilment:
    values: dict[str, Any] = {"text": "" if confirms else "Vi las plazas", "now": LATE} | given
    return settling.answer_not_met(
        commitment_id=commitment.pk, organization_id=second.pk, person_id=who.pk, confirms=confirms,
        by=ANONYMOUS, **values,
    )  # fmt: skip


def not_met(cast: Cast) -> Commitment:
    """Silent past its ladder, recorded, and confirmed by the chamber."""
    made = agreed(cast)
    other, ines = chamber(cast)
    record(cast, made, other)
    answer(cast, made, other, ines, True)
    return fresh(made)


def extend(cast: Cast, commitment: Commitment, days: int = 30, **given: Any) -> Extension:
    values: dict[str, Any] = {
        "version": commitment.version,
        "new_due_on": DUE + timedelta(days=days),
        "reason": "Lluvias",
        "session_id": meets(cast, given.get("now", NOW)).pk,
        "organization_id": cast.ministry.pk,
        "person_id": cast.rosa.pk,
        "now": NOW,
    } | given
    return extending.extend(commitment_id=commitment.pk, by=cast.secretariat, **values)


def ask(cast: Cast, commitment: Commitment, days: int = 30, now: datetime = NOW) -> ExtensionRequest:
    return extending.ask(
        commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk,
        asked_until=DUE + timedelta(days=days), reason="Lluvias", by=ANONYMOUS, now=now,
    )  # fmt: skip
