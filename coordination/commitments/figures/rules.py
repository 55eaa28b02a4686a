"""What may be measured, and what the measurements come to: rules without the database, the same for every way in.

The form, the report, the spreadsheet that came back and the actions all ask here, so that a figure refused on one way
is refused on all of them, in the same words.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.commitments.models import Commitment, Indicator, Measurement, MeasurementPart
from coordination.common.dates import day_words

# Proposed it is nobody's promise yet, withdrawn it is measured no more; figures of a settled one may still be mended.
MEASURABLE_STATES = frozenset(
    {
        *Commitment.OPEN_STATES,
        Commitment.State.MET,
        Commitment.State.PARTLY_MET,
        Commitment.State.NOT_MET,
    }
)
CENT = Decimal("0.01")
# Columns of sixteen digits, two of them behind the point.
TOO_LARGE = Decimal(10) ** 14
EARLIEST = date(1990, 1, 1)
NO_SOURCE = _("Say where the figure comes from: a register, a report, a count.")
PERCENT_WORDS = frozenset(
    {"por ciento", "porciento", "porcentaje", "percent", "per cent", "percentage", "pct"}
)
# Units that measure and do not count: their parts cannot be held against the value.
MEASURING_WORDS = frozenset(
    {
        "usd", "us$", "$", "dolar", "dolares", "dollar", "dollars", "euros", "m", "m2", "metros", "km", "kilometros", "ha",
        "hectareas", "kg", "kilos", "toneladas", "litros", "hora", "horas", "hours", "dia", "dias", "days", "meses",
        "months", "puntos", "points", "indice", "index", "tasa", "rate", "razon", "ratio", "promedio", "average",
    }
)  # fmt: skip


class Problem(NamedTuple):
    """Why something is refused: a code for tests and rows, the field it belongs to, words for the reader."""

    code: str
    field: str
    message: str | Promise


class Part(NamedTuple):
    """How many of a measurement are of one group."""

    dimension: str
    group: str
    count: int  # type: ignore[assignment]


@dataclass(frozen=True)
class Figure:
    """A measurement as the rules see it."""

    value: Decimal
    measured_on: date
    since: date | None = None


def _folded(unit: str) -> str:
    bare = unicodedata.normalize("NFKD", unit).encode("ascii", "ignore").decode()
    return " ".join(bare.casefold().split())


def is_percent(unit: str) -> bool:
    """Whether the unit is a share of a hundred: "%", "por ciento", "porcentaje de personas"."""
    folded = _folded(unit)
    return "%" in unit or any(f" {word} " in f" {folded} " for word in PERCENT_WORDS)


def counts(unit: str) -> bool:
    """Whether the unit counts things (people, places), so that parts may not exceed the whole."""
    return not is_percent(unit) and not MEASURING_WORDS & set(_folded(unit).split())


def combined(formula: str, figures: Iterable[Figure]) -> Decimal | None:
    """What the formula makes of the standing measurements, in any order; None of none.

    Latest: the one whose day is latest, of the same day the one that counts the shortest time. The average is rounded
    half up to two decimals.
    """
    rows = list(figures)
    if not rows:
        return None
    if formula == Indicator.Formula.SUM:
        return sum((row.value for row in rows), Decimal(0)).quantize(CENT)
    if formula == Indicator.Formula.AVERAGE:
        whole = sum((row.value for row in rows), Decimal(0))
        return (whole / len(rows)).quantize(CENT, ROUND_HALF_UP)
    last = max(rows, key=lambda row: (row.measured_on, row.since or row.measured_on, row.since is None))
    return last.value.quantize(CENT)


def indicator_problems(
    *,
    unit: str,
    baseline: Decimal | None,
    baseline_is_unknown: bool,
    target: Decimal | None,
    keeps_level: bool,
    formula: str,
    baseline_on: date | None = None,
    today: date,
) -> list[Problem]:
    """Everything that is wrong with an indicator as somebody wants to write it."""
    found = []
    percent = is_percent(unit)
    if baseline is not None and baseline_is_unknown:
        found.append(
            Problem("both", "baseline", _("Give the baseline or say that it is not known, not both."))
        )
    if baseline is not None and target is not None and baseline == target and not keeps_level:
        found.append(
            Problem(
                "target_is_baseline",
                "target",
                _(
                    "The target is the same as the baseline: nothing would change. Give another target, or mark that what there is must be kept."
                ),
            )
        )
    if percent:
        found += [
            Problem("over_100", field, _("A percentage is at most 100."))
            for field, value in (("baseline", baseline), ("target", target))
            if value is not None and value > 100
        ]
        if formula == Indicator.Formula.SUM:
            found.append(
                Problem(
                    "percent_sum",
                    "formula",
                    _("Percentages are not added up. Choose the latest one or the average."),
                )
            )
    found += [
        Problem("too_large", field, _("This number is too large: at most fourteen digits."))
        for field, value in (("baseline", baseline), ("target", target))
        if value is not None and abs(value) >= TOO_LARGE
    ]
    if baseline_on is not None and baseline_on > today:
        found.append(Problem("future", "baseline_on", _("The date of the baseline has not come yet.")))
    if baseline_on is not None and baseline_on < EARLIEST:
        found.append(Problem("too_early", "baseline_on", _("Check the year of this date.")))
    return found


def figure_problems(
    indicator: Indicator,
    figure: Figure,
    *,
    source: str,
    parts: Sequence[Part] = (),
    others: Iterable[Figure] = (),
    not_before: date | None = None,
    today: date,
) -> list[Problem]:
    """Everything that is wrong with a measurement; ``others`` are those that stand beside it, without the corrected one.

    ``not_before`` is the day the way to the target began where the baseline has no date of its own.
    """
    found = _wrong_value(indicator, figure.value)
    if not source.strip():
        found.append(Problem("no_source", "source", NO_SOURCE))
    found += _wrong_dates(indicator, figure, not_before, today)
    found += _beside(indicator, figure, list(others))
    return found + _wrong_parts(indicator, figure.value, parts)


def _wrong_value(indicator: Indicator, value: Decimal) -> list[Problem]:
    if abs(value) >= TOO_LARGE:
        return [Problem("too_large", "value", _("This number is too large: at most fourteen digits."))]
    if is_percent(indicator.unit) and value > 100:
        return [Problem("over_100", "value", _("A percentage is at most 100."))]
    if counts(indicator.unit) and value < 0:
        return [Problem("negative", "value", _("A count cannot be less than zero."))]
    return []


def begun_on(commitment: Commitment) -> date | None:
    """The day it was promised: that of its session, or that on which the agreement was written down, the earlier one."""
    if commitment.agreed_at is None:
        return None
    agreed = timezone.localdate(commitment.agreed_at, commitment.mesa.zone)
    held = commitment.session.local_day if commitment.session else None
    return min(agreed, held or agreed)


def _wrong_dates(indicator: Indicator, figure: Figure, not_before: date | None, today: date) -> list[Problem]:
    on, since = figure.measured_on, figure.since
    found = []
    if on > today:
        found.append(
            Problem("future", "measured_on", _("This date has not come yet. Give the day the figure is of."))
        )
    if indicator.baseline_on is not None and on < indicator.baseline_on:
        found.append(
            Problem(
                "before_baseline",
                "measured_on",
                _(
                    "This date is before that of the baseline (%(day)s). Give a later date; if the baseline is wrong, the secretariat corrects it."
                )
                % {"day": day_words(indicator.baseline_on)},
            )
        )
    elif on < EARLIEST or (since is not None and since < EARLIEST):
        field = "measured_on" if on < EARLIEST else "since"
        found.append(Problem("too_early", field, _("Check the year of this date.")))
    elif indicator.baseline_on is None and not_before is not None and on < not_before:
        words = _(
            "This date is before the commitment was agreed (%(day)s). Give a later date, or have the date of the baseline written down first."
        )
        found.append(Problem("before_promise", "measured_on", words % {"day": day_words(not_before)}))
    if since is not None and since > on:
        found.append(
            Problem("backwards", "since", _("The count begins after it ends. Exchange the two dates."))
        )
    return found


def _beside(indicator: Indicator, figure: Figure, others: list[Figure]) -> list[Problem]:
    if any((row.since, row.measured_on) == (figure.since, figure.measured_on) for row in others):
        return [
            Problem(
                "twice",
                "measured_on",
                _("There is already a figure of this date. If it was wrong, correct that one."),
            )
        ]
    if indicator.formula != Indicator.Formula.SUM:
        return []
    first, last = figure.since or figure.measured_on, figure.measured_on
    if any((row.since or row.measured_on) <= last and first <= row.measured_on for row in others):
        return [
            Problem(
                "overlap",
                "since" if figure.since else "measured_on",
                _(
                    "Its period overlaps with that of another figure, and they are added up: the same would count twice."
                ),
            )
        ]
    total = sum((abs(row.value) for row in others), abs(figure.value))
    if total >= TOO_LARGE:
        return [Problem("too_large", "value", _("This number is too large: at most fourteen digits."))]
    return []


def _wrong_parts(indicator: Indicator, value: Decimal, parts: Sequence[Part]) -> list[Problem]:
    sums: Counter[str] = Counter()
    for part in parts:
        sums[part.dimension] += part.count
    if not counts(indicator.unit):
        return []
    labels = dict(MeasurementPart.Dimension.choices)
    return [
        Problem(
            "parts_exceed",
            dimension,
            _("By %(dimension)s they come to %(sum)s, more than the figure itself (%(value)s).")
            % {"dimension": labels[dimension], "sum": total, "value": plain(value)},
        )
        for dimension, total in sums.items()
        if total > value
    ]


def plain(value: Any) -> str:
    """60 and not 60.00, without the dots of thousands: for a message or a field."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def figure_of(row: Measurement) -> Figure:
    return Figure(row.value, row.measured_on, row.since)
