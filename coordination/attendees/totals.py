"""How many came, by sector and rank, and what they said of themselves: counts, never people.

What is hidden, and why nobody finds it out by subtraction, stands in ``suppression``. Closed blocks of an open session
are counted nowhere here: that somebody sat there is theirs.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.activity.models import Activity
from coordination.attendees import stating
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Attendance, Invitation, SectorTotal
from coordination.attendees.queries import CAME
from coordination.attendees.suppression import suppressed
from coordination.mesas.models import Rank
from coordination.organizations.models import effective_sector
from coordination.sessions.models import Session
from coordination.taxonomies.models import Sector

NOT_SAID = ""


@dataclass(frozen=True)
class ShownTable:
    """One question with its counts, None for one that stays hidden; without rows nothing of it may be shown."""

    key: str
    label: Any
    rows: list[tuple[Any, int | None]]

    @property
    def hides(self) -> bool:
        return not self.rows or any(n is None for _label, n in self.rows)


def open_marks(session: Session) -> Q:
    """The marks that may be counted: of an open session those of its open blocks."""
    marks = Q(block__session=session)
    return marks if session.is_casa_adentro else marks & Q(block__is_casa_adentro=False)


def without_list(session: Session) -> bool:
    """Its attendance was closed by bare totals: nobody kept a list. One query, none while it is open."""
    if session.attendance_closed_at is None:
        return False
    return not Attendance.objects.filter(open_marks(session)).exists()


def takes_totals(session: Session) -> bool:
    """Over, live, not closed, and nobody has a mark: its attendance may be told in bare totals. One query at most."""
    if session.is_historic or session.closed_at or session.state != Session.State.CONVENED:
        return False
    return not Attendance.objects.filter(open_marks(session)).exists()


def asks_of_people(session: Session) -> bool:
    """Whether the totals may say how people described themselves: not where delegations said it already. One query."""
    invitations = Invitation.objects.filter(session=session).values("id")
    stated = Activity.objects.filter(
        kind=AttendeeEvent.STATED, subject_type="invitation", subject_id__in=invitations
    )
    return not stated.exists()


def shown_totals(session: Session) -> list[ShownTable]:
    """By sector, rank, sex, age band and self-identification; a table nobody has a count for is left out. Four queries.

    For the register's page and for the annex of the minutes alike: what it gives may be published.
    """
    sectors = {
        sector.pk: sector.short_name or sector.name for sector in Sector.objects.order_by("order", "id")
    }
    by_sector, by_rank = _of_the_register(session)
    if not by_sector:
        by_sector = _of_the_totals(session)
    ranks = {**dict(Rank.choices), NOT_SAID: _("not said")}
    told = [
        _table("sector", _("sector"), {**sectors, NOT_SAID: _("not said")}.items(), by_sector),
        _table("rank", _("rank"), ranks.items(), by_rank if set(by_rank) - {NOT_SAID} else {}),
    ]
    stated = [
        ShownTable(total.question, total.label, [] if _all_hidden(total.rows) else total.rows)
        for total in stating.totals(session)
    ]
    return [table for table in told if table] + stated


def _all_hidden(rows: Iterable[tuple[Any, int | None]]) -> bool:
    return all(n is None for _label, n in rows)


def _table(
    key: str, label: Any, answers: Iterable[tuple[Hashable, Any]], counts: Mapping[Any, int]
) -> ShownTable | None:
    if not any(counts.values()):
        return None
    shown = suppressed(counts)
    if shown is None or not any(shown.values()):
        return ShownTable(key, label, [])
    return ShownTable(key, label, [(name, shown[value]) for value, name in answers if counts.get(value)])


def _of_the_register(session: Session) -> tuple[Counter[Any], Counter[Any]]:
    """Each person once, however many blocks: by sector and by rank."""
    marks = (
        Attendance.objects.filter(open_marks(session), status__in=CAME)
        .annotate(sector=effective_sector("organization__"), named=F("delegate__rank"))
        .order_by("id")
        .values_list("organization_id", "delegate_id", "name", "sector", "rank", "named")
    )
    people: dict[Any, tuple[int, str]] = {}
    for organization, delegate, name, sector, rank, named in marks:
        person = delegate or (organization, name.casefold())
        _before, known = people.get(person, (sector, NOT_SAID))
        people[person] = (sector, known or rank or named or NOT_SAID)
    return Counter(sector for sector, _rank in people.values()), Counter(
        rank for _sector, rank in people.values()
    )


def _of_the_totals(session: Session) -> Counter[Any]:
    """The bare totals; whoever is in no sector's number is told as such."""
    told: Counter[Any] = Counter(
        dict(SectorTotal.objects.filter(session=session).values_list("sector_id", "people"))
    )
    if told and (rest := (session.present_people or 0) - told.total()) > 0:
        told[NOT_SAID] = rest
    return told
