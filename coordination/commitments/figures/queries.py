"""What pages and files say of the measurements: the chart with its words, the rows, who is counted in them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.attendees.suppression import suppressed
from coordination.commitments.figures.charts import Chart, Step, drawn, reached, running
from coordination.commitments.figures.rules import counts, figure_of
from coordination.commitments.models import Commitment, Indicator, Measurement, MeasurementPart, PeriodTarget
from coordination.commitments.queries import indicator_bar
from coordination.common.compiled import compiled
from coordination.common.dates import day_words
from coordination.taxonomies.models import Province

Dimension = MeasurementPart.Dimension
# Of few people these would tell who they are; a province does not.
OF_PEOPLE = (Dimension.SEX, Dimension.AGE, Dimension.POPULATION)
SHOWN = 5  # figures in the page of a commitment; all of them stand in the indicator's own
NOT_SAID = ""


@dataclass(frozen=True)
class FigureRow:
    """A figure with how much there was by then, where figures are added up."""

    measurement: Measurement
    total: Decimal | None


@dataclass(frozen=True)
class TargetRow:
    step: Step
    reached: Decimal | None
    is_over: bool


@dataclass(frozen=True)
class Section:
    """One indicator as a page shows it: the chart, the same in words, the latest rows."""

    indicator: Indicator
    chart: Chart | None
    bar: dict[str, str] | None
    words: str
    rows: list[FigureRow]
    count: int
    targets: list[TargetRow]

    @property
    def is_sum(self) -> bool:
        return self.indicator.formula == Indicator.Formula.SUM


def sections(commitment: Commitment, today: date, *, most: int = SHOWN) -> list[Section]:
    """Every indicator of a commitment, whose indicators are fetched already. None without one; one query of a row
    that was read for its page, else two.
    """
    indicators = list(commitment.indicators.all())
    if not indicators:
        return []
    figures: dict[int, list[Measurement]] = defaultdict(list)
    for row in _standing.rows([indicator.pk for indicator in indicators]):
        figures[row.indicator_id].append(row)
    steps = _steps(commitment)
    return [
        section(
            indicator,
            figures[indicator.pk],
            steps[indicator.pk],
            due_on=commitment.due_on,
            today=today,
            most=most,
        )
        for indicator in indicators
    ]


@compiled
def _standing(indicators: list[int]) -> "QuerySet[Measurement]":
    rows = Measurement.objects.standing().filter(indicator__any=indicators)
    return rows.select_related("organization").order_by("measured_on", "id")


def _steps(commitment: Any) -> dict[int, list[Step]]:
    """The targets of periods by indicator. None of a row that was read for its page, else one query."""
    steps: dict[int, list[Step]] = defaultdict(list)
    if not hasattr(commitment, "period_steps"):
        for target in PeriodTarget.objects.filter(indicator__commitment=commitment):
            steps[target.indicator_id].append(Step(target.starts_on, target.ends_on, target.value))
        return steps
    for row in sorted(commitment.period_steps, key=lambda each: each["until"]):
        days = date.fromisoformat(row["since"]), date.fromisoformat(row["until"])
        steps[row["indicator"]].append(Step(*days, Decimal(row["value"])))
    return steps


def section(
    indicator: Indicator,
    standing: Sequence[Measurement],
    steps: Sequence[Step],
    *,
    due_on: date | None,
    today: date,
    most: int | None = None,
) -> Section:
    """``standing`` by day, first to last. A value without any figure (a historic record) keeps its plain bar."""
    figures = [figure_of(row) for row in standing]
    points = running(indicator.formula, figures)
    by_bar = not points and indicator.value is not None
    chart = None
    if not by_bar:
        chart = drawn(
            points,
            baseline=indicator.baseline,
            baseline_on=indicator.baseline_on,
            target=indicator.target,
            due_on=due_on,
            steps=steps,
        )
    summed = indicator.formula == Indicator.Formula.SUM
    ordered = sorted(standing, key=lambda row: (row.measured_on, row.since or row.measured_on))
    rows = [
        FigureRow(row, point.value if summed else None) for row, point in zip(ordered, points, strict=True)
    ][::-1]
    return Section(
        indicator=indicator,
        chart=chart,
        bar=indicator_bar(indicator) if by_bar else None,
        words=in_words(indicator, [(point.day, point.value) for point in points], due_on),
        rows=rows[:most],
        count=len(rows),
        targets=[
            TargetRow(step, reached(step, figures, indicator.formula), step.ends_on < today) for step in steps
        ],
    )


def in_words(indicator: Indicator, points: Sequence[tuple[date, Decimal]], due_on: date | None) -> str:
    """The chart for whoever does not see it: how many figures, where they go, and what they are held against."""
    said = [f"{indicator.name}."]
    if not points:
        said.append(_("There is no figure yet."))
    elif len(points) == 1:
        said.append(_("One figure: %(last)s.") % {"last": _at(indicator, *points[0])})
    else:
        first, last = points[0], points[-1]
        words = _("%(count)s figures. They rise from %(first)s to %(last)s.")
        if last[1] < first[1]:
            words = _("%(count)s figures. They fall from %(first)s to %(last)s.")
        elif last[1] == first[1]:
            words = _("%(count)s figures. The last one is as high as the first: from %(first)s to %(last)s.")
        said.append(
            words % {"count": len(points), "first": _at(indicator, *first), "last": _at(indicator, *last)}
        )
    if indicator.baseline is not None:
        since = indicator.baseline_on
        baseline = _at(indicator, since, indicator.baseline) if since else amount(indicator.baseline)
        said.append(_("Baseline: %(value)s.") % {"value": baseline})
    else:
        said.append(_("The baseline is not on record."))
    if indicator.target is not None:
        target = _at(indicator, due_on, indicator.target) if due_on else amount(indicator.target)
        said.append(_("Target: %(value)s.") % {"value": target})
    return " ".join(said)


def _at(indicator: Indicator, day: date, value: Decimal) -> str:
    return _("%(value)s %(unit)s on %(day)s") % {
        "value": amount(value), "unit": indicator.unit, "day": day_words(day)
    }  # fmt: skip


def amount_words(value: Decimal | None, unit: str) -> str:
    """40 plazas; nothing of nothing."""
    return "" if value is None else f"{amount(value)} {unit}".strip()


def amount(value: Decimal) -> str:
    """270.000 or 12,50: grouped, in the reader's language."""
    places = 0 if value == value.to_integral_value() else 2
    return str(number_format(value, places, use_l10n=True, force_grouping=True))


