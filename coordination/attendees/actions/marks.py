"""One row of the register, written: shared by the register page, the door, the wall and the pass.

Every writer holds the session's row: a mark, another mark and the closing of the register cannot cross.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Attendance, Delegate
from coordination.attendees.queries import CAME
from coordination.common.errors import DomainError
from coordination.sessions.models import Block, Session


class RegisterRefused(DomainError):
    """The register cannot be written, or not like this."""


@dataclass(frozen=True)
class WalkIn:
    """Somebody without registration; ``replaces`` is the delegate a substitute stands in for."""

    organization_id: int
    name: str
    status: str
    replaces: Delegate | None = None


@dataclass(frozen=True)
class Tap:
    """How a mark came: which entry of which device, by which way, and the hour at the door where it is known."""

    client_id: uuid.UUID
    source: str = Attendance.Source.REGISTER
    at: datetime | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What the trail keeps of it beyond the mark; of the register page nothing, its moment is the trail's own."""
        if self.source == Attendance.Source.REGISTER:
            return {}
        return {"client": self.client_id.hex, "at": self.at.isoformat() if self.at else ""}


def open_block(block_id: int) -> Block:
    """The block, its session locked. Raises RegisterRefused of a break, a cancelled session, a closed register."""
    block = Block.objects.get(pk=block_id)
    if block.kind == Block.Kind.BREAK:
        raise RegisterRefused(_("A break has no register. Choose another block."))
    block.session = Session.objects.select_for_update(no_key=True).get(pk=block.session_id)
    refuse_closed(block.session)
    return block


def refuse_closed(session: Session) -> None:
    if session.state == Session.State.CANCELLED:
        raise RegisterRefused(_("This session was cancelled: it has no register."))
    if session.attendance_closed_at:
        raise RegisterRefused(_("The register of this session is closed. What you marked before stays."))


def typed_at(block: Block, now: datetime) -> datetime | None:
    """The hour of a mark typed into the register: now, unless it is typed once the block is over."""
    return now if now <= block.ends_at else None


def put_mark(
    block: Block, delegate: Delegate, status: str, tap: Tap, by: Actor, now: datetime
) -> tuple[Attendance, bool]:
    """Writes or corrects a delegate's mark in a locked block; True when that changed something.

    The same entry again and the same status again change nothing, but the first hour known is kept. Of two that
    differ the later at the door wins, whichever comes first; the trail has both. Records: ATTENDANCE_RECORDED.
    """
    if status not in Attendance.Status.values:
        raise RegisterRefused(_("Choose present, excused, absent or substitute."))
    if replay := Attendance.objects.filter(block=block, client_id=tap.client_id).first():
        if replay.delegate_id == delegate.pk:
            return replay, False
        raise RegisterRefused(_("This mark was already used for somebody else. Open the list again."))
    found = Attendance.objects.filter(block=block, delegate=delegate).first()
    if found is None:
        found = Attendance.objects.create(
            block=block,
            organization_id=delegate.invitation.organization_id,
            delegate=delegate,
            person_id=delegate.person_id,
            status=status,
            arrived_at=tap.at if status in CAME else None,
            source=tap.source,
            rank=delegate.rank,
            client_id=tap.client_id,
            recorded_at=now,
        )
    elif found.status == status:
        return found, _same_again(found, block, tap, by, now)
    elif tap.at is not None and tap.at < told_at(found):
        if not has_told(found, tap.client_id):
            tell(AttendeeEvent.ATTENDANCE_RECORDED, found, block, by, now, **tap.told, lost_to_later=status)
        return found, False
    else:
        _correct(found, status, tap, now)
    tell(AttendeeEvent.ATTENDANCE_RECORDED, found, block, by, now, **tap.told)
    return found, True


