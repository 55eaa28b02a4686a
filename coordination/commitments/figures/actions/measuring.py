"""What was measured: recorded, corrected by a new row, taken back with a reason. Nothing is deleted.

``Indicator.value`` is written here and nowhere else: it is what the formula makes of the measurements that stand.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.figures.rules import (
    CENT,
    MEASURABLE_STATES,
    Figure,
    Part,
    Problem,
    begun_on,
    combined,
    figure_of,
    figure_problems,
)
from coordination.commitments.models import Commitment, Indicator, Measurement, MeasurementPart, Report
from coordination.commitments.row import NotOpen, ReasonMissing, locked, note
from coordination.common.errors import DomainError


class FigureRefused(DomainError):
    """``code`` says which rule; see ``indicators.figure_problems``."""

    def __init__(self, problem: Problem) -> None:
        self.code = problem.code
        super().__init__(problem.message, field=problem.field)


class NotItsFigure(DomainError):
    default_message = _(
        "This figure is not one of this indicator, or it no longer stands. Look at the table again."
    )


@transaction.atomic
def record_measurement(
    *,
    indicator_id: int,
    organization_id: int,
    person_id: int | None,
    value: Decimal,
    measured_on: date,
    source: str,
    since: date | None = None,
    note_text: str = "",
    parts: Iterable[Part] = (),
    report: Report | None = None,
    corrects_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Measurement:
    """A figure with its date and its source; with ``corrects_id`` it replaces that one, which stays to be read.

    The figure of a report replaces the one that stands for the same days by itself: the report is the later word.
    Writes ``Indicator.value`` anew and records MEASURED with the ids of measurement, indicator and report. Raises
    HistoricRecord, NotOpen, NotItsFigure, FigureRefused.
    """
    commitment, indicator = _locked(indicator_id)
    figure = Figure(value.quantize(CENT), measured_on, since)
    made = write(
        indicator,
        figure,
        standing=list(indicator.measurements.standing()),
        organization_id=organization_id,
        person_id=person_id,
        source=source,
        note_text=note_text,
        parts=list(parts),
        report=report,
        corrects_id=corrects_id,
        now=now,
    )
    refresh(indicator)
    payload = {"measurement": made.pk, "indicator": indicator.pk, "report": report.pk if report else None}
    note(CommitmentEvent.MEASURED, commitment, by, now, payload)
    return made


@transaction.atomic
def withdraw_measurement(*, measurement_id: int, reason: str, by: Actor, now: datetime) -> Measurement:
    """Takes a figure back; it stays in the table, crossed out, with the reason.

    Records MEASUREMENT_WITHDRAWN. Raises HistoricRecord, NotOpen, NotItsFigure, ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    found = Measurement.objects.values_list("indicator_id", flat=True).get(pk=measurement_id)
    commitment, indicator = _locked(found)
    row = indicator.measurements.standing().filter(pk=measurement_id).first()
    if row is None:
        raise NotItsFigure
    row.withdrawn_at, row.withdrawn_reason = now, reason.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    refresh(indicator)
    payload = {"measurement": row.pk, "indicator": indicator.pk}
    note(CommitmentEvent.MEASUREMENT_WITHDRAWN, commitment, by, now, payload)
    return row


def _locked(indicator_id: int) -> tuple[Commitment, Indicator]:
    """The indicator under its commitment's lock: two figures at once come one after the other."""
    commitment = locked(Indicator.objects.values_list("commitment_id", flat=True).get(pk=indicator_id))
    if commitment.state not in MEASURABLE_STATES:
        raise NotOpen
    return commitment, commitment.indicators.get(pk=indicator_id)


def write(
    indicator: Indicator,
    figure: Figure,
    *,
    standing: list[Measurement],
    organization_id: int,
    person_id: int | None,
    source: str,
    note_text: str,
    parts: list[Part],
    report: Report | None,
    corrects_id: int | None,
    now: datetime,
) -> Measurement:
    """The row itself, under its commitment's lock. ``standing`` are those that stand; it says afterwards who stands now."""
    old = None
    if corrects_id is not None:
        old = next((row for row in standing if row.pk == corrects_id), None)
        if old is None:
            raise NotItsFigure
    elif report is not None:
        days = (figure.since, figure.measured_on)
        old = next((row for row in standing if (row.since, row.measured_on) == days), None)
    others = [figure_of(row) for row in standing if row != old]
    today = timezone.localdate(now)
    wrong = figure_problems(
        indicator, figure, source=source, parts=parts, others=others,
        not_before=begun_on(indicator.commitment), today=today,
    )  # fmt: skip
    if wrong:
        raise FigureRefused(wrong[0])
    made = Measurement.objects.create(
        indicator=indicator,
        measured_on=figure.measured_on,
        since=figure.since,
        value=figure.value,
        source=source.strip(),
        note=note_text.strip(),
        report=report,
        organization_id=organization_id,
        person_id=person_id,
        recorded_at=now,
        corrects=old,
    )
    MeasurementPart.objects.bulk_create(MeasurementPart(measurement=made, **part._asdict()) for part in parts)
    standing[:] = [*(row for row in standing if row != old), made]
    return made


def refresh(indicator: Indicator) -> None:
    """Writes the value anew. Without any figure ever it stays: older reports gave it without a row of its own."""
    if not indicator.measurements.exists():
        return
    standing = [figure_of(row) for row in indicator.measurements.standing()]
    indicator.value = combined(indicator.formula, standing)
    indicator.save(update_fields=["value"])
