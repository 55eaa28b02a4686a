"""How a commitment is measured: its indicators while it is proposed, and what may still change of them once agreed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.agreeing import RecordWaits, mend
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.figures.actions.measuring import refresh
from coordination.commitments.figures.charts import Step
from coordination.commitments.figures.rules import (
    Problem,
    figure_of,
    figure_problems,
    indicator_problems,
    is_percent,
    plain,
)
from coordination.commitments.models import Commitment, Indicator, PeriodTarget
from coordination.commitments.row import NotOpen, ReasonMissing, locked, note
from coordination.common.errors import DomainError

MOST_INDICATORS = 20
# What was agreed: it changes with an extension, or with a reason that stays.
FIXED = frozenset({"name", "unit", "target", "formula", "keeps_level"})


class IndicatorRefused(DomainError):
    """``code`` says which rule; see ``indicators.indicator_problems``."""

    def __init__(self, problem: Problem) -> None:
        self.code = problem.code
        super().__init__(problem.message, field=problem.field)


class TooManyIndicators(DomainError):
    default_message = _(
        "Twenty indicators are the most that one commitment has. Split the commitment instead."
    )


class AlreadyMeasured(DomainError):
    default_message = _(
        "It was already agreed or measured: it stays. Its figures can be corrected or taken back."
    )


@dataclass(frozen=True)
class IndicatorValues:
    """An indicator as the form gives it, with the targets of its periods."""

    name: str
    unit: str
    baseline: Decimal | None = None
    baseline_is_unknown: bool = False
    baseline_on: date | None = None
    target: Decimal | None = None
    keeps_level: bool = False
    formula: str = Indicator.Formula.LATEST.value
    steps: tuple[Step, ...] = ()

    def columns(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "steps"}


@transaction.atomic
def add_indicator(
    *,
    commitment_id: int,
    version: int | None,
    values: IndicatorValues,
    reason: str = "",
    by: Actor,
    now: datetime,
) -> Indicator:
    """One more indicator. Once the commitment is agreed it needs a reason, for it changes what was agreed.

    Records INDICATOR_CHANGED with the indicator's id and the reason. Raises HistoricRecord, StaleVersion, NotOpen,
    RecordWaits, IndicatorRefused, TooManyIndicators, ReasonMissing.
    """
    commitment = _changeable(commitment_id, version)
    order = commitment.indicators.count() + 1
    if order > MOST_INDICATORS:
        raise TooManyIndicators
    if commitment.state != Commitment.State.PROPOSED and not reason.strip():
        raise ReasonMissing(field="reason")
    _refuse_while_it_waits(commitment)
    _refuse(commitment, values, timezone.localdate(now))
    made = Indicator.objects.create(commitment=commitment, order=order, **values.columns())
    _plan(made, values.steps)
    _changed(commitment, made, {"added": True, "reason": reason.strip()}, by, now)
    return made


@transaction.atomic
def change_indicator(
    *,
    indicator_id: int,
    version: int | None,
    values: IndicatorValues,
    reason: str = "",
    by: Actor,
    now: datetime,
) -> Indicator:
    """Writes the indicator anew. Once agreed, a change of what was agreed needs a reason, kept with old and new.

    The targets by period are a plan and change freely. Records INDICATOR_CHANGED. Raises HistoricRecord, StaleVersion,
    NotOpen, RecordWaits, IndicatorRefused, ReasonMissing.
    """
    found = Indicator.objects.values_list("commitment_id", flat=True).get(pk=indicator_id)
    commitment = _changeable(found, version)
    indicator = commitment.indicators.get(pk=indicator_id)
    wanted = values.columns()
    changed = [name for name, value in wanted.items() if getattr(indicator, name) != value]
    fixed = FIXED | ({"baseline"} if indicator.baseline is not None else set())
    if commitment.state != Commitment.State.PROPOSED and fixed & set(changed) and not reason.strip():
        raise ReasonMissing(
            _(
                "This was agreed. Say why it changes: the old value, the new one and your reason stay in view."
            ),
            field="reason",
        )
    if fixed & set(changed):
        _refuse_while_it_waits(commitment)
    today = timezone.localdate(now)
    _refuse(commitment, values, today)
    was = {name: _said(getattr(indicator, name)) for name in changed}
    for name in changed:
        setattr(indicator, name, wanted[name])
    _refuse_figures_left_behind(indicator, today)
    indicator.save()
    _plan(indicator, values.steps)
    refresh(indicator)
    told = {"changed": changed, "was": was, "now": {name: _said(wanted[name]) for name in changed}}
    _changed(commitment, indicator, told | {"reason": reason.strip()}, by, now)
    return indicator


@transaction.atomic
def remove_indicator(*, indicator_id: int, by: Actor, now: datetime) -> Commitment:
    """Takes an indicator off a proposal. Records INDICATOR_CHANGED. Raises HistoricRecord, NotOpen, AlreadyMeasured."""
    found = Indicator.objects.values_list("commitment_id", flat=True).get(pk=indicator_id)
    commitment = _changeable(found, None)
    indicator = commitment.indicators.get(pk=indicator_id)
    if commitment.state != Commitment.State.PROPOSED or indicator.measurements.exists():
        raise AlreadyMeasured
    _changed(commitment, indicator, {"removed": True}, by, now)
    indicator.delete()
    return commitment


def _changeable(commitment_id: int, version: int | None) -> Commitment:
    commitment = locked(commitment_id, version)
    if commitment.state not in (Commitment.State.PROPOSED, *Commitment.OPEN_STATES):
        raise NotOpen
    return commitment


def _refuse_while_it_waits(commitment: Commitment) -> None:
    """What others are asked to decide on stays as they read it: the dispute first, or the record that it was not met."""
    if commitment.state == Commitment.State.DISPUTED:
        raise NotOpen
    if commitment.non_fulfilments.filter(answered_at=None).exists():
        raise RecordWaits


def _refuse(commitment: Commitment, values: IndicatorValues, today: date) -> None:
    """The rules of ``indicators``; and what was agreed complete stays complete, unless it was let off for a while."""
    wrong = indicator_problems(
        unit=values.unit,
        baseline=values.baseline,
        baseline_is_unknown=values.baseline_is_unknown,
        baseline_on=values.baseline_on,
        target=values.target,
        keeps_level=values.keeps_level,
        formula=values.formula,
        today=today,
    )
    if commitment.state != Commitment.State.PROPOSED and commitment.exempt_until is None:
        no_baseline = values.baseline is None and not values.baseline_is_unknown
        wrong += [
            Problem("incomplete", field, _("It was agreed with this: it cannot be left empty."))
            for field, is_missing in (
                ("unit", not values.unit.strip()),
                ("baseline", no_baseline),
                ("target", values.target is None),
            )
            if is_missing
        ]
    wrong += _wrong_steps(values)
    if wrong:
        raise IndicatorRefused(wrong[0])


def _wrong_steps(values: IndicatorValues) -> list[Problem]:
    steps = sorted(values.steps, key=lambda step: step.starts_on)
    if any(step.ends_on < step.starts_on for step in steps):
        return [Problem("step_backwards", "steps", _("A period ends before it begins. Exchange its dates."))]
    if any(one.ends_on >= other.starts_on for one, other in zip(steps, steps[1:], strict=False)):
        return [
            Problem("step_overlap", "steps", _("Two periods overlap. Each begins after the one before ends."))
        ]
    if is_percent(values.unit) and any(step.value > 100 for step in steps):
        return [Problem("step_over_100", "steps", _("A percentage is at most 100."))]
    return []


def _refuse_figures_left_behind(indicator: Indicator, today: date) -> None:
    """A new unit, formula or date of the baseline may not turn figures that stand into impossible ones."""
    rows = [figure_of(row) for row in indicator.measurements.standing()]
    for number, row in enumerate(rows):
        if wrong := figure_problems(indicator, row, source="-", others=rows[:number], today=today):
            words = _("It does not fit the figure of %(day)s. %(why)s") % {
                "day": row.measured_on.isoformat(),
                "why": wrong[0].message,
            }
            raise IndicatorRefused(Problem("left_behind", "unit", words))


def _plan(indicator: Indicator, steps: tuple[Step, ...]) -> None:
    indicator.period_targets.all().delete()
    PeriodTarget.objects.bulk_create(PeriodTarget(indicator=indicator, **vars(step)) for step in steps)


def _said(value: Any) -> Any:
    return (
        plain(value)
        if isinstance(value, Decimal)
        else value.isoformat()
        if isinstance(value, date)
        else value
    )


def _changed(
    commitment: Commitment, indicator: Indicator, told: dict[str, Any], by: Actor, now: datetime
) -> None:
    commitment.version += 1
    commitment.save(update_fields=["version"])
    note(CommitmentEvent.INDICATOR_CHANGED, commitment, by, now, {"indicator": indicator.pk, **told})
    mend(commitment, by=by, now=now)
