"""The follow-up matrix read: which rows a set of filters leaves, in which order, how many, page by page.

A country has 200,000 commitments. Nothing here reads them all: beyond ``MANY`` rows each light is counted as far as
``FIRST``, and the order by urgency is put together from a handful of cells (``cells``), each of which an index holds in
its order. What only a full sort could answer (other orders, groups, further pages) is offered once the filters leave no
more than ``MANY`` rows.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When

from accounts.actor import ANONYMOUS, Actor
from coordination.commitments import queries
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.lights import (
    AMBER,
    DISPUTED,
    GREEN,
    GREY,
    LATER,
    LIGHT_LABELS,
    MOVING,
    PAST,
    RED,
    SOON,
    WORKED_ON,
)
from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator
from coordination.common.compiled import compiled
from coordination.common.models import Provenance
from coordination.organizations.models import Organization, effective_sector
from coordination.taxonomies.models import Sector

MANY = 10_000
FIRST = 1_000
SOON_DAYS = 30
NONE = "-"  # in an address: those without an axis, without one responsible organization
State = Commitment.State
LIVE = Q(provenance=Provenance.LIVE)
# What of a commitment's history everybody may know of: that it happened, when, and for which organization.
UPDATES = (
    CommitmentEvent.PROPOSED, CommitmentEvent.EDITED, CommitmentEvent.AGREED, CommitmentEvent.REPORTED,
    CommitmentEvent.VERIFIED, CommitmentEvent.RETURNED, CommitmentEvent.EXTENDED, CommitmentEvent.WITHDRAWN,
    CommitmentEvent.DISPUTED,
)  # fmt: skip


COSTLY = frozenset({"q", "responsible", "sector", "only"})  # filters that are not asked twice
# In an address these stand for a value; what the others say is another question, with SQL of its own.
VALUES = frozenset({"q", "mesa", "responsible", "axis", "sector", "due_from", "due_to"})
FILTERS = VALUES | {"state", "only"}
CODE = re.compile(r"-\s*[0-9]+\s*$")  # what ``queries.filtered`` reads as a commitment's code


class Word(str):
    """For ``common.compiled``: part of the question, not a value in it."""


class Bound(int):
    """Likewise: how many rows are read stands in the SQL itself."""


@dataclass(frozen=True)
class Asked:
    """Who asks for which commitments on which day. Of ``chosen`` only ``FILTERS`` count: lights and looks come later.

    ``keys`` are all there are, where somebody has looked already.
    """

    actor: Actor
    chosen: Mapping[str, Any]
    today: date
    keys: list[int] | None = None

    def rows(self) -> CommitmentQuerySet:
        """What the actor may see, as far as the filters leave it."""
        if self.keys is not None:
            return Commitment.objects.filter(pk__any=self.keys)
        visible = Commitment.objects.visible_to(self.actor)
        return narrowed(visible, dict(self.chosen), self.today, self.actor)

    def in_marks(self, mark: Callable[[Any], Any]) -> "tuple[Asked, tuple[Any, ...]] | None":
        """For ``common.compiled``."""
        if self.keys is not None:
            return replace(self, actor=ANONYMOUS, chosen={}, today=mark(self.today), keys=mark(self.keys)), ()
        who = self.actor.in_marks(mark)
        chosen = {name: value for name, value in self.chosen.items() if name in FILTERS}
        if who is None or CODE.search(chosen.get("q", "")):
            return None
        marked = {
            name: mark(value) if name in VALUES and value != NONE else value for name, value in chosen.items()
        }
        shape = tuple(
            (name, name in VALUES and value != NONE or value) for name, value in sorted(chosen.items())
        )
        return Asked(who[0], marked, mark(self.today)), (who[1], shape)


class Cell(NamedTuple):
    """Commitments of one rank of urgency that show one light. Every commitment is in exactly one cell."""

    rank: int
    light: str
    states: tuple[str, ...]
    so: Q

    @property
    def rows(self) -> Q:
        return Q(state__in=self.states) & self.so


def cells(today: date) -> list[Cell]:
    """What ``lights.RULES`` says row by row, as conditions that exclude each other and that an index answers: of one
    state and provenance it holds the rows by due date.

    A test compares the two for every kind of commitment there can be.
    """
    undated, forgiven = Q(due_on=None), Q(exempt_until__isnull=False)
    forgiven_late = PAST.q("exempt_until", today)
    late = PAST.q("due_on", today) | (undated & forgiven_late)
    waiting = (
        (Q(state=State.REPORTED) & PAST.q("due_on", today))
        | (undated & ~(Q(state__in=WORKED_ON) & forgiven_late))
        | SOON.q("due_on", today)
        | (LATER.q("due_on", today) & forgiven)
    )
    told = Q(provenance=Provenance.HISTORIC)
    lit = {State.MET: GREEN, State.PARTLY_MET: AMBER, State.NOT_MET: RED}
    unlit = tuple(state for state in State if state not in (*lit, State.DISPUTED))
    return [
        Cell(0, RED, WORKED_ON, LIVE & late),
        Cell(1, DISPUTED, (State.DISPUTED,), LIVE),
        Cell(2, AMBER, MOVING, LIVE & waiting),
        Cell(2, GREEN, MOVING, LIVE & LATER.q("due_on", today) & ~forgiven),
        Cell(3, GREY, (State.PROPOSED,), LIVE),
        *(Cell(4, light, (state,), LIVE) for state, light in lit.items()),
        Cell(4, GREY, (State.WITHDRAWN, State.UNKNOWN), LIVE),
        *(Cell(5, light, (state,), told) for state, light in lit.items()),
        Cell(5, DISPUTED, (State.DISPUTED,), told),
        Cell(5, GREY, unlit, told),
    ]


class _Bounded(Subquery):
    """How many rows a sliced query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _bounded)"
    output_field = IntegerField()


