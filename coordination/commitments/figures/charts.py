"""Where the lines of an indicator's chart stand: arithmetic alone, in per cent from left to right and in pixels downwards.

Per cent, because a chart whose letters keep their size is legible on a phone and on paper alike; a drawing that is scaled
as a whole is not. Nothing ever stands outside the box, whatever is measured.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from coordination.commitments.figures.rules import Figure, combined
from coordination.commitments.models import Indicator

HEIGHT = 208
TOP, BOTTOM = 30, 182  # of the plot; below it the dates, above it room for a label
LEFT, RIGHT = 4.0, 96.0
MOST_LINES = 5
ROOM = 26  # what a line of words needs between two lines
# More would be a black band; the table has them all.
MOST_DOTS = 60


@dataclass(frozen=True)
class Point:
    day: date
    value: Decimal


@dataclass(frozen=True)
class Step:
    """The target of one period."""

    starts_on: date
    ends_on: date
    value: Decimal


@dataclass(frozen=True)
class Dot:
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Grid:
    """A line across at a round number."""

    y: float
    value: Decimal
    is_zero: bool

    @property
    def label_y(self) -> float:
        return round(self.y - 4, 1)


@dataclass(frozen=True)
class Tick:
    x: float
    day: date
    anchor: str


@dataclass(frozen=True)
class Chart:
    grid: list[Grid] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    trend: list[Line] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    steps: list[Line] = field(default_factory=list)
    baseline: float | None = None
    baseline_dot: Dot | None = None
    target: float | None = None
    target_dot: Dot | None = None
    last: Dot | None = None
    height: int = HEIGHT
    bottom: int = BOTTOM

    @property
    def last_label(self) -> Dot | None:
        """Where the latest value is written: above its dot, below it where it would meet the target's."""
        if self.last is None:
            return None
        near = self.target is not None and -6 <= self.last.y - self.target <= 30
        return Dot(self.last.x, self.last.y + 20 if near else self.last.y - 10)

    @property
    def gap_y(self) -> float:
        """Where it says that there is no figure: between two lines, or above the plot where they stand too close."""
        lines = [self.baseline, self.target, *(step.y1 for step in self.steps)]
        found = sorted({*(row.y for row in self.grid), *(y for y in lines if y is not None)})
        above, below = max(zip(found, found[1:], strict=False), key=lambda two: two[1] - two[0])
        return round((above + below) / 2 + 5, 1) if below - above >= ROOM else float(TOP - 12)

    @property
    def last_anchor(self) -> str:
        x = self.last.x if self.last else 50
        return "end" if x > 75 else "start" if x < 25 else "middle"


def running(formula: str, figures: Iterable[Figure]) -> list[Point]:
    """What the chart draws, by day: of a sum how much there was by then, else the figures as they are."""
    rows = sorted(figures, key=lambda row: (row.measured_on, row.since or row.measured_on))
    if formula != Indicator.Formula.SUM:
        return [Point(row.measured_on, row.value) for row in rows]
    points, total = [], Decimal(0)
    for row in rows:
        total += row.value
        points.append(Point(row.measured_on, total))
    return points


def reached(step: Step, figures: Iterable[Figure], formula: str) -> Decimal | None:
    """What there was when a period ended; None where nobody measured within it. A sum goes on from the periods before."""
    rows = [row for row in figures if row.measured_on <= step.ends_on]
    within = [row for row in rows if row.measured_on >= step.starts_on]
    if not within:
        return None
    return combined(formula, rows if formula == Indicator.Formula.SUM else within)


def drawn(
    points: Sequence[Point],
    *,
    baseline: Decimal | None = None,
    baseline_on: date | None = None,
    target: Decimal | None = None,
    due_on: date | None = None,
    steps: Sequence[Step] = (),
) -> Chart | None:
    """The chart of these points; None where there is no number at all."""
    values = [point.value for point in points] + [step.value for step in steps]
    values += [value for value in (baseline, target) if value is not None]
    if not values:
        return None
    days = [point.day for point in points] + [day for step in steps for day in (step.starts_on, step.ends_on)]
    days += [day for day in (baseline_on, due_on) if day is not None]
    across = _Across(days)
    up = _Up(values)
    dots = [Dot(across(point.day), up(point.value)) for point in points]
    return Chart(
        grid=[Grid(up(value), value, value == 0) for value in up.lines],
        ticks=across.ticks(),
        trend=[Line(a.x, a.y, b.x, b.y) for a, b in zip(dots, dots[1:], strict=False)],
        dots=dots if len(dots) <= MOST_DOTS else [],
        steps=[
            Line(across(step.starts_on), up(step.value), across(step.ends_on), up(step.value))
            for step in steps
        ],
        baseline=None if baseline is None else up(baseline),
        baseline_dot=Dot(across(baseline_on), up(baseline)) if baseline_on and baseline is not None else None,
        target=None if target is None else up(target),
        target_dot=Dot(across(due_on), up(target)) if due_on and target is not None else None,
        last=dots[-1] if dots else None,
    )


