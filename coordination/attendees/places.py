"""How many places a session has, who holds them, who waits. Reads; ``actions.places`` writes.

A place is counted twice: in the room, for those who come in person while the session has a capacity, and in the
sector, for everybody of it while the session has places for that sector.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Count, F, QuerySet, When

from coordination.attendees.models import Delegate, Invitation, SectorPlaces
from coordination.organizations.models import Organization, effective_sector
from coordination.sessions.models import Session
from coordination.taxonomies.models import Sector

IN_PERSON = Session.Modality.IN_PERSON


@dataclass
class Taken:
    """Places held: in the room, and by sector."""

    room: int = 0
    sectors: dict[int, int] = field(default_factory=dict)


@dataclass
class Free:
    """What is left in the room and in each sector; None where nothing limits."""

    room: int | None
    sectors: dict[int, int]

    def take(self, sector: int, *, in_person: bool) -> bool:
        """Takes a place where both counts have one."""
        if in_person and self.room is not None and self.room <= 0:
            return False
        if self.sectors.get(sector, 1) <= 0:
            return False
        if in_person and self.room is not None:
            self.room -= 1
        if sector in self.sectors:
            self.sectors[sector] -= 1
        return True

    def keep(self, sector: int, held: Iterable[Delegate], modality: str) -> None:
        """What an organization holds is at least its own, also where the room has since become smaller."""
        rows = list(held)
        if self.room is not None:
            self.room = max(self.room, sum((one.modality or modality) == IN_PERSON for one in rows))
        if sector in self.sectors:
            self.sectors[sector] = max(self.sectors[sector], len(rows))


def comes_in_person(delegate: Delegate, invitation: Invitation) -> bool:
    return (delegate.modality or invitation.modality) == IN_PERSON


def with_how(delegates: QuerySet[Delegate]) -> QuerySet[Delegate]:
    """Adds ``how`` each comes and the ``sector`` they count for."""
    how = Case(When(modality="", then=F("invitation__modality")), default=F("modality"))
    return delegates.annotate(how=how, sector=effective_sector("invitation__organization__"))


def taken(session_id: int, *, but: int | None = None) -> Taken:
    """The places held, those of invitation ``but`` left out. One query."""
    rows = Delegate.objects.with_a_place().filter(
        invitation__session_id=session_id, invitation__state=Invitation.State.ACCEPTED
    )
    counted = (
        with_how(rows.exclude(invitation_id=but))
        .order_by()
        .values_list("sector", "how")
        .annotate(n=Count("id"))
    )
    found = Taken()
    for sector, how, n in counted:
        found.sectors[sector] = found.sectors.get(sector, 0) + n
        found.room += n if how == IN_PERSON else 0
    return found


def free(session: Session, *, but: int | None = None) -> Free:
    """What is left, never less than nothing. Two queries."""
    limits = dict(SectorPlaces.objects.filter(session=session).values_list("sector_id", "places"))
    if session.capacity is None and not limits:
        return Free(None, {})
    used = taken(session.pk, but=but)
    room = None if session.capacity is None else max(session.capacity - used.room, 0)
    return Free(room, {pk: max(n - used.sectors.get(pk, 0), 0) for pk, n in limits.items()})


def sector_of(organization_id: int) -> int:
    """The sector an organization counts for. One query."""
    rows = Organization.objects.filter(pk=organization_id).with_sector()
    return rows.values_list("sector_id_effective", flat=True).get()


def waiting(session_id: int) -> QuerySet[Delegate]:
    """Who waits, first come first; of one answer in the order it named them."""
    rows = Delegate.objects.current().filter(
        invitation__session_id=session_id,
        invitation__state=Invitation.State.ACCEPTED,
        waiting_since__isnull=False,
    )
    return with_how(rows).order_by("waiting_since", "id")


def with_a_queue(now: datetime) -> QuerySet[Session]:
    """Convened sessions ahead for which somebody waits."""
    queue = Delegate.objects.current().filter(
        waiting_since__isnull=False, invitation__state=Invitation.State.ACCEPTED
    )
    ahead = Session.objects.live().filter(state=Session.State.CONVENED, starts_at__gt=now)
    return ahead.filter(pk__in=queue.values("invitation__session")).order_by("pk")


def may_promote(session: Session) -> bool:
    """Whether somebody who waits would find a place as things stand. Three queries."""
    left = free(session)
    return any(
        left.take(one.sector, in_person=one.how == IN_PERSON)  # type: ignore[attr-defined]
        for one in waiting(session.pk)
    )


def closes_at(session: Session) -> datetime | None:
    """Until when a place that is freed goes to whoever waits: the close of registration, else the start."""
    return session.registration_closes_at or session.starts_at


@dataclass(frozen=True)
class SectorRow:
    """A sector as the page of places shows it."""

    sector: Sector
    places: int | None
    used: int
    waiting: int


def by_sector(session: Session) -> list[SectorRow]:
    """Every sector with its places, who holds one and who waits. Four queries."""
    limits = dict(SectorPlaces.objects.filter(session=session).values_list("sector_id", "places"))
    used = taken(session.pk).sectors
    queue = _counted(row.sector for row in waiting(session.pk))  # type: ignore[attr-defined]
    return [
        SectorRow(sector, limits.get(sector.pk), used.get(sector.pk, 0), queue.get(sector.pk, 0))
        for sector in Sector.objects.all()
    ]


def _counted(ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for pk in ids:
        found[pk] = found.get(pk, 0) + 1
    return found