class Counted(NamedTuple):
    """How many rows show each light, most urgent first, zeros included.

    ``keys`` are theirs, where finding them costs enough that they are kept. ``cells`` says it of each cell. It is None when there are more than ``MANY`` rows: then no light is counted beyond
    ``FIRST`` + 1.
    """

    lights: dict[str, int]
    cells: list[tuple[Cell, int]] | None
    keys: list[int] | None = None

    def of(self, light: str = "") -> int:
        return self.lights[light] if light else sum(self.lights.values())

    def knows(self, light: str = "") -> bool:
        """Whether ``of`` says how many there are, and not merely that there are more."""
        return self.cells is not None or (bool(light) and self.lights[light] <= FIRST)


@compiled
def _places(asked: Asked, most: Bound, with_keys: bool) -> Any:
    """Of so many rows, which cell each stands in, and its key: small numbers, counted here, since as many aggregates of conditions
    take longer to write than the rows to read."""
    code = Case(
        *(When(cell.rows, then=Value(place)) for place, cell in enumerate(cells(asked.today))),
        output_field=IntegerField(),
    )
    rows = asked.rows().order_by().annotate(matrix_cell=code)
    if with_keys:
        return rows.values_list("matrix_cell", "pk")[:most]
    return rows.values_list("matrix_cell", flat=True)[:most]


@compiled
def _bounded(asked: Asked, lights: tuple[Word, ...], most: Bound) -> Any:
    """One row: how many show each of these lights, as far as this."""
    rows = asked.rows().order_by()
    wanted: dict[str, Any] = {
        f"light_{light}": _Bounded(in_light(rows, light, asked.today).values("pk")[:most]) for light in lights
    }
    # Any row will do to hang the figures on.
    return Commitment.objects.order_by().values(**wanted)[:1]