def quarters(first: date, last: date, *, months: int = 3) -> list[tuple[date, date]]:
    """Calendar quarters (semesters, years) from one day to another; the first and the last may be short."""
    periods: list[tuple[date, date]] = []
    start = first
    while start <= last and len(periods) < 40:
        month = (start.month - 1) // months * months + months  # the last month of its period
        after = date(start.year + month // 12, month % 12 + 1, 1)
        end = min(after - timedelta(days=1), last)
        periods.append((start, end))
        start = after
    return periods


def on_the_way(
    periods: Sequence[tuple[date, date]], baseline: Decimal, target: Decimal, *, whole: bool
) -> list[Step]:
    """Targets that go up (or down) evenly from the baseline to the target, the last one being the target."""
    if not periods:
        return []
    first, last = periods[0][0], periods[-1][1]
    length = max((last - first).days + 1, 1)
    steps = []
    for starts_on, ends_on in periods:
        share = Decimal((ends_on - first).days + 1) / length
        value = baseline + (target - baseline) * share
        steps.append(Step(starts_on, ends_on, value.quantize(Decimal(1) if whole else Decimal("0.01"))))
    return [*steps[:-1], Step(periods[-1][0], last, target)]


class _Across:
    """Days to per cent; one day alone stands in the middle."""

    def __init__(self, days: Sequence[date]) -> None:
        self.first = min(days, default=None)
        self.length = (max(days) - min(days)).days if days else 0

    def __call__(self, day: date) -> float:
        if self.first is None or not self.length:
            return 50.0
        return round(LEFT + (RIGHT - LEFT) * (day - self.first).days / self.length, 2)

    def ticks(self) -> list[Tick]:
        if self.first is None:
            return []
        if not self.length:
            return [Tick(50.0, self.first, "middle")]
        last = self.first + timedelta(days=self.length)
        ends = [Tick(0.0, self.first, "start"), Tick(100.0, last, "end")]
        middle = self.first + timedelta(days=self.length // 2)
        return [ends[0], Tick(50.0, middle, "middle"), ends[1]] if self.length > 2 else ends


class _Up:
    """Values to pixels, from a round number to a round number; zero belongs to it unless it lies far away.

    Between whole values the lines stand at whole ones: there is no half a place.
    """

    def __init__(self, values: Sequence[Decimal]) -> None:
        low, high = float(min(values)), float(max(values))
        if low >= 0 and (high - low) * 4 > low:
            low = 0.0
        elif high <= 0 and (high - low) * 4 > -high:
            high = 0.0
        if low == high:
            low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
        step = _round_step((high - low) / (MOST_LINES - 1))
        if all(value == value.to_integral_value() for value in values):
            step = max(step, 1.0)
        self.low = math.floor(low / step + 1e-9) * step
        self.high = max(math.ceil(high / step - 1e-9) * step, self.low + step)
        count = round((self.high - self.low) / step)
        self.lines = [_decimal(self.low + step * n) for n in range(count + 1)]

    def __call__(self, value: Decimal) -> float:
        share = (float(value) - self.low) / (self.high - self.low)
        return round(BOTTOM - (BOTTOM - TOP) * min(max(share, 0.0), 1.0), 1)


def _round_step(raw: float) -> float:
    """The next of 1, 2, 5, 10 … times a power of ten."""
    size = 10.0 ** math.floor(math.log10(raw))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw * (1 - 1e-9))


def _decimal(value: float) -> Decimal:
    made = Decimal(repr(round(value, 6))).normalize()
    return Decimal(0) if made == 0 else made
