"""Which voting seats were missing from a session, for its record when it failed. Reads only."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from coordination.mesas.models import Seat
from coordination.organizations.models import Organization, effective_sector
from coordination.sessions.models import Session


@dataclass(frozen=True)
class Shortfall:
    """By how much the quorum was missed, and by whom; nothing is missing where both figures are 0."""

    organizations: int
    sectors: int
    absent: list[Organization] = field(default_factory=list)


def shortfall(session: Session) -> Shortfall:
    """What lacked for the quorum of the whole session. One query.

    The register belongs to the step above and is read through its relation, by the rule of ``attendees``' quorum:
    principal, alternate or substitute, in an open block.
    """
    marks = Organization.objects.filter(
        Q(attendances__status="substitute")
        | Q(attendances__status="present", attendances__delegate__role__in=["principal", "alternate"]),
        pk=OuterRef("organization"),
        attendances__block__session=session,
        attendances__block__is_casa_adentro=False,
    )
    day = session.local_day
    voting = Seat.objects.filter(mesa=session.mesa_id, voting=Seat.Voting.VOICE_VOTE)
    voting = voting.current(day) if day else voting.none()
    rows = voting.select_related("organization").annotate(
        sector=effective_sector("organization__"), is_here=Exists(marks)
    )
    seats = list(rows.order_by("organization__plain_name"))
    here = [seat for seat in seats if seat.is_here]
    return Shortfall(
        max(0, session.mesa.quorum_organizations - len({seat.organization_id for seat in here})),
        max(0, session.mesa.quorum_sectors - len({seat.sector for seat in here})),
        [seat.organization for seat in seats if not seat.is_here],
    )
