"""The road map (hoja de ruta): what falls due when, as it was agreed and as it stands today, on one scale of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Prefetch, Value, prefetch_related_objects
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from coordination.commitments.lights import Light, traffic_light
from coordination.commitments.models import Commitment, Indicator, Milestone
from coordination.commitments.queries import filtered
from coordination.common import dates
from coordination.common.compiled import compiled
from coordination.common.models import Provenance

S = Commitment.State
PAGE = 50
MOST = 1_000  # lines of one road, and of its pages together; more are reached with a filter
MARKS = 50  # milestones of mesas
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


class Bound(int):
    """How many are read, for ``common.compiled``: it stands in the SQL itself."""


@dataclass(frozen=True)
class Way:
    """Whose road: the mesa or organization by slug, the axis by code; None leaves it open."""

    mesa: str | None = None
    axis: str | None = None
    responsible: str | None = None

    @property
    def has_own_marks(self) -> bool:
        """The milestones of a mesa stand on its road, or on that of all; an organization or an axis has none."""
        return not (self.axis or self.responsible)


def order(
    actor: Actor, way: Way, today: date, *, whole: bool, group: str = "", most: int = MOST
) -> list[int]:
    """The keys of a road, the longest due first, one more than fit; grouped, one group after the other. One query.

    Agreed ones: what is open, and what was settled or fell due in the last year; ``whole`` leaves nothing out.
    """
    kind = group if group in GROUPS else ""
    rows = _order.rows(
        actor,
        way.mesa,
        way.axis,
        way.responsible,
        None if whole else today - PAST,
        Word(kind),
        Bound(most + 1),
    )
    rows.sort(key=lambda row: (row[1] is None, row[1] or date.min, *row[2:4], row[4]))
    rows = rows[: most + 1]
    rows.sort(key=lambda row: (not row[0], row[0] or ""))
    return [row[-1] for row in rows]


class Word(str):
    """Part of the question, for ``common.compiled``."""


def _heading(group: str) -> Any:
    """What the groups are sorted by."""
    if group == "axis":
        return F(f"axis__name_{dates.spoken()}")
    return F(f"{group}__plain_name") if group else Value("")


@compiled
def _order(
    actor: Actor,
    mesa: str | None,
    axis: str | None,
    responsible: str | None,
    since: date | None,
    group: Word,
    most: Bound,
) -> Any:
    """Place of the group, due date, mesa, number, key. What is open and what is not are read apart, each by an index in
    the order of its dates: together they would be sorted by the 200,000."""
    chosen = {
        name: word for name, word in (("mesa", mesa), ("axis", axis), ("responsible", responsible)) if word
    }
    rows = filtered(Commitment.objects.visible_to(actor), chosen)
    rows = rows.exclude(state=S.PROPOSED).exclude(state=S.WITHDRAWN, agreed_at=None)
    parts = [rows]
    if since:
        parts = [rows.filter(state=state, provenance=Provenance.LIVE) for state in Commitment.OPEN_STATES]
        parts.append(
            rows.filter(due_on__gte=since).exclude(
                state__in=Commitment.OPEN_STATES, provenance=Provenance.LIVE
            )
        )
    keys = [
        part.order_by(F("due_on").asc(nulls_last=True), "mesa_id", "number").values_list(
            _heading(group), "due_on", "mesa_id", "number", "pk"
        )[:most]
        for part in parts
    ]
    return keys[0].union(*keys[1:], all=True) if keys[1:] else keys[0]


def marks_of(actor: Actor, way: Way) -> list[Milestone]:
    """The milestones of the mesas themselves, what is open or late before what is reached, one more than fit. One query."""
    if not way.has_own_marks:
        return []
    rows = list(_marks.rows(actor, way.mesa))
    return sorted(rows, key=lambda one: (one.due_on, one.pk))


@compiled
def _marks(actor: Actor, mesa: str | None) -> Any:
    rows = Milestone.objects.of_mesas(actor).filter(removed_at=None)
    if mesa:
        rows = rows.filter(mesa__slug=mesa)
    return rows.select_related("mesa").order_by(F("done_on").desc(nulls_first=True), "due_on", "pk")[
        : MARKS + 1
    ]


def road(
    keys: Sequence[int], milestones: Sequence[Milestone], *, today: date, group: str = "", more: bool = False
) -> Road:
    """The road map of these commitments, which the reader sees, and of these milestones of mesas. Five queries whatever
    their number."""
    place = {pk: number for number, pk in enumerate(keys)}
    found = sorted(_rows.rows(list(keys)), key=lambda row: place[row.pk])
    moved = Indicator.objects.filter(original_target__isnull=False).exclude(original_target=F("target"))
    prefetch_related_objects(found, Prefetch("indicators", queryset=moved, to_attr="retargeted"))
    dated = [row for row in found if row.due_on]
    own = list(milestones[:MARKS])
    scale = _scale(dated, own, today)
    lines = [_line(row, scale, today) for row in dated]
    return Road(
        scale=scale,
        today=today,
        groups=_grouped(lines, group),
        marks=[_mark(each, scale, today) for each in own],
        undated=[row for row in found if not row.due_on],
        more=more or len(milestones) > MARKS,
    )


@compiled
def _rows(keys: list[int]) -> Any:
    """What hangs from a commitment shows to whoever sees it."""
    rows = Commitment.objects.filter(pk__any=keys).select_related("mesa", "axis", "responsible")
    return rows.prefetch_related("historic_responsible", "extensions", "milestones")


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
        days += [each.due_on for each in row.milestones.all() if each.removed_at is None]
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
        marks=[_mark(each, scale, today) for each in row.milestones.all() if each.removed_at is None],
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
