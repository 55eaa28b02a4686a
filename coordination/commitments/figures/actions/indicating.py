"""How a commitment is measured: its indicators while it is proposed, and what they still get once it is agreed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.agreeing import RecordWaits, keep_first_targets, mend
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
from coordination.commitments.row import NotOpen, locked, note
from coordination.common.errors import DomainError

MOST_INDICATORS = 20


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


class PromiseFixed(DomainError):
    default_message = _(
        "It was agreed: saving does not change it. A session changes it, or a slip of the pen is corrected; the old figure stays."
    )


class InDispute(NotOpen):
    default_message = _(
        "It is disputed: what was agreed stays as both sides read it. Resolve the dispute first; nothing was changed."
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
    *, commitment_id: int, version: int | None, values: IndicatorValues, by: Actor, now: datetime
) -> Indicator:
    """One more indicator of a proposal, or the first of what was agreed without any. Another one promises more: that
    is ``targets.agree_indicator``.

    Records INDICATOR_CHANGED with the indicator's id. Raises HistoricRecord, StaleVersion, NotOpen, RecordWaits,
    IndicatorRefused, TooManyIndicators, PromiseFixed.
    """
    commitment = _changeable(commitment_id, version)
    if commitment.state != Commitment.State.PROPOSED and commitment.indicators.exists():
        raise PromiseFixed
    made = put_indicator(commitment, values, timezone.localdate(now))
    _changed(commitment, made, {"added": True}, by, now)
    return made


@transaction.atomic
def change_indicator(
    *, indicator_id: int, version: int | None, values: IndicatorValues, by: Actor, now: datetime
) -> Indicator:
    """Writes the indicator of a proposal anew. Once agreed, what it says stays (``targets`` changes it): here it gets
    what it still lacks, and periods that nobody agreed on yet.

    Records INDICATOR_CHANGED with the names of what changed. Raises HistoricRecord, StaleVersion, NotOpen, RecordWaits,
    IndicatorRefused, PromiseFixed.
    """
    found = Indicator.objects.values_list("commitment_id", flat=True).get(pk=indicator_id)
    commitment = _changeable(found, version)
    indicator = commitment.indicators.get(pk=indicator_id)
    was, _told = differences(indicator, values)
    if commitment.state != Commitment.State.PROPOSED:
        refuse_promised(indicator, values)
    rewrite(commitment, indicator, values, timezone.localdate(now))
    _changed(commitment, indicator, {"changed": list(was)}, by, now)
    return indicator


def promised(indicator: Indicator) -> frozenset[str]:
    """Of an indicator that was agreed, what it says already: what an exception of the gate left open is not."""
    said = {name for name in ("name", "unit", "baseline_on") if getattr(indicator, name)}
    if indicator.baseline is not None or indicator.baseline_is_unknown:
        said |= {"baseline", "baseline_is_unknown"}
    if indicator.target is not None:
        said |= {"target", "keeps_level", "formula"}
    return frozenset(said)


def refuse_promised(indicator: Indicator, values: IndicatorValues) -> None:
    """Raises PromiseFixed for the first thing that would say something else; periods may be added, none go or change."""
    wanted, kept = values.columns(), promised(indicator)
    for name, value in wanted.items():
        if name in kept and getattr(indicator, name) != value:
            raise PromiseFixed(field=name)
    if not set(_steps_of(indicator)) <= set(_told_steps(values.steps)):
        raise PromiseFixed(field="steps")


def differences(indicator: Indicator, values: IndicatorValues) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old and new of what changes, as an Amendment keeps them."""
    wanted = values.columns()
    changed = [name for name, value in wanted.items() if getattr(indicator, name) != value]
    was: dict[str, Any] = {name: _said(getattr(indicator, name)) for name in changed}
    told: dict[str, Any] = {name: _said(wanted[name]) for name in changed}
    before, after = _steps_of(indicator), _told_steps(values.steps)
    if before != after:
        was["steps"], told["steps"] = before, after
    return was, told


def told_of(values: IndicatorValues) -> dict[str, Any]:
    """Everything that a new one says."""
    told = {name: _said(value) for name, value in values.columns().items() if value not in (None, "", False)}
    return told | ({"steps": _told_steps(values.steps)} if values.steps else {})


def put_indicator(commitment: Commitment, values: IndicatorValues, today: date) -> Indicator:
    """A new one of a locked commitment. Raises IndicatorRefused, TooManyIndicators."""
    order = commitment.indicators.count() + 1
    if order > MOST_INDICATORS:
        raise TooManyIndicators
    _refuse(commitment, values, today)
    made = Indicator.objects.create(commitment=commitment, order=order, **values.columns())
    _plan(made, values.steps)
    return made


def rewrite(commitment: Commitment, indicator: Indicator, values: IndicatorValues, today: date) -> None:
    """Writes it as the form says, whatever was agreed. Raises IndicatorRefused."""
    _refuse(commitment, values, today, promised(indicator))
    for name, value in values.columns().items():
        setattr(indicator, name, value)
    _refuse_figures_left_behind(indicator, today)
    indicator.save()
    _plan(indicator, values.steps)
    refresh(indicator)


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


def why_fixed(commitment: Commitment) -> DomainError | None:
    """What others are asked to decide on stays as they read it: the dispute first, or the record that it was not met."""
    if commitment.state == Commitment.State.DISPUTED:
        return InDispute()
    if commitment.state not in (Commitment.State.PROPOSED, *Commitment.REPORTABLE_STATES):
        return NotOpen()
    waits = commitment.agreed_at and commitment.non_fulfilments.filter(answered_at=None).exists()
    return RecordWaits() if waits else None


def _changeable(commitment_id: int, version: int | None) -> Commitment:
    commitment = locked(commitment_id, version)
    if refusal := why_fixed(commitment):
        raise refusal
    return commitment


def _refuse(
    commitment: Commitment, values: IndicatorValues, today: date, said: frozenset[str] = frozenset()
) -> None:
    """The rules of ``indicators``; and what was agreed complete stays complete, unless it was let off for a while.

    What it ``said`` is not emptied then either: whoever fills in what is open is asked for no reason and no session.
    """
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
    if commitment.state != Commitment.State.PROPOSED:
        no_baseline = values.baseline is None and not values.baseline_is_unknown
        wrong += [
            Problem("incomplete", field, _("It was agreed with this: it cannot be left empty."))
            for field, is_missing in (
                ("unit", not values.unit.strip()),
                ("baseline", no_baseline),
                ("target", values.target is None),
            )
            if is_missing and (commitment.exempt_until is None or field in said)
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


def _steps_of(indicator: Indicator) -> list[tuple[str, str, str]]:
    rows = indicator.period_targets.order_by("ends_on").values_list("starts_on", "ends_on", "value")
    return _told_steps(tuple(Step(*row) for row in rows))


def _told_steps(steps: tuple[Step, ...]) -> list[tuple[str, str, str]]:
    """As an Amendment keeps them: two lists of the same periods are equal."""
    rows = sorted(steps, key=lambda step: step.ends_on)
    return [(step.starts_on.isoformat(), step.ends_on.isoformat(), plain(step.value)) for step in rows]


def _said(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _changed(
    commitment: Commitment, indicator: Indicator, told: dict[str, Any], by: Actor, now: datetime
) -> None:
    if commitment.agreed_at:
        keep_first_targets(commitment)
    commitment.version += 1
    commitment.save(update_fields=["version"])
    note(CommitmentEvent.INDICATOR_CHANGED, commitment, by, now, {"indicator": indicator.pk, **told})
    mend(commitment, by=by, now=now)