@dataclass(frozen=True)
class Groups:
    """One dimension of a figure: its groups with their counts, None for one that stays hidden."""

    dimension: str
    label: Any
    rows: list[tuple[str, Any, int | None]]
    hides: bool


def groups(measurement: Measurement, *, whole: bool, names: dict[str, str]) -> list[Groups]:
    """Who is counted, by dimension, with what nobody said; needs ``parts`` fetched.

    For whom the figure is not theirs (``whole`` false) small groups of people stay hidden, with those that would betray
    them: the rule of ``attendees.suppression``. What is left of the value counts as a group there, or whoever knows the
    figure would subtract.
    """
    by: dict[str, dict[str, int]] = defaultdict(dict)
    for part in measurement.parts.all():
        by[part.dimension][part.group] = part.count
    found = []
    for dimension in Dimension:
        given = by.get(dimension.value)
        if not given:
            continue
        rest = 0
        if counts(measurement.indicator.unit):
            rest = max(int(measurement.value) - sum(given.values()), 0)
        told = given | ({NOT_SAID: rest} if rest else {})
        shown: dict[str, int | None] | None = dict(told)
        if not whole and dimension in OF_PEOPLE:
            shown = suppressed(told)
        labels = labels_of(dimension, names)
        order = [*labels, *(group for group in told if group not in labels)]
        rows: list[tuple[str, Any, int | None]] = []
        if shown is not None:
            rows = [(group, labels.get(group, group), shown[group]) for group in order if group in shown]
        hides = shown is None or any(n is None for n in shown.values())
        found.append(Groups(dimension.value, dimension.label, rows, hides))
    return found


def labels_of(dimension: str, names: dict[str, str]) -> dict[str, Any]:
    """The groups of a dimension in the order of a form; ``names`` are the provinces by code."""
    choices: dict[str, dict[str, Any]] = {
        Dimension.SEX.value: dict(MeasurementPart.Sex.choices),
        Dimension.AGE.value: dict(MeasurementPart.Age.choices),
        Dimension.POPULATION.value: dict(MeasurementPart.Population.choices),
        Dimension.TERRITORY.value: names,
    }
    return {**choices[dimension], NOT_SAID: _("not on record")}


def provinces() -> dict[str, str]:
    """INEC code and name, in the order of the codes. One query."""
    return dict(Province.objects.order_by("code").values_list("code", "name"))


def with_everything(indicators: Iterable[Indicator]) -> QuerySet[Measurement]:
    """Every figure that was ever given, with who gave it and who is counted; newest first. Two queries."""
    rows = Measurement.objects.filter(indicator__in=list(indicators))
    return (
        rows.select_related("organization", "indicator", "corrected_by")
        .prefetch_related("parts")
        .order_by("indicator__order", "indicator_id", "-measured_on", "-id")
    )


def saved(count: int) -> str:
    if not count:
        return _("Nothing changed: every figure was there already.")
    return ngettext("%(count)s figure is saved.", "%(count)s figures are saved.", count) % {"count": count}
