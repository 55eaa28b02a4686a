"""Formulas and geometry hold whatever is measured."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.commitments.figures.charts import (
    HEIGHT,
    TOP,
    Point,
    Step,
    drawn,
    on_the_way,
    quarters,
    reached,
    running,
)
from coordination.commitments.figures.rules import Figure, combined, counts, is_percent

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
VALUES = st.decimals(Decimal(-(10**13)), Decimal(10**13), places=2)
POINTS = st.builds(Point, DAYS, VALUES)
FIGURES = st.lists(
    st.builds(Figure, VALUES, DAYS), max_size=12, unique_by=lambda row: (row.since, row.measured_on)
)


@given(FIGURES, st.randoms(use_true_random=False), st.sampled_from(["latest", "sum", "average"]))
def test_a_formula_gives_the_same_in_any_order(rows: list[Figure], dice: random.Random, formula: str) -> None:
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert combined(formula, shuffled) == combined(formula, rows)


@given(FIGURES.filter(bool), VALUES)
def test_a_corrected_figure_leaves_nothing_behind(rows: list[Figure], value: Decimal) -> None:
    mended = [Figure(value, rows[0].measured_on, rows[0].since), *rows[1:]]
    assert combined("sum", mended) == sum(row.value for row in mended)
    assert combined("latest", mended) == max(mended, key=lambda row: row.measured_on).value
    average = combined("average", mended)
    assert average is not None
    assert min(row.value for row in mended) <= average <= max(row.value for row in mended)


@given(
    st.lists(POINTS, max_size=40),
    st.none() | VALUES,
    st.none() | DAYS,
    st.none() | VALUES,
    st.none() | DAYS,
    st.lists(st.builds(lambda day, n, value: Step(day, day + timedelta(n), value), DAYS, st.integers(0, 400), VALUES), max_size=8),
)  # fmt: skip
def test_a_chart_never_leaves_its_box(
    points: list[Point],
    baseline: Decimal | None,
    baseline_on: date | None,
    target: Decimal | None,
    due_on: date | None,
    steps: list[Step],
) -> None:
    chart = drawn(
        sorted(points, key=lambda point: point.day),
        baseline=baseline,
        baseline_on=baseline_on,
        target=target,
        due_on=due_on,
        steps=steps,
    )
    if chart is None:
        assert not points and not steps and baseline is None and target is None
        return
    dots = [*chart.dots, *(each for each in (chart.baseline_dot, chart.target_dot, chart.last) if each)]
    across = [dot.x for dot in dots] + [tick.x for tick in chart.ticks]
    down = [dot.y for dot in dots] + [grid.y for grid in chart.grid]
    for line in chart.trend + chart.steps:
        across += [line.x1, line.x2]
        down += [line.y1, line.y2]
    down += [y for y in (chart.baseline, chart.target) if y is not None]
    assert all(0 <= x <= 100 for x in across) and all(0 <= y <= HEIGHT for y in down)
    assert 2 <= len(chart.grid) <= 8 and len({grid.y for grid in chart.grid}) == len(chart.grid)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=6))
def test_between_whole_values_every_line_is_whole(values: list[int]) -> None:
    chart = drawn([Point(date(2026, 1, 1) + timedelta(n), Decimal(value)) for n, value in enumerate(values)])
    assert chart and len(chart.grid) >= 2
    assert all(row.value == row.value.to_integral_value() for row in chart.grid)


def test_one_place_is_not_halved_and_half_a_metre_is() -> None:
    whole = drawn([], baseline=Decimal(0), target=Decimal("2.00"))
    assert whole and [row.value for row in whole.grid] == [0, 1, 2]
    parts = drawn([], baseline=Decimal(0), target=Decimal("1.50"))
    assert parts and Decimal("0.5") in [row.value for row in parts.grid]


@given(
    st.none() | VALUES,
    VALUES,
    st.lists(st.builds(lambda day, value: Step(day, day, value), DAYS, VALUES), max_size=8),
)
def test_what_says_that_there_is_no_figure_crosses_no_line(
    baseline: Decimal | None, target: Decimal, steps: list[Step]
) -> None:
    chart = drawn([], baseline=baseline, target=target, due_on=date(2026, 12, 31), steps=steps)
    assert chart and chart.target is not None
    lines = [chart.target, *(row.y for row in chart.grid), *(step.y1 for step in chart.steps)]
    lines += [] if chart.baseline is None else [chart.baseline]
    over, under = chart.gap_y - 12, chart.gap_y + 4  # a line of 14 px with its descenders
    assert over >= 0 and not [y for y in lines if over < y < under]
    assert chart.gap_y < HEIGHT and TOP > 16


@pytest.mark.parametrize(
    "values", [[0], [5, 5, 5], [-3, -8], [-4, 6], [0.01], [523500, 270000], list(range(300))], ids=str
)
def test_a_higher_value_stands_higher(values: list[float]) -> None:
    points = [Point(date(2026, 1, 1) + timedelta(n), Decimal(str(value))) for n, value in enumerate(values)]
    chart = drawn(points)
    assert chart and chart.last
    for line, (one, other) in zip(chart.trend, zip(points, points[1:], strict=False), strict=True):
        assert (one.value < other.value) <= (line.y1 >= line.y2)
        assert (one.value == other.value) <= (line.y1 == line.y2)
    assert chart.dots == [] if len(values) > 60 else len(chart.dots) == len(values)


def test_a_sum_is_drawn_as_it_grows_and_the_rest_as_it_is() -> None:
    rows = [Figure(Decimal(5), date(2026, 3, 1)), Figure(Decimal(3), date(2026, 1, 1))]
    assert [point.value for point in running("sum", rows)] == [3, 8]
    assert [point.value for point in running("latest", rows)] == [3, 5]
    spring = Step(date(2026, 2, 1), date(2026, 3, 31), Decimal(10))
    assert reached(spring, rows, "sum") == 8 and reached(spring, rows, "latest") == 5
    assert reached(Step(date(2026, 4, 1), date(2026, 6, 30), Decimal(10)), rows, "sum") is None


@given(DAYS, st.integers(0, 2000), st.sampled_from([3, 6, 12]))
def test_periods_follow_each_other_to_the_last_day(first: date, length: int, months: int) -> None:
    last = first + timedelta(length)
    periods = quarters(first, last, months=months)
    assert periods[0][0] == first and periods[-1][1] == last
    for (_start, end), (start, _end) in zip(periods, periods[1:], strict=False):
        assert start == end + timedelta(1) and start.day == 1 and (start.month - 1) % months == 0
    steps = on_the_way(periods, Decimal(0), Decimal(40), whole=True)
    values = [step.value for step in steps]
    assert values == sorted(values) and values[-1] == 40


@pytest.mark.parametrize("unit", ["%", "por ciento", "Porcentaje de personas", "PERCENT", "% de plazas"])
def test_a_percentage_is_known_by_its_unit(unit: str) -> None:
    assert is_percent(unit) and not counts(unit)


@pytest.mark.parametrize(
    ("unit", "counted"),
    [
        ("plazas", True),
        ("personas", True),
        ("USD", False),
        ("dólares", False),
        ("porciones", True),
        ("", True),
    ],
)
def test_what_counts_things_is_known_by_its_unit(unit: str, counted: bool) -> None:
    assert counts(unit) is counted and not is_percent(unit)
