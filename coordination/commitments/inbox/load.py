"""How much an organization answers for already: figures that are rows, each behind a link.

Counted over what the reader sees: of closed commitments only who sees them learns that they exist, and an organization
counts all its own.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.actor import Actor
from coordination.commitments.models import Commitment, CommitmentQuerySet
from coordination.common.compiled import compiled
from coordination.mesas.models import Mesa, Seat
from coordination.organizations.models import Organization

OPEN, OVERDUE, WAITING = "abiertos", "vencidos", "en-espera"
KINDS = (OPEN, OVERDUE, WAITING)


@dataclass(frozen=True)
class Load:
    """Open ones, and of these the overdue and those that wait for their verification."""

    open: int = 0
    overdue: int = 0
    waiting: int = 0

    def of(self, kind: str) -> int:
        return {OPEN: self.open, OVERDUE: self.overdue, WAITING: self.waiting}[kind]


@dataclass(frozen=True)
class Borne:
    """An organization at a mesa: what it answers for there and everywhere; heavy when that is too much for the mesa."""

    organization: Organization
    here: Load
    everywhere: Load
    is_heavy: bool


def which(kind: str, today: date) -> Q:
    """Of open commitments, those a figure counts. What is disputed waits for the mesa and is nobody's delay, as its light says."""
    late = Q(due_on__lt=today, state__in=Commitment.OWED_STATES)
    return {OPEN: Q(pk__isnull=False), OVERDUE: late, WAITING: Q(state=Commitment.State.REPORTED)}[kind]


def open_of(actor: Actor, organization: Organization) -> CommitmentQuerySet:
    """What this organization answers for and is not settled, as far as the actor sees."""
    return Commitment.objects.visible_to(actor).open().filter(responsible=organization)


@compiled
def _counted(actor: Actor, organization_id: int, today: date) -> "QuerySet[Commitment, tuple[int, int, int]]":
    rows = Commitment.objects.visible_to(actor).open().filter(responsible=organization_id)
    counts = _counts(today)
    return rows.order_by().values("responsible").annotate(**counts).values_list(*counts)


def own_load(actor: Actor, organization: Organization, today: date) -> Load:
    """``load_of`` what this organization answers for, for the page it opens every day. One query."""
    return Load(*(_counted.first(actor=actor, organization_id=organization.pk, today=today) or ()))


def load_of(rows: CommitmentQuerySet, today: date) -> Load:
    """The figures of these open commitments. One query."""
    counted = rows.order_by().aggregate(**_counts(today))
    return Load(**counted)


def borne_at(actor: Actor, mesa: Mesa, today: date) -> list[Borne]:
    """Who sits at the mesa or answers for something of it, the most burdened first. Two queries."""
    seen = Commitment.objects.visible_to(actor).open().filter(responsible__isnull=False).order_by()
    seated = Seat.objects.current(today).filter(mesa=mesa)
    concerned = Q(responsible__in=seated.values("organization")) | Q(
        responsible__in=seen.filter(mesa=mesa).values("responsible")
    )
    counted = {
        row["responsible"]: row
        for row in seen.filter(concerned)
        .values("responsible")
        .annotate(**_counts(today), **_counts(today, "here_", Q(mesa=mesa)))
    }
    sitting = Organization.objects.filter(Q(pk__in=seated.values("organization")) | Q(pk__in=list(counted)))
    found = [_borne(one, counted.get(one.pk, {}), mesa) for one in sitting.order_by("plain_name", "pk")]
    return sorted(found, key=lambda one: (-one.here.overdue, -one.here.open, -one.everywhere.open))


def heavy_at(actor: Actor, mesa: Mesa, today: date) -> list[Borne]:
    """Who sits at the mesa and has as much open, in all mesas, as the mesa warns of. One query.

    For the form that proposes one more: a hint, never a barrier.
    """
    seated = Seat.objects.current(today).filter(mesa=mesa).values("organization")
    rows = (
        Commitment.objects.visible_to(actor)
        .open()
        .filter(responsible__in=seated)
        .order_by()
        .values("responsible", *(f"responsible__{name}" for name in _NAMES))
        .annotate(**_counts(today))
        .filter(open__gte=mesa.load_warning)
        .order_by("-open", "responsible")
    )
    return [
        Borne(
            Organization(pk=row["responsible"], **{name: row[f"responsible__{name}"] for name in _NAMES}),
            Load(),
            _load(row),
            True,
        )
        for row in rows
    ]


_NAMES = ("slug", "name_es", "name_en", "acronym_es", "acronym_en")


def _borne(organization: Organization, row: dict[str, Any], mesa: Mesa) -> Borne:
    everywhere = _load(row)
    return Borne(organization, _load(row, "here_"), everywhere, everywhere.open >= mesa.load_warning)


def _load(row: dict[str, Any], prefix: str = "") -> Load:
    return Load(*(row.get(f"{prefix}{name}", 0) for name in ("open", "overdue", "waiting")))


def _counts(today: date, prefix: str = "", where: Q | None = None) -> dict[str, Any]:
    names = {OPEN: "open", OVERDUE: "overdue", WAITING: "waiting"}
    return {
        f"{prefix}{name}": Count(F("pk"), filter=which(kind, today) & (where or Q()))
        for kind, name in names.items()
    }
