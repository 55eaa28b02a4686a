"""The pass of a delegate: what its link opens, which blocks it counts for now, and its code as a picture. Reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from coordination.attendees.checkin import delegates, with_pass
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.attendees.queries import CAME
from coordination.organizations.models import effective_sector
from coordination.sessions.models import Block, CircleMember, Session
from coordination.sessions.program import meetings, modality_of, overlap

OPENS = timedelta(minutes=15)  # before a block begins
LINGERS = timedelta(
    hours=3
)  # after the session's hour: meetings run over, and somebody stands at the door still


class Stands(StrEnum):
    """What a pass is worth now."""

    BEFORE = "before"
    TODAY = "today"
    WAITING = "waiting"
    OVER = "over"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    UNKNOWN = "unknown"

    @property
    def opens(self) -> bool:
        return self in (Stands.BEFORE, Stands.TODAY)


@dataclass(frozen=True)
class PassFound:
    """What a token opens. Of one that was replaced nothing but the session and organization may be shown."""

    stands: Stands
    delegate: Delegate | None = None


def find_pass(token: str, now: datetime) -> PassFound:
    """Whose pass it is and what it is worth. One query."""
    delegate, is_latest = with_pass(token)
    if delegate is None:
        return PassFound(Stands.UNKNOWN)
    if not is_latest:
        return PassFound(Stands.REPLACED, delegate)
    return PassFound(stands(delegate, now), delegate)


def stands(delegate: Delegate, now: datetime) -> Stands:
    session = delegate.invitation.session
    if delegate.withdrawn_at or delegate.invitation.state != Invitation.State.ACCEPTED:
        return Stands.WITHDRAWN
    if session.state == Session.State.CANCELLED:
        return Stands.CANCELLED
    if session.attendance_closed_at or session.state in (Session.State.HELD, Session.State.FAILED):
        return Stands.OVER
    if session.starts_at is None or session.ends_at is None or now >= session.ends_at + LINGERS:
        return Stands.OVER
    if delegate.waiting_since is not None:
        return Stands.WAITING
    today = now.astimezone(session.zone).date()
    return Stands.TODAY if (session.local_day or today) <= today else Stands.BEFORE


def address(delegate: Delegate) -> str:
    """The whole address of the pass: what its code says."""
    return f"{settings.BASE_URL}{delegate.get_pass()}"


def qr(text: str) -> SafeString:
    """The text as a picture of squares that grows with its place; dark on light in every theme."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=2, omitsize=True, svgclass="m-qr m-qr--big"
    )
    return mark_safe(drawn)  # noqa: S308  segno draws it; the text is not in it


def expected_in(delegate: Delegate, *, inside: bool = True) -> list[Block]:
    """The blocks the delegate is expected in. Closed ones for those in the circle alone, and only where the reader is
    known to be the delegate (``inside``). Four queries."""
    session = delegate.invitation.session
    rows = Block.objects.filter(session=session).prefetch_related("audience").order_by("starts_at", "order")
    in_circle = CircleMember.objects.current().filter(session=session, person=delegate.person_id)
    if not (inside and in_circle.exists()):
        rows = rows.filter(is_casa_adentro=False)
    sector = (
        Delegate.objects.filter(pk=delegate.pk)
        .annotate(sector=effective_sector("invitation__organization__"))
        .values_list("sector", flat=True)
        .get()
    )
    return [
        block
        for block in meetings(rows)
        if block.kind != Block.Kind.GROUP
        or not (asked := {one.pk for one in block.audience.all()})
        or sector in asked
    ]


def on_now(blocks: list[Block], now: datetime) -> list[Block]:
    """Those whose doors are open: from a quarter of an hour before until their end."""
    return [block for block in blocks if block.starts_at - OPENS <= now < block.ends_at]


def opens_at(blocks: list[Block], now: datetime) -> datetime | None:
    """When the next one opens."""
    return min((block.starts_at - OPENS for block in blocks if block.starts_at - OPENS > now), default=None)


def online_ones(session: Session, blocks: list[Block]) -> list[Block]:
    """Those one can join from afar."""
    return [block for block in blocks if modality_of(session, block) != Session.Modality.IN_PERSON]


def to_choose(blocks: list[Block]) -> list[Block]:
    """Groups held at the same time: one person sits in one of them and says in which. Else nothing."""
    groups = [block for block in blocks if block.kind == Block.Kind.GROUP]
    return [one for one in groups if any(one.pk != other.pk and overlap(one, other) for other in groups)]


def link_of(session: Session, block: Block) -> str:
    return block.online_url or session.online_url


def marks_of(delegate: Delegate) -> list[Attendance]:
    """Where the delegate is noted as having come, first hour first. One query."""
    rows = Attendance.objects.filter(delegate=delegate, status__in=CAME, block__is_casa_adentro=False)
    return list(rows.select_related("block").order_by("arrived_at", "id"))


def passes_by_mail(session: Session, email: str) -> list[Delegate]:
    """Those with a place who were registered with this mailbox; several may share it. One query."""
    rows = delegates().filter(
        invitation__session=session,
        invitation__state=Invitation.State.ACCEPTED,
        withdrawn_at=None,
        waiting_since=None,
        person__email__iexact=email,
    )
    return list(rows.order_by("person__name", "id"))


def pass_of_person(session: Session, person_id: int | None) -> Delegate | None:
    """The delegate with a place that a signed-in person is. One query, none without a person."""
    if person_id is None:
        return None
    rows = delegates().filter(
        invitation__session=session,
        invitation__state=Invitation.State.ACCEPTED,
        withdrawn_at=None,
        waiting_since=None,
        person=person_id,
    )
    found: Delegate | None = rows.order_by("id").first()
    return found
