"""A complete proposal on the cast's mesa, and the people who move it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from coordination.commitments import actions
from coordination.commitments.actions import IndicatorData
from coordination.commitments.models import Commitment
from coordination.commitments.writing.actions.amending import amend
from coordination.organizations.models import Organization
from coordination.sessions.models import AgendaItem, Outcome, Session
from tests.cast import NOW, Cast

DUE = date(2026, 6, 30)
PLACES = IndicatorData("Plazas en servicio", "plazas", Decimal(0), False, Decimal(40))


def outcome(
    cast: Cast,
    text: str = "Habilitar 40 plazas de alojamiento",
    kind: str = Outcome.Kind.COMMITMENT,
    of: Session | None = None,
) -> Outcome:
    """What a session of the cast's mesa wrote down, by default in the first one, which is over."""
    session = of or _first(cast)
    item, _ = AgendaItem.objects.get_or_create(session=session, order=1, defaults={"title_es": "Alojamiento"})
    return Outcome.objects.create(session=session, item=item, kind=kind, text=text, recorded_at=NOW)


def _first(cast: Cast) -> Session:
    session, _ = Session.objects.get_or_create(
        mesa=cast.mesa,
        number=1,
        is_casa_adentro=False,
        defaults={
            "state": Session.State.HELD,
            "starts_at": NOW - timedelta(days=2),
            "ends_at": NOW - timedelta(days=2, hours=-3),
        },
    )
    return session


def proposal(cast: Cast, **given: Any) -> Commitment:
    """PROPOSED and complete: the NGO answers, the university verifies."""
    values: dict[str, Any] = {
        "statement": "Habilitar 40 plazas de alojamiento",
        "deliverable": "40 plazas equipadas",
        "responsible_id": cast.ngo.pk,
        "verifier_id": cast.university.pk,
        "due_on": DUE,
        "means_of_verification": "Acta de entrega",
        "indicator": PLACES,
    } | given
    return actions.propose(outcome_id=outcome(cast).pk, **values, by=cast.secretariat, now=NOW)


def agreed(cast: Cast, **given: Any) -> Commitment:
    return actions.agree(commitment_id=proposal(cast, **given).pk, by=cast.secretariat, now=NOW)


def after(cast: Cast) -> Session:
    """Held on the day after everything here was agreed."""
    session, _made = Session.objects.get_or_create(
        mesa=cast.mesa,
        number=2,
        is_casa_adentro=False,
        defaults={
            "state": Session.State.HELD,
            "starts_at": NOW + timedelta(days=1),
            "ends_at": NOW + timedelta(days=1, hours=3),
        },
    )
    return session


def amended(commitment: Commitment, cast: Cast, **given: Any) -> Commitment:
    """Changed by decision of a session held on the day after it was agreed."""
    session = after(cast)
    helping = [each.pk for each in commitment.co_responsible.all()]
    values: dict[str, Any] = {
        "version": commitment.version,
        "verifier_id": given.pop("verifier_id", commitment.verifier_id),
        "co_responsible_ids": given.pop("co_responsible_ids", helping),
        "session_id": given.pop("session_id", session.pk),
        "reason": given.pop("reason", "La mesa lo decidió"),
        "now": given.pop("now", NOW + timedelta(days=2)),
    }
    return amend(commitment_id=commitment.pk, texts=given, **values, by=cast.secretariat)


def report(cast: Cast, commitment: Commitment, *, done: bool = True, **given: Any) -> Commitment:
    values: dict[str, Any] = {
        "text": "Abrimos 24 plazas",
        "progress": 60,
        "value": Decimal(24),
        "now": NOW,
    } | given
    actions.report(
        commitment_id=commitment.pk,
        organization_id=commitment.responsible_id,
        person_id=cast.carmen.pk,
        asks_verification=done,
        by=cast.secretariat,
        **values,
    )
    commitment.refresh_from_db()
    return commitment


def reported(cast: Cast, **given: Any) -> Commitment:
    """The responsible organization says it is done and asks for verification."""
    return report(cast, agreed(cast, **given))


def historic(cast: Cast, **given: Any) -> Commitment:
    values: dict[str, Any] = {
        "mesa": cast.mesa,
        "number": 900 + Commitment.objects.count(),
        "statement_es": "Compromiso del acta de 2018",
        "state": Commitment.State.UNKNOWN,
        "provenance": "historic",
        "sources": ["Acta de la sesión III"],
    } | given
    return Commitment.objects.create(**values)


def part_of(parent: Organization, child: Organization) -> None:
    child.parent = parent
    child.save(update_fields=["parent"])
