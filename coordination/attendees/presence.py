"""Who was in the room, block by block, as the minutes tell it. Reads."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from coordination.attendees.models import Attendance
from coordination.attendees.queries import CAME
from coordination.sessions.models import Block, Session
from coordination.sessions.program import meetings


@dataclass(frozen=True)
class Came:
    """Somebody in one block. ``role`` is empty of who came without registration; ``instead_of`` names whom a substitute
    stood in for. Hours are empty where nobody noted them."""

    name: str
    organization: str
    organization_id: int
    status: str
    status_name: str
    role: str = ""
    post: str = ""
    rank: str = ""
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    is_walk_in: bool = False
    is_online: bool = False
    instead_of: str = ""

    @property
    def was_here(self) -> bool:
        return self.status in CAME


@dataclass
class BlockPresence:
    """One block: who came, who excused themselves, who was missing. By organization, then principal first."""

    block: Block
    came: list[Came] = field(default_factory=list)
    excused: list[Came] = field(default_factory=list)
    absent: list[Came] = field(default_factory=list)

    @property
    def organizations(self) -> int:
        return len({one.organization_id for one in self.came})


@dataclass
class Presence:
    """The whole session. ``is_final`` once the register is closed: before that nobody is absent yet."""

    blocks: list[BlockPresence]
    is_final: bool

    @property
    def people(self) -> int:
        """How many different people came to any of these blocks."""
        return len({(one.organization_id, one.name) for part in self.blocks for one in part.came})

    @property
    def organizations(self) -> int:
        return len({one.organization_id for part in self.blocks for one in part.came})


def presence(session: Session, blocks: Iterable[Block] | None = None) -> Presence:
    """Who was present per block, with hours, rank and organization. Two queries, one where ``blocks`` are given.

    Without ``blocks`` those that everybody may know: closed parts of an open session are left out. Whoever stands in
    the circle passes the blocks they see (``Block.objects.filter(session=…).shown_to(actor)``).
    """
    if blocks is None:
        blocks = Block.objects.filter(session=session, is_casa_adentro=False).order_by("order")
    parts = [BlockPresence(block) for block in meetings(blocks)]
    rows: dict[int, list[Attendance]] = defaultdict(list)
    marks = Attendance.objects.filter(block__in=[part.block.pk for part in parts]).select_related(
        "organization", "delegate__person", "replaces__person"
    )
    for mark in marks:
        rows[mark.block_id].append(mark)
    for part in parts:
        for mark in sorted(rows[part.block.pk], key=_order):
            kind = {Attendance.Status.EXCUSED: part.excused, Attendance.Status.ABSENT: part.absent}
            kind.get(Attendance.Status(mark.status), part.came).append(_came(mark))
    return Presence(parts, session.attendance_closed_at is not None)


def _order(mark: Attendance) -> tuple[str, int, str]:
    roles = ["principal", "alternate", "companion"]
    role = roles.index(mark.delegate.role) if mark.delegate else len(roles)
    return (mark.organization.plain_name, role, _name(mark))


def _name(mark: Attendance) -> str:
    return mark.delegate.person.name if mark.delegate else mark.name


def _came(mark: Attendance) -> Came:
    delegate = mark.delegate
    return Came(
        name=_name(mark),
        organization=mark.organization.name,
        organization_id=mark.organization_id,
        status=mark.status,
        status_name=mark.get_status_display(),
        role=delegate.get_role_display() if delegate else "",
        post=delegate.post_title if delegate else "",
        rank=mark.get_rank_display(),
        arrived_at=mark.arrived_at,
        left_at=mark.left_at,
        is_walk_in=mark.is_walk_in,
        is_online=mark.source == Attendance.Source.ONLINE,
        instead_of=mark.replaces.person.name if mark.replaces else "",
    )
