"""What is promised: proposed, completed, agreed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.commitments.agreeing import (
    AgreedFixed,
    GateNotPassed,
    keep_first_targets,
    mend,
    refuse_agreed,
    refuse_past,
)
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.figures.actions.indicating import IndicatorRefused, promised
from coordination.commitments.figures.rules import indicator_problems
from coordination.commitments.gate import MEASURED, gate, kin
from coordination.commitments.models import Commitment, Indicator
from coordination.commitments.row import HistoricRecord, NotOpen, OwnKey, locked, note
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.sessions.models import Outcome


class NotACommitment(DomainError):
    default_message = _(
        "Only an outcome of kind commitment is opened as one. Change the kind of the outcome first."
    )


class AlreadyProposed(DomainError):
    default_message = _("This outcome already has its commitment: nothing was added.")


class DueDateFixed(DomainError):
    default_message = _(
        "The due date was agreed. It moves by an extension, which keeps the old date and the reason."
    )


class IndicatorFixed(DomainError):
    default_message = _(
        "The indicator was agreed. A session changes it, on its own page; the old figure stays."
    )


@dataclass(frozen=True)
class IndicatorData:
    """The indicator as the form gives it; anything may be missing while the commitment is proposed."""

    name: str
    unit: str = ""
    baseline: Decimal | None = None
    baseline_is_unknown: bool = False
    target: Decimal | None = None
    keeps_level: bool = False


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
    remarks: str = "",
    follow_up_owner_id: int | None = None,
    indicator: IndicatorData | None = None,
    by: Actor,
    now: datetime,
) -> Commitment:
    """Opens an outcome as a commitment, PROPOSED whatever it lacks, with the next number of the mesa's series.

    Records PROPOSED. Raises NotACommitment, AlreadyProposed, OwnKey, DueDatePassed, IndicatorRefused.
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
    refuse_past(due_on, now)
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
        remarks=remarks,
        follow_up_owner_id=follow_up_owner_id,
    )
    commitment.gcm_objectives.set(gcm_ids)
    commitment.sdgs.set(sdg_ids)
    commitment.co_responsible.set(co_responsible)
    _set_indicator(commitment, indicator, now)
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
    remarks: str = "",
    follow_up_owner_id: int | None = None,
    indicator: IndicatorData | None = None,
    by: Actor,
    now: datetime,
) -> Commitment:
    """Changes a commitment that is not settled. Once agreed, what was agreed stays (``amending`` changes it, an
    extension its date, its own page the indicator); what an exception of the gate left open is filled in here, and
    the exception ends when nothing is missing any more.

    A change of responsible or verifier kills the links mailed before. Records EDITED with the names of the fields
    that changed, and MENDED. Raises HistoricRecord, StaleVersion, NotOpen, AgreedFixed, DueDateFixed, DueDatePassed,
    IndicatorFixed, IndicatorRefused, OwnKey, GateNotPassed.
    """
    commitment = locked(commitment_id, version)
    agreed = commitment.state != Commitment.State.PROPOSED
    if agreed and commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    lacked = {each.code for each in gate(commitment)} if agreed else set()
    if due_on != commitment.due_on:
        if agreed and commitment.due_on is not None:
            raise DueDateFixed(field="due_on")
        refuse_past(due_on, now)
    co_responsible = set(co_responsible_ids) - {responsible_id}
    wanted = {
        "statement": statement,
        "deliverable": deliverable,
        "responsible_id": responsible_id,
        "verifier_id": verifier_id,
        "due_on": due_on,
        "means_of_verification": means_of_verification,
        "axis_id": axis_id,
        "resources": resources,
        "remarks": remarks,
        "follow_up_owner_id": follow_up_owner_id,
    }
    refuse_agreed(commitment, wanted)
    if agreed and co_responsible != {each.pk for each in commitment.co_responsible.all()}:
        raise AgreedFixed(field="co_responsible")
    _refuse_own_key(verifier_id, {responsible_id, *co_responsible})
    changed = [name for name, value in wanted.items() if getattr(commitment, name) != value]
    for name in changed:
        setattr(commitment, name, wanted[name])
    if "statement" in changed:
        leave_no_other_text(commitment)
    if {"responsible_id", "verifier_id"} & set(changed):
        commitment.link_generation += 1
    if agreed and commitment.original_due_on is None:
        commitment.original_due_on = due_on
    commitment.version += 1
    if agreed:
        _refuse_loss(commitment, lacked)  # in words, before a constraint refuses it without
    # Who helps no longer leaves first: it may be the new verifier, and the database looks at every row.
    commitment.co_responsible.remove(*commitment.co_responsible.exclude(pk__in=co_responsible))
    commitment.save()
    commitment.gcm_objectives.set(gcm_ids)
    commitment.sdgs.set(sdg_ids)
    commitment.co_responsible.set(co_responsible)
    if agreed and not lacked & MEASURED:
        _refuse_other_indicator(commitment, indicator)
    else:
        if agreed:
            _refuse_other_words(commitment, indicator)
        _set_indicator(commitment, indicator, now)
    if agreed:
        keep_first_targets(commitment)
        _refuse_loss(commitment, lacked)
    payload = {"changed": [name.removesuffix("_id") for name in changed]}
    note(CommitmentEvent.EDITED, commitment, by, now, payload)
    mend(commitment, by=by, now=now)
    return commitment