def counted(asked: Asked) -> Counted:
    """One query as far as ``MANY`` rows; beyond them a second one, whose cost ``FIRST`` bounds."""
    parts = cells(asked.today)
    costly = not COSTLY.isdisjoint(asked.chosen)
    read = _places.rows(asked, Bound(MANY + 1), costly)
    found = Counter([place for place, _key in read] if costly else read)
    if found.total() <= MANY:
        told = [(cell, found[place]) for place, cell in enumerate(parts)]
        return Counted(
            {light: sum(count for cell, count in told if cell.light == light) for light in LIGHT_LABELS},
            told,
            [key for _place, key in read] if costly else None,
        )
    lights = dict.fromkeys(LIGHT_LABELS, 0)
    for place, count in found.items():
        lights[parts[place].light] = min(lights[parts[place].light] + count, FIRST + 1)
    # What has shown up often enough among those that were read need not be looked for.
    state = asked.chosen.get("state", "")
    there = {cell.light for cell in parts if state in ("", *cell.states)}
    rare = tuple(Word(light) for light, count in lights.items() if count <= FIRST and light in there)
    if rare:
        first: Any = _bounded.rows(asked, rare, Bound(FIRST + 1))[0]
        lights |= {light: first[f"light_{light}"] for light in rare}
    return Counted({str(light): count for light, count in lights.items()}, None)


ORDER = (F("due_on").asc(nulls_last=True), "mesa_id", "number", "pk")


def most_urgent(asked: Asked, counts: Counted, *, light: str, start: int, length: int) -> list[int]:
    """The keys of these places in the order by urgency. One query; two when a country's open ones do not fill them."""
    sizes: dict[int, int] = {}
    state = asked.chosen.get("state", "")
    for cell, count in counts.cells or [
        (cell, 0) for cell in cells(asked.today) if state in ("", *cell.states)
    ]:
        if (count or counts.cells is None) and (not light or cell.light == light):
            sizes[cell.rank] = sizes.get(cell.rank, 0) + count
    ranks, end = sorted(sizes), start + length
    if counts.cells is None:
        return _streamed(asked, light, ranks, end)[start:]
    parts, before = [], 0
    for rank in ranks:
        first, last = max(start - before, 0), min(end - before, sizes[rank])
        if first < last:
            # The page that is asked for most asks the same whatever the numbers of today.
            parts.append((rank, first, last if start else length))
        before += sizes[rank]
    return _in_order(asked, light, parts)[:length]


def _streamed(asked: Asked, light: str, ranks: list[int], end: int) -> list[int]:
    """The first keys, where nobody knows how many there are of each rank: one query for what is overdue, which in a
    country is more than anybody reads; another for what else is open, and for what is settled, when it comes to that."""
    found: list[int] = []
    for some in ((0,), (1, 2, 3), (4, 5)):
        wanted = tuple(Bound(rank) for rank in some if rank in ranks)
        if wanted and len(found) < end:
            rows = _streams.rows(asked, Word(light), wanted, Bound(end))
            found += [row[-1] for row in sorted(rows, key=_place)]
    return found[:end]