def put_walk_in(block: Block, someone: WalkIn, tap: Tap, by: Actor, now: datetime) -> tuple[Attendance, bool]:
    """Writes somebody without registration; True when that changed something. A name on the list marks that delegate.

    Records: WALK_IN.
    """
    here = Attendance.objects.filter(block=block)
    if replay := here.filter(client_id=tap.client_id).first():
        return replay, False
    listed = (
        Delegate.objects.current()
        .select_related("invitation")
        .filter(
            invitation__session_id=block.session_id,
            invitation__organization_id=someone.organization_id,
            person__name__iexact=someone.name,
        )
        .first()
    )
    if listed is not None:
        return put_mark(block, listed, someone.status, tap, by, now)
    same = here.filter(
        is_walk_in=True, organization_id=someone.organization_id, name__iexact=someone.name
    ).first()
    if same is not None:
        return same, _same_again(same, block, tap, by, now)
    made = Attendance.objects.create(
        block=block,
        organization_id=someone.organization_id,
        name=someone.name,
        status=someone.status,
        is_walk_in=True,
        replaces=someone.replaces,
        arrived_at=tap.at,
        source=tap.source,
        client_id=tap.client_id,
        recorded_at=now,
    )
    tell(AttendeeEvent.WALK_IN, made, block, by, now, **tap.told)
    return made, True


def _correct(found: Attendance, status: str, tap: Tap, now: datetime) -> None:
    was_here, found.status = found.status in CAME, status
    if status not in CAME:
        found.arrived_at = found.left_at = None
    elif not was_here:
        found.arrived_at = tap.at
    found.source, found.recorded_at = tap.source, now
    found.save(update_fields=["status", "arrived_at", "left_at", "source", "recorded_at"])


def _same_again(found: Attendance, block: Block, tap: Tap, by: Actor, now: datetime) -> bool:
    """The same status once more: somebody who had left is back; an hour earlier than the one known is the first."""
    if tap.at is None or found.status not in CAME or has_told(found, tap.client_id):
        return False
    if found.left_at is not None and tap.at > found.left_at:
        found.left_at = None
        found.save(update_fields=["left_at"])
        tell(AttendeeEvent.ATTENDANCE_RECORDED, found, block, by, now, **tap.told)
        return True
    known = found.arrived_at
    # A minute is what is shown; devices that differ by less tell the same hour.
    if known is None or (known - tap.at).total_seconds() >= 60:
        found.arrived_at = tap.at
        found.save(update_fields=["arrived_at"])
        tell(AttendeeEvent.ATTENDANCE_RECORDED, found, block, by, now, **tap.told)
    return False


def told_at(found: Attendance) -> datetime:
    """The hour at the door of what the mark says now. One query."""
    latest = (
        Activity.objects.about("attendance", found.pk)
        .filter(payload__status=found.status)
        .exclude(payload__has_key="lost_to_later")
        .first()
    )
    said = parse_datetime(latest.payload.get("at") or "") if latest else None
    return said or (latest.occurred_at if latest else found.recorded_at)


def has_told(found: Attendance, client_id: uuid.UUID) -> bool:
    """Whether this entry of this device has spoken of the mark before. One query."""
    return Activity.objects.about("attendance", found.pk).filter(payload__client=client_id.hex).exists()


def tell(
    kind: AttendeeEvent, attendance: Attendance, block: Block, by: Actor, now: datetime, **more: Any
) -> None:
    told = {"status": attendance.status, "organization": attendance.organization_id, "block": block.pk}
    record(
        kind=kind,
        by=by,
        subject=attendance,
        now=now,
        mesa_id=block.session.mesa_id,
        payload=told | more,
    )


def take_out(attendance: Attendance, block: Block, kind: AttendeeEvent, by: Actor, now: datetime) -> None:
    """The row leaves the register; the trail keeps which entry wrote it, so that a late copy does not bring it back.

    One that a certificate was issued for stays as absent: whoever looks the code up must find that it was withdrawn.
    """
    tell(kind, attendance, block, by, now)
    entomb(attendance.client_id, block, by, now)
    if attendance.certificates.exists():
        Attendance.objects.filter(pk=attendance.pk).update(status=Attendance.Status.ABSENT, recorded_at=now)
    else:
        attendance.delete()


def entomb(client_id: uuid.UUID, block: Block, by: Actor, now: datetime) -> None:
    """The entry is worth nothing from now on, also when it comes later. Records: MARK_UNDONE on the block."""
    record(
        kind=AttendeeEvent.MARK_UNDONE,
        by=by,
        subject=block,
        now=now,
        mesa_id=block.session.mesa_id,
        payload={"client": client_id.hex},
    )


def is_entombed(client_id: uuid.UUID, block: Block) -> bool:
    """Whether this entry was taken back. One query."""
    undone = Activity.objects.about("block", block.pk).filter(kind=AttendeeEvent.MARK_UNDONE)
    return undone.filter(payload__client=client_id.hex).exists()
