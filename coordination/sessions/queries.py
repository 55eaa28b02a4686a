"""Reads that join: the agenda with its hours, the next number, who would hear of a change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, ProtectedError
from django.db.models.deletion import Collector

from coordination.mesas.models import Mesa
from coordination.sessions.models import AgendaItem, Outcome, Session


@dataclass(frozen=True)
class TimedItem:
    """An agenda item with the hour it begins, computed from the minutes before it."""

    item: AgendaItem
    starts_at: datetime | None
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class Agenda:
    """The order of the day. ``spare`` is what is left until the end, negative when it runs over."""

    items: list[TimedItem]
    minutes: int
    spare: int | None

    @property
    def over_run(self) -> int:
        return -self.spare if self.spare is not None and self.spare < 0 else 0


@dataclass(frozen=True)
class Audience:
    """How many organizations were invited and how many people they have named."""

    organizations: int
    people: int


def next_number(mesa: Mesa, *, closed: bool = False) -> int:
    """The number the mesa's next session takes. True only under the mesa's row lock; closed ones count apart."""
    taken = Session.objects.filter(mesa=mesa, is_casa_adentro=closed).aggregate(Max("number"))["number__max"]
    return (taken or 0) + 1


def agenda_with_times(session: Session) -> Agenda:
    """Every item with its hour. Items without minutes take none: the following begin at the same hour. One query."""
    rows = list(session.agenda.select_related("block"))
    at, timed, total = session.starts_at, [], 0
    movable = [row.pk for row in rows if not row.is_generated]
    for row in rows:
        timed.append(
            TimedItem(
                row,
                at,
                row.pk == movable[0] if movable else False,
                row.pk == movable[-1] if movable else False,
            )
        )
        total += row.minutes or 0
        at = at + timedelta(minutes=row.minutes or 0) if at else None
    length = (
        (session.ends_at - session.starts_at) // timedelta(minutes=1)
        if session.starts_at and session.ends_at
        else None
    )
    return Agenda(timed, total, None if length is None else length - total)


def audience(session: Session) -> Audience:
    """Whom a change concerns, counted through the rows that hang from the session. Two queries.

    Invitations belong to the step above; the count is read through the relation, nothing of it is known here.
    """
    invited = session.invitations.exclude(state="declined")  # type: ignore[attr-defined]
    people = invited.filter(delegates__withdrawn_at=None).aggregate(
        n=Count("delegates__person", distinct=True)
    )["n"]
    return Audience(invited.count(), people)


def commitment_hangs_on(outcome: Outcome) -> bool:
    """True when some row would be orphaned by the outcome's removal. Rows above are asked by the database, not named."""
    try:
        Collector(using="default").collect([outcome])
    except ProtectedError:
        return True
    return False