def _place(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Its rank, then ``ORDER``."""
    rank, due_on, *last = row
    return (rank, due_on is None, due_on or date.min, *last)


@compiled
def _streams(asked: Asked, light: Word, ranks: tuple[Bound, ...], end: Bound) -> Any:
    """Of each rank and state so many rows, in the order in which the index has them."""
    wanted: dict[tuple[int, str], list[Q]] = {}
    for cell in cells(asked.today):
        if cell.rank in ranks and light in ("", cell.light):
            for state in cell.states:
                wanted.setdefault((cell.rank, state), []).append(cell.so)
    rows = asked.rows().order_by(*ORDER)
    parts = [
        rows.filter(reduce(or_, so), state=state).values_list(
            Value(rank), "due_on", "mesa_id", "number", "pk"
        )[:end]
        for (rank, state), so in wanted.items()
    ]
    return parts[0].union(*parts[1:], all=True)


def _in_order(asked: Asked, light: str, parts: list[tuple[int, int, int]]) -> list[int]:
    """The keys of a slice of each rank, one rank after the other."""
    found: dict[int, list[int]] = {}
    if parts:
        bounds = tuple(Bound(number) for part in parts for number in part)
        for pk, place in _slices.rows(asked, Word(light), bounds):
            found.setdefault(place, []).append(pk)
    return [pk for place in sorted(found) for pk in found[place]]


@compiled
def _slices(asked: Asked, light: Word, bounds: tuple[Bound, ...]) -> Any:
    """Of each rank, from its first to its last: keys with the place of their part. Each part keeps its order within the
    union."""
    rows, keys = asked.rows(), []
    for place, (rank, first, last) in enumerate(zip(*[iter(bounds)] * 3, strict=True)):
        wanted = [cell.rows for cell in cells(asked.today) if cell.rank == rank and light in ("", cell.light)]
        part = rows.order_by(*ORDER).filter(reduce(or_, wanted))[first:last]
        keys.append(part.values_list("pk", Value(place)))
    return keys[0].union(*keys[1:], all=True)


def incomplete() -> Q:
    """Agreed with an exception that is still open, or proposed and short of what the gate asks for."""
    whole = Indicator.objects.filter(
        Q(baseline__isnull=False) | Q(baseline_is_unknown=True),
        commitment=OuterRef("pk"),
        target__isnull=False,
    ).exclude(unit="")
    short = (
        Q(deliverable="")
        | Q(responsible=None)
        | Q(due_on=None)
        | Q(means_of_verification="")
        | Q(verifier=None)
    )
    open_states = (*MOVING, State.DISPUTED)
    return LIVE & (
        Q(exempt_until__isnull=False, state__in=open_states)
        | (Q(state=State.PROPOSED) & (short | Q(~Exists(whole))))
    )


def unmeasured() -> Q:
    """Agreed and going on, and nobody has given a figure of it yet."""
    given = Indicator.objects.filter(commitment=OuterRef("pk"), value__isnull=False)
    return LIVE & Q(state__in=(*MOVING, State.DISPUTED)) & Q(~Exists(given))


def of_organizations(ids: Iterable[int]) -> Q:
    """Those for which one of these organizations answers, helps or verifies."""
    wanted = list(ids)
    through: Any = Commitment.co_responsible.through
    helped = through.objects.filter(organization__in=wanted).values("commitment")
    return Q(responsible__in=wanted) | Q(verifier__in=wanted) | Q(pk__any=ArraySubquery(helped))


def situation(code: str, today: date, actor: Actor) -> Q:
    """What a ready view shows."""
    moving = Q(state__in=MOVING, due_on__isnull=False) & LIVE
    ready: dict[str, Callable[[], Any]] = {
        "overdue": lambda: cells(today)[0].rows,
        "soon": lambda: moving & Q(due_on__range=(today, today + timedelta(days=SOON_DAYS))),
        "verify": lambda: Q(state=State.REPORTED) & LIVE,
        "incomplete": incomplete,
        "disputed": lambda: Q(state=State.DISPUTED),
        "unmeasured": unmeasured,
        "mine": lambda: of_organizations(actor.organization_ids),
        "followed": lambda: Q(follow_up_owner__in=actor.post_ids),
    }
    found: Q = ready[code]()
    return found


def narrowed(
    rows: CommitmentQuerySet, chosen: dict[str, Any], today: date, actor: Actor
) -> CommitmentQuerySet:
    """The rows that the filters leave, whatever their light."""
    given = {name: value for name, value in chosen.items() if value != NONE}
    rows = queries.filtered(rows, given)
    if chosen.get("axis") == NONE:
        rows = rows.filter(axis=None)
    if chosen.get("responsible") == NONE:
        rows = rows.filter(responsible=None)
    if sector := chosen.get("sector"):
        of_sector = Organization.objects.alias(own_sector=effective_sector()).filter(
            own_sector__in=Sector.objects.filter(code=sector).values("id")
        )
        rows = rows.filter(responsible__in=of_sector.values("id"))
    if state := chosen.get("state"):
        rows = rows.filter(state=state)
    if since := chosen.get("due_from"):
        rows = rows.filter(due_on__gte=since)
    if until := chosen.get("due_to"):
        rows = rows.filter(due_on__lte=until)
    if only := chosen.get("only"):
        rows = rows.filter(situation(only, today, actor))
    return rows


def in_light(rows: CommitmentQuerySet, light: str, today: date) -> CommitmentQuerySet:
    """Those that show this light; all of them without one."""
    if not light:
        return rows
    return rows.filter(reduce(or_, (cell.rows for cell in cells(today) if cell.light == light)))
