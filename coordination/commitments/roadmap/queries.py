"""The road map (hoja de ruta): what falls due when, as it was agreed and as it stands today, on one scale of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Prefetch, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from coordination.commitments.lights import Light, traffic_light
from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator, Milestone
from coordination.common import dates
from coordination.common.models import Provenance

S = Commitment.State
LINES = 150  # on one page; more are reached with a filter
PAST = timedelta(days=365)
# A date of many years ahead would press all others into a corner: it stands at the edge, with an arrow.
AHEAD = timedelta(days=548)
MOST_TICKS = 7
# Months between two ticks of the scale, until few enough of them fit.
STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
GROUPS = ("axis", "responsible", "mesa")
TONES = ("green", "amber", "red", "disputed")
SIGNS = (S.MET, S.PARTLY_MET, S.NOT_MET, S.DISPUTED, S.WITHDRAWN)


@dataclass(frozen=True)
class Scale:
    """From the first to the last day that is drawn; every place is a share of it, from 0 to 1."""

    first: date
    last: date

    def place(self, day: date) -> float:
        """Where a day stands; what lies outside stands on the edge."""
        length = max((self.last - self.first).days, 1)
        return max(0.0, min(1.0, (day - self.first).days / length))

    @cached_property
    def ticks(self) -> list[tuple[date, float]]:
        """First days of months, at most seven, with their places."""
        for step in STEPS:
            found = list(self._months(step))
            if len(found) <= MOST_TICKS:
                break
        return [(day, self.place(day)) for day in found]

    def _months(self, step: int) -> Iterable[date]:
        # Counted from year 0, so that steps of a year and more begin in January.
        month = (self.first.year * 12 + self.first.month - 1) // step * step
        while month <= self.last.year * 12 + self.last.month - 1:
            day = date(month // 12, month % 12 + 1, 1)
            if self.first <= day <= self.last:
                yield day
            month += step


@dataclass(frozen=True)
class Mark:
    """A milestone on the line of its commitment, or on that of its mesa."""

    milestone: Milestone
    at: float
    was: float | None
    is_late: bool


@dataclass(frozen=True)
class Line:
    """One commitment: where its dates stand. ``slips`` are the extensions, oldest first, each from one place to the next."""

    commitment: Commitment
    light: Light
    at: float
    was: float | None
    slips: list[tuple[float, float]]
    late_until: float | None
    marks: list[Mark]
    is_beyond: bool

    @property
    def tone(self) -> str:
        """The colour of the line; what has no colour of its own takes the accent."""
        if self.sign == Commitment.State.WITHDRAWN:
            return "grey"
        return self.light.code if self.light.code in TONES else "accent"

    @property
    def sign(self) -> str:
        """How it ended, which has a sign of its own; empty while it goes on, or where nobody knows."""
        return self.light.state if self.light.state in SIGNS else ""

    @cached_property
    def in_words(self) -> str:
        """What the drawing says, for who does not see it."""
        row = self.commitment
        assert row.due_on is not None  # noqa: S101  only dated ones are drawn
        said = [_("due %(day)s") % {"day": dates.date_words(row.due_on)}]
        if self.was is not None and row.original_due_on:
            said.insert(0, _("originally %(day)s") % {"day": dates.date_words(row.original_due_on)})
        if self.slips:
            count = len(self.slips)
            said.append(ngettext("%(n)s extension", "%(n)s extensions", count) % {"n": count})
        how = str(self.light.label).lower()
        if self.sign and row.settled_at:
            day = dates.date_words(timezone.localdate(row.settled_at))
            how = _("%(state)s on %(day)s") % {"state": how, "day": day}
        said.append(how)
        return ", ".join(said)


@dataclass(frozen=True)
class Road:
    """Everything one road map shows. ``undated`` lacks a date, ``more`` did not fit."""

    scale: Scale
    today: date
    groups: list[tuple[str, list[Line]]]
    marks: list[Mark]
    undated: list[Commitment]
    more: bool

    @property
    def lines(self) -> list[Line]:
        return [line for _name, lines in self.groups for line in lines]

    @cached_property
    def signs(self) -> list[str]:
        """Those that are drawn, for the key."""
        drawn = {line.sign for line in self.lines}
        return [sign for sign in SIGNS if sign in drawn]

    @property
    def today_at(self) -> float:
        return self.scale.place(self.today)

    @property
    def is_empty(self) -> bool:
        return not (self.groups or self.marks or self.undated)


def drawn(rows: CommitmentQuerySet, today: date, *, whole: bool) -> CommitmentQuerySet:
    """Agreed ones: what is open, and what was settled or fell due in the last year; ``whole`` leaves nothing out."""
    agreed = rows.exclude(state=Commitment.State.PROPOSED).exclude(
        state=Commitment.State.WITHDRAWN, agreed_at=None
    )
    if whole:
        return agreed
    open_ones = Q(state__in=Commitment.OPEN_STATES, provenance=Provenance.LIVE)
    return agreed.filter(open_ones | Q(due_on__gte=today - PAST))


def road(
    rows: CommitmentQuerySet,
    milestones: Iterable[Milestone],
    *,
    actor: Actor,
    today: date,
    group: str = "",
    most: int = LINES,
) -> Road:
    """The road map of these commitments and of these milestones of mesas. Seven queries whatever their number."""
    steps = Milestone.objects.visible_to(actor).filter(removed_at=None)
    wanted = (
        rows.select_related("mesa", "axis", "responsible")
        .prefetch_related(
            "historic_responsible",
            "extensions",
            Prefetch("milestones", queryset=steps),
            Prefetch("indicators", queryset=_moved(), to_attr="retargeted"),
        )
        .order_by(F("due_on").asc(nulls_last=True), "mesa_id", "number")
    )
    found: list[Any] = list(wanted[: most + 1])  # each with ``retargeted``
    more, found = len(found) > most, found[:most]
    dated = [row for row in found if row.due_on]
    own = list(milestones)
    scale = _scale(dated, own, today)
    lines = [_line(row, scale, today) for row in dated]
    return Road(
        scale=scale,
        today=today,
        groups=_grouped(lines, group),
        marks=[_mark(each, scale, today) for each in own],
        undated=[row for row in found if not row.due_on],
        more=more,
    )


def _moved() -> Any:
    """Indicators whose target is no longer the one that was agreed first."""
    return Indicator.objects.filter(original_target__isnull=False).exclude(original_target=F("target"))


def tick(day: date) -> str:
    """A month on the scale; January is the year."""
    return str(day.year) if day.month == 1 else dates.short_month(day)


def answering(row: Commitment) -> str:
    """Who answers, as short as it has a name; several of a historic record."""
    if row.responsible:
        return row.responsible.short_name
    return ", ".join(each.short_name for each in row.historic_responsible.all())


def _scale(rows: list[Commitment], milestones: list[Milestone], today: date) -> Scale:
    days = [today - timedelta(days=30), today + timedelta(days=60)]
    for row in rows:
        days += [day for day in (row.due_on, row.original_due_on) if day]
        days += [each.due_on for each in row.milestones.all()]
    days += [each.due_on for each in milestones]
    days += [each.original_due_on for each in milestones]
    near = [day for day in days if day <= today + AHEAD]
    # Where most lies beyond, the scale follows; where little does, it stays readable.
    last = max(near) if 2 * len(near) > len(days) else max(days)
    return Scale(min(days) - timedelta(days=7), last + timedelta(days=21))


def _line(row: Commitment, scale: Scale, today: date) -> Line:
    assert row.due_on is not None  # noqa: S101  only dated ones are drawn
    light = traffic_light(row, today)
    late = light.code == "red" and row.settled_at is None and row.due_on < today
    was = row.original_due_on
    return Line(
        commitment=row,
        light=light,
        at=scale.place(row.due_on),
        was=scale.place(was) if was and was != row.due_on else None,
        slips=[(scale.place(each.old_due_on), scale.place(each.new_due_on)) for each in row.extensions.all()],
        late_until=scale.place(today) if late else None,
        marks=[_mark(each, scale, today) for each in row.milestones.all()],
        is_beyond=row.due_on > scale.last,
    )


def _mark(milestone: Milestone, scale: Scale, today: date) -> Mark:
    moved = milestone.original_due_on != milestone.due_on
    return Mark(
        milestone=milestone,
        at=scale.place(milestone.due_on),
        was=scale.place(milestone.original_due_on) if moved else None,
        is_late=milestone.done_on is None and milestone.due_on < today,
    )


def _grouped(lines: list[Line], group: str) -> list[tuple[str, list[Line]]]:
    if group not in GROUPS:
        return [("", lines)] if lines else []
    names: dict[str, list[Line]] = {}
    for line in lines:
        names.setdefault(_name_of(line.commitment, group), []).append(line)
    return sorted(names.items(), key=lambda pair: (not pair[0], pair[0].casefold()))


def _name_of(row: Commitment, group: str) -> str:
    if group == "mesa":
        return row.mesa.name
    if group == "responsible":
        return answering(row)
    return row.axis.name if row.axis else ""
