"""Part of the mesa: whom a convocation calls when it does not call everybody with a seat.

Past attendance counts the last open sessions of the same mesa that were held, and no other mesa's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coordination.attendees.balance import CAME
from coordination.attendees.models import Attendance
from coordination.attendees.queries import Invitee
from coordination.sessions.models import Session

NEVER = "never"


@dataclass(frozen=True)
class Segment:
    """What an organization must have to be called; what is empty asks for nothing.

    ``came`` is how often it came to the last ``of_last`` sessions at the least, or ``NEVER``.
    """

    sectors: frozenset[int] = frozenset()
    levels: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    votes: str = ""
    provinces: frozenset[int] = frozenset()
    came: str = ""
    of_last: int = 5

    @property
    def is_everybody(self) -> bool:
        return self == Segment(of_last=self.of_last)


def chosen(called: Iterable[Invitee], segment: Segment, times: Mapping[int, int]) -> list[Invitee]:
    """Those of the segment; ``times`` says how often each organization came. No query."""
    return [one for one in called if _belongs(one, segment, times)]


def times_present(session: Session, *, of_last: int) -> Counter[int]:
    """How often each organization came to the last sessions. One query."""
    held = Session.objects.live().filter(
        mesa_id=session.mesa_id, state=Session.State.HELD, is_casa_adentro=False
    )
    last = held.exclude(pk=session.pk).order_by("-starts_at", "-id").values("pk")[:of_last]
    came = Attendance.objects.filter(block__session__in=last, block__is_casa_adentro=False, status__in=CAME)
    pairs = came.order_by().values_list("organization_id", "block__session_id").distinct()
    return Counter(organization for organization, _session in pairs)


def _belongs(one: Invitee, segment: Segment, times: Mapping[int, int]) -> bool:
    organization = one.organization
    came = times.get(organization.pk, 0)
    return (
        (not segment.sectors or one.sector_id in segment.sectors)
        and (not segment.levels or organization.level in segment.levels)
        and (not segment.roles or one.seat.role in segment.roles)
        and (not segment.votes or one.seat.voting == segment.votes)
        and (not segment.provinces or organization.province_id in segment.provinces)
        and (not segment.came or (came == 0 if segment.came == NEVER else came >= int(segment.came)))
    )