def leave_no_other_text(commitment: Commitment) -> dict[str, str]:
    """Empties the translation of older words, which would promise something else; gives it by column."""
    left = {}
    for code, _name in settings.LANGUAGES:
        column = f"statement_{code}"
        if (old := getattr(commitment, column)) and old != commitment.statement:
            left[column] = old
            setattr(commitment, column, "")
    return left


def _refuse_own_key(verifier_id: int | None, answering: set[int | None]) -> None:
    if verifier_id is not None and verifier_id in kin({each for each in answering if each is not None}):
        raise OwnKey(field="verifier")


def _refuse_loss(commitment: Commitment, lacked: set[str]) -> None:
    if lost := [each for each in gate(commitment) if each.code not in lacked]:
        raise GateNotPassed(lost)


def _set_indicator(commitment: Commitment, data: IndicatorData | None, now: datetime) -> None:
    """The first indicator as the form gives it; without a name it goes, as long as nothing was measured with it."""
    first = commitment.indicators.order_by("order", "id").first()
    if data is None:
        if first and first.value is None and commitment.state == Commitment.State.PROPOSED:
            first.delete()
        return
    indicator = first or Indicator(commitment=commitment)
    for name, value in vars(data).items():
        setattr(indicator, name, value)
    wrong = indicator_problems(
        unit=data.unit, baseline=data.baseline, baseline_is_unknown=data.baseline_is_unknown, target=data.target,
        keeps_level=data.keeps_level, formula=indicator.formula, today=timezone.localdate(now),
    )  # fmt: skip
    if wrong:
        raise IndicatorRefused(wrong[0]._replace(field=f"indicator_{wrong[0].field}"))
    indicator.save()


def _refuse_other_indicator(commitment: Commitment, data: IndicatorData | None) -> None:
    """What was agreed to be measured stays as it is here; nothing given leaves it alone."""
    first = commitment.indicators.order_by("order", "id").first()
    if data and first and any(getattr(first, name) != value for name, value in vars(data).items()):
        raise IndicatorFixed(field="indicator_name")


def _refuse_other_words(commitment: Commitment, data: IndicatorData | None) -> None:
    """An exception leaves open what the indicator lacks; what it said already was agreed like the rest."""
    first = commitment.indicators.order_by("order", "id").first()
    if data is None or first is None:
        return
    if any(getattr(first, name) != getattr(data, name) for name in promised(first) & vars(data).keys()):
        raise IndicatorFixed(field="indicator_name")
