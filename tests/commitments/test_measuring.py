"""Figures: recorded, corrected, taken back, refused."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coordination.activity.models import Activity
from coordination.commitments.actions import HistoricRecord, NotOpen, ReasonMissing
from coordination.commitments.agreeing import agree
from coordination.commitments.figures.actions.measuring import (
    FigureRefused,
    NotItsFigure,
    record_measurement,
    withdraw_measurement,
)
from coordination.commitments.figures.rules import Part
from coordination.commitments.models import Indicator, Measurement, Report
from tests.cast import NOW, Cast
from tests.commitments.world import historic, proposal

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


def figure(cast: Cast, indicator: Indicator, value: Any = 24, **given: Any) -> Measurement:
    values: dict[str, Any] = {
        "measured_on": TODAY,
        "source": "Registro de la fundación",
        "organization_id": cast.ngo.pk,
        "person_id": cast.carmen.pk,
    } | given
    return record_measurement(
        indicator_id=indicator.pk, value=Decimal(value), **values, by=cast.secretariat, now=NOW
    )


def places(cast: Cast, **changed: Any) -> Indicator:
    """The indicator of an agreed commitment, 0 to 40 places."""
    commitment = proposal(cast)
    indicator = commitment.indicators.get()
    for name, value in changed.items():
        setattr(indicator, name, value)
    indicator.save()
    agree(commitment_id=commitment.pk, by=cast.secretariat, now=NOW)
    return commitment.indicators.get()


def value_of(indicator: Indicator) -> Decimal | None:
    return Indicator.objects.get(pk=indicator.pk).value


def test_a_figure_is_kept_with_its_date_source_and_parts_and_gives_the_value(cast: Cast) -> None:
    indicator = places(cast)
    made = figure(cast, indicator, 24, parts=[Part("sex", "women", 14), Part("sex", "men", 8)])
    assert (made.measured_on, made.source, made.organization) == (TODAY, "Registro de la fundación", cast.ngo)
    assert [(part.group, part.count) for part in made.parts.all()] == [("women", 14), ("men", 8)]
    assert value_of(indicator) == 24
    activity = Activity.objects.get(kind="commitment.measured")
    assert activity.payload == {"measurement": made.pk, "indicator": indicator.pk, "report": None}


@pytest.mark.parametrize(
    ("formula", "value"), [("latest", 30), ("sum", 60), ("average", 20)], ids=["latest", "sum", "average"]
)
def test_the_value_follows_the_formula_whatever_the_order(cast: Cast, formula: str, value: int) -> None:
    indicator = places(cast, formula=formula, baseline_on=date(2025, 1, 1))
    for days, given in ((0, 30), (60, 10), (30, 20)):
        figure(cast, indicator, given, measured_on=TODAY - timedelta(days=days))
    assert value_of(indicator) == value


def test_a_correction_is_a_new_row_and_the_old_one_stays(cast: Cast) -> None:
    indicator = places(cast)
    wrong = figure(cast, indicator, 42)
    right = figure(cast, indicator, 24, corrects_id=wrong.pk)
    assert right.corrects == wrong and list(indicator.measurements.standing()) == [right]
    assert indicator.measurements.count() == 2 and value_of(indicator) == 24
    with pytest.raises(NotItsFigure):
        figure(cast, indicator, 25, corrects_id=wrong.pk)


def test_a_figure_taken_back_needs_a_reason_and_counts_no_more(cast: Cast) -> None:
    indicator = places(cast)
    made = figure(cast, indicator)
    with pytest.raises(ReasonMissing):
        withdraw_measurement(measurement_id=made.pk, reason=" ", by=cast.secretariat, now=NOW)
    withdraw_measurement(measurement_id=made.pk, reason="Era de otro albergue", by=cast.secretariat, now=NOW)
    assert value_of(indicator) is None and indicator.measurements.count() == 1
    with pytest.raises(NotItsFigure):
        withdraw_measurement(measurement_id=made.pk, reason="Otra vez", by=cast.secretariat, now=NOW)


def test_the_figure_of_a_report_replaces_the_one_of_the_same_day(cast: Cast) -> None:
    indicator = places(cast)
    first = figure(cast, indicator, 20)
    report = Report.objects.create(
        commitment=indicator.commitment, organization=cast.ngo, text="Abrimos", progress=60, reported_at=NOW
    )
    second = figure(cast, indicator, 24, report=report)
    assert second.corrects == first and value_of(indicator) == 24


@pytest.mark.parametrize(
    ("indicator", "given", "code", "field"),
    [
        pytest.param(
            {}, {"measured_on": date(2020, 1, 1)}, "before_promise", "measured_on", id="years before"
        ),
        pytest.param({}, {"measured_on": TODAY + timedelta(days=1)}, "future", "measured_on", id="future"),
        pytest.param(
            {"baseline_on": TODAY},
            {"measured_on": TODAY - timedelta(days=1)},
            "before_baseline",
            "measured_on",
            id="before the baseline",
        ),
        pytest.param({"unit": "%", "target": 80}, {"value": 101}, "over_100", "value", id="percent over 100"),
        pytest.param({}, {"value": -1}, "negative", "value", id="a negative count"),
        pytest.param({}, {"source": "  "}, "no_source", "source", id="without a source"),
        pytest.param({}, {"since": TODAY + timedelta(days=1)}, "backwards", "since", id="backwards"),
        pytest.param({}, {"measured_on": date(26, 3, 2)}, "too_early", "measured_on", id="year 26"),
        pytest.param({}, {"value": 10**14}, "too_large", "value", id="too large"),
        pytest.param(
            {},
            {"parts": [Part("sex", "women", 20), Part("sex", "men", 5)]},
            "parts_exceed",
            "sex",
            id="parts",
        ),
    ],
)
def test_a_figure_that_cannot_be_is_refused(
    cast: Cast, indicator: dict[str, Any], given: dict[str, Any], code: str, field: str
) -> None:
    row = places(cast, **indicator)
    with pytest.raises(FigureRefused) as refused:
        figure(cast, row, **given)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not row.measurements.exists() and value_of(row) is None


def test_parts_of_a_percentage_are_not_held_against_it(cast: Cast) -> None:
    indicator = places(cast, unit="por ciento")
    figure(cast, indicator, 60, parts=[Part("sex", "women", 180)])
    assert value_of(indicator) == 60


def test_the_same_day_twice_and_overlapping_periods_of_a_sum_are_refused(cast: Cast) -> None:
    indicator = places(cast, formula="sum", baseline_on=date(2025, 1, 1))
    figure(cast, indicator, 5, since=date(2026, 1, 1), measured_on=date(2026, 1, 31))
    for since, on, code in (
        (date(2026, 1, 1), date(2026, 1, 31), "twice"),
        (date(2026, 1, 20), date(2026, 2, 20), "overlap"),
        (None, date(2026, 1, 15), "overlap"),
    ):
        with pytest.raises(FigureRefused) as refused:
            figure(cast, indicator, 5, since=since, measured_on=on)
        assert refused.value.code == code
    figure(cast, indicator, 5, since=date(2026, 2, 1), measured_on=date(2026, 2, 28))
    assert value_of(indicator) == 10


def test_only_what_was_agreed_is_measured_and_history_is_left_alone(cast: Cast) -> None:
    with pytest.raises(NotOpen):
        figure(cast, proposal(cast).indicators.get())
    old = Indicator.objects.create(commitment=historic(cast), name="Plazas", unit="plazas")
    with pytest.raises(HistoricRecord):
        figure(cast, old)
