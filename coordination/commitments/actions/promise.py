"""What is promised: proposed, completed, agreed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.commitments.actions.row import HistoricRecord, NotOpen, OwnKey, locked, note
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.gate import Missing, gate, kin
from coordination.commitments.models import (
    Commitment,
    Indicator,
)
from coordination.commitments.states import Step, may_take, move
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.sessions.models import Outcome


class NotACommitment(DomainError):
    default_message = _(
        "Only an outcome of kind commitment is opened as one. Change the kind of the outcome first."
    )


class AlreadyProposed(DomainError):
    default_message = _("This outcome already has its commitment: nothing was added.")


class GateNotPassed(DomainError):
    """``missing`` lists what ``gate.gate`` found."""

    default_message = _("The commitment is not complete yet.")

    def __init__(self, missing: list[Missing]) -> None:
        self.missing = missing
        words = ", ".join(str(each.message) for each in missing)
        super().__init__(
            _("It was not agreed, nothing has been lost. Still missing: %(what)s.") % {"what": words},
            field=missing[0].field,
        )


class DueDatePassed(DomainError):
    default_message = _("The due date has already passed. Give a later one.")


class DueDateFixed(DomainError):
    default_message = _(
        "The due date was agreed. It moves by an extension, which keeps the old date and the reason."
    )


@dataclass(frozen=True)
class IndicatorData:
    """The indicator as the form gives it; anything may be missing while the commitment is proposed."""

    name: str
    unit: str = ""
    baseline: Decimal | None = None
    baseline_is_unknown: bool = False
    target: Decimal | None = None


@transaction.atomic
def propose(
    *,
    outcome_id: int,
    statement: str,
    deliverable: str = "",
    responsible_id: int | None = None,
    verifier_id: int | None = None,
    due_on: date | None = None,
    means_of_verification: str = "",
    axis_id: int | None = None,
    gcm_ids: Iterable[int] = (),
    sdg_ids: Iterable[int] = (),
    co_responsible_ids: Iterable[int] = (),
    resources: str = "",
    indicator: IndicatorData | None = None,
    by: Actor,
    now: datetime,
) -> Commitment:
    """Opens an outcome as a commitment, PROPOSED whatever it lacks, with the next number of the mesa's series.

    Records PROPOSED. Raises NotACommitment, AlreadyProposed, OwnKey.
    """
    outcome = (
        Outcome.objects.select_for_update(of=("self",)).select_related("session", "item").get(pk=outcome_id)
    )
    if outcome.kind != Outcome.Kind.COMMITMENT:
        raise NotACommitment
    if outcome.session.is_historic:
        raise HistoricRecord
    if Commitment.objects.filter(outcome=outcome).exists():
        raise AlreadyProposed
    mesa = Mesa.objects.select_for_update().get(pk=outcome.session.mesa_id)
    # What is born under something closed counts in the closed series: a number missing in the open one would tell.
    closed = outcome.session.is_casa_adentro or outcome.item.is_casa_adentro or outcome.is_reserved
    series = Commitment.objects.filter(mesa=mesa, is_casa_adentro=closed)
    last = series.aggregate(last=Max("number"))["last"] or 0
    co_responsible = set(co_responsible_ids) - {responsible_id}
    _refuse_own_key(verifier_id, {responsible_id, *co_responsible})
    commitment = Commitment.objects.create(
        mesa=mesa,
        session=outcome.session,
        outcome=outcome,
        number=last + 1,
        is_casa_adentro=closed,
        statement=statement,
        deliverable=deliverable,
        responsible_id=responsible_id,
        verifier_id=verifier_id,
        due_on=due_on,
        means_of_verification=means_of_verification,
        axis_id=axis_id,
        resources=resources,
    )
    commitment.gcm_objectives.set(gcm_ids)
    commitment.sdgs.set(sdg_ids)
    commitment.co_responsible.set(co_responsible)
    _set_indicator(commitment, indicator)
    record(kind=CommitmentEvent.PROPOSED, by=by, subject=commitment, now=now, mesa_id=mesa.pk)
    return commitment


@transaction.atomic
def edit(
    *,
    commitment_id: int,
    version: int,
    statement: str,
    deliverable: str = "",
    responsible_id: int | None = None,
    verifier_id: int | None = None,
    due_on: date | None = None,
    means_of_verification: str = "",
    axis_id: int | None = None,
    gcm_ids: Iterable[int] = (),
    sdg_ids: Iterable[int] = (),
    co_responsible_ids: Iterable[int] = (),
    resources: str = "",
    indicator: IndicatorData | None = None,
    by: Actor,
    now: datetime,
) -> Commitment:
    """Changes a commitment that is not settled. Once agreed it must stay complete and its date moves by extension.

    A change of responsible or verifier kills the links mailed before. Records EDITED with the names of the fields
    that changed. Raises HistoricRecord, StaleVersion, NotOpen, DueDateFixed, OwnKey, GateNotPassed.
    """
    commitment = locked(commitment_id, version)
    agreed = commitment.state != Commitment.State.PROPOSED
    if agreed and commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    if agreed and due_on != commitment.due_on:
        raise DueDateFixed(field="due_on")
    co_responsible = set(co_responsible_ids) - {responsible_id}
    _refuse_own_key(verifier_id, {responsible_id, *co_responsible})
    wanted = {
        "statement": statement,
        "deliverable": deliverable,
        "responsible_id": responsible_id,
        "verifier_id": verifier_id,
        "due_on": due_on,
        "means_of_verification": means_of_verification,
        "axis_id": axis_id,
        "resources": resources,
    }
    changed = [name for name, value in wanted.items() if getattr(commitment, name) != value]
    for name in changed:
        setattr(commitment, name, wanted[name])
    if {"responsible_id", "verifier_id"} & set(changed):
        commitment.link_generation += 1
    commitment.version += 1
    # Who helps no longer leaves first: it may be the new verifier, and the database looks at every row.
    commitment.co_responsible.remove(*commitment.co_responsible.exclude(pk__in=co_responsible))
    commitment.save()
    commitment.gcm_objectives.set(gcm_ids)
    commitment.sdgs.set(sdg_ids)
    commitment.co_responsible.set(co_responsible)
    _set_indicator(commitment, indicator)
    if agreed and (missing := gate(commitment)):
        raise GateNotPassed(missing)
    note(
        CommitmentEvent.EDITED,
        commitment,
        by,
        now,
        {"changed": [name.removesuffix("_id") for name in changed]},
    )
    return commitment


@transaction.atomic
def agree(*, commitment_id: int, by: Actor, now: datetime) -> Commitment:
    """A complete proposal becomes AGREED; its due date is kept as the original one.

    Records AGREED. Raises HistoricRecord, NotOpen, GateNotPassed (naming what is missing), DueDatePassed.
    """
    commitment = locked(commitment_id)
    if not may_take(commitment, Step.AGREE):
        raise NotOpen
    if missing := gate(commitment):
        raise GateNotPassed(missing)
    assert commitment.due_on is not None  # noqa: S101  the gate has seen it
    if commitment.due_on < timezone.localdate(now):
        raise DueDatePassed(field="due_on")
    move(commitment, Step.AGREE, now=now, original_due_on=commitment.due_on, agreed_at=now)
    note(CommitmentEvent.AGREED, commitment, by, now)
    return commitment


def _refuse_own_key(verifier_id: int | None, answering: set[int | None]) -> None:
    if verifier_id is not None and verifier_id in kin({each for each in answering if each is not None}):
        raise OwnKey(field="verifier")


def _set_indicator(commitment: Commitment, data: IndicatorData | None) -> None:
    """The first indicator as the form gives it; without a name it goes, as long as nothing was measured with it."""
    first = commitment.indicators.order_by("id").first()
    if data is None:
        if first and first.value is None:
            first.delete()
        return
    indicator = first or Indicator(commitment=commitment)
    indicator.name, indicator.unit = data.name, data.unit
    indicator.baseline, indicator.baseline_is_unknown = data.baseline, data.baseline_is_unknown
    indicator.target = data.target
    indicator.save()
