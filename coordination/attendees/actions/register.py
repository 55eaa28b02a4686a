"""Who came: marks at the door, people without registration, the closing of the register."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.attendees.queries import Quorum, absences, closable_at, quorum, quorum_met
from coordination.common.errors import DomainError
from coordination.organizations.models import Organization
from coordination.sessions import actions as session_actions
from coordination.sessions.models import Block, Session


class RegisterRefused(DomainError):
    """The register cannot be written, or not like this."""


@transaction.atomic
def mark_attendance(
    *, block_id: int, delegate_id: int, status: str, client_id: uuid.UUID, by: Actor, now: datetime
) -> Attendance:
    """Whether a delegate came. The same mark again (same status, or a replay of ``client_id``) changes nothing.

    Another status corrects the mark. Records: ATTENDANCE_RECORDED. Raises RegisterRefused when the register is
    closed, the session cancelled or the delegate of another session.
    """
    block = _open_block(block_id)
    delegate = (
        Delegate.objects.select_related("invitation")
        .filter(pk=delegate_id, invitation__session_id=block.session_id)
        .first()
    )
    if delegate is None:
        raise RegisterRefused(_("This person is not on the list of this session."))
    return _mark(block, delegate, status, client_id, by, now)


@transaction.atomic
def mark_organization(
    *,
    block_id: int,
    organization_id: int,
    status: str,
    client_ids: Mapping[int, uuid.UUID],
    by: Actor,
    now: datetime,
) -> list[Attendance]:
    """The same mark for every delegate of an organization who has none yet; earlier marks stay.

    ``client_ids`` gives each delegate's. Records: ATTENDANCE_RECORDED per new mark. Raises RegisterRefused.
    """
    block = _open_block(block_id)
    waiting = (
        Delegate.objects.with_a_place()
        .select_related("invitation")
        .filter(
            invitation__session_id=block.session_id,
            invitation__organization_id=organization_id,
            invitation__state=Invitation.State.ACCEPTED,
            id__in=client_ids,
        )
        .exclude(attendances__block=block)
        .order_by("id")
    )
    return [_mark(block, delegate, status, client_ids[delegate.pk], by, now) for delegate in waiting]


@transaction.atomic
def add_walk_in(
    *,
    block_id: int,
    organization_id: int,
    name: str,
    client_id: uuid.UUID,
    represents: bool = False,
    by: Actor,
    now: datetime,
) -> Attendance:
    """Somebody came without registration. ``represents``: they hold their organization's seat as a substitute.

    The same person again (name in the organization, or ``client_id``) changes nothing; a name that is on the list
    marks that delegate. Records: WALK_IN. Raises RegisterRefused.
    """
    block = _open_block(block_id)
    name = " ".join(name.split())
    if not name:
        raise RegisterRefused(_("Write the person's name."), field="name")
    if not Organization.objects.filter(pk=organization_id).exists():
        raise RegisterRefused(_("Choose the organization the person comes from."), field="organization")
    here = Attendance.objects.filter(block=block)
    listed = (
        Delegate.objects.current()
        .select_related("invitation")
        .filter(
            invitation__session_id=block.session_id,
            invitation__organization_id=organization_id,
            person__name__iexact=name,
        )
        .first()
    )
    status = Attendance.Status.SUBSTITUTE if represents else Attendance.Status.PRESENT
    if listed is not None:
        return _mark(block, listed, status, client_id, by, now)
    same = here.filter(is_walk_in=True, organization_id=organization_id, name__iexact=name)
    if found := here.filter(client_id=client_id).first() or same.first():
        return found
    attendance = Attendance.objects.create(
        block=block,
        organization_id=organization_id,
        name=name,
        status=status,
        is_walk_in=True,
        client_id=client_id,
        recorded_at=now,
    )
    _record(AttendeeEvent.WALK_IN, attendance, block, by, now)
    return attendance


@transaction.atomic
def take_out_walk_in(*, block_id: int, client_id: uuid.UUID, by: Actor, now: datetime) -> str:
    """A person without registration was written by mistake: the entry leaves the register. Returns the name.

    An entry that is already out changes nothing and gives an empty name. Records: WALK_IN_TAKEN_OUT. Raises
    RegisterRefused.
    """
    block = _open_block(block_id)
    entry = Attendance.objects.filter(block=block, client_id=client_id, is_walk_in=True).first()
    if entry is None:
        return ""
    _record(AttendeeEvent.WALK_IN_TAKEN_OUT, entry, block, by, now)
    entry.delete()
    return entry.name


@transaction.atomic
def close_attendance(*, session_id: int, by: Actor, now: datetime) -> Quorum:
    """Closes the register: whoever has no mark was absent. Closing again changes nothing.

    Records down into the session, through ``sessions.actions.record_attendance_totals``: the voting organizations
    and sectors that count for the quorum, everybody who came, and whether the quorum was met. Gives the quorum back.
    Raises RegisterRefused before the session's last block starts.
    """
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("mesa").get(pk=session_id)
    )
    if session.attendance_closed_at:
        return quorum(session)
    if session.state == Session.State.CANCELLED:
        raise RegisterRefused(_("This session was cancelled: it has no register."))
    if session.starts_at is None or now < session.starts_at:
        raise RegisterRefused(_("The session has not started yet: its register can be closed once it has."))
    if now < closable_at(session):
        raise RegisterRefused(
            _("Its last block has not started yet: the register can be closed once it has.")
        )
    Attendance.objects.bulk_create(
        Attendance(
            block=block,
            organization_id=delegate.invitation.organization_id,
            delegate=delegate,
            person_id=delegate.person_id,
            status=Attendance.Status.ABSENT,
            recorded_at=now,
        )
        for delegate, block in absences(session)
    )
    counted = quorum(session)
    session_actions.record_attendance_totals(
        session_id=session.pk,
        organizations=counted.organizations,
        sectors=counted.sectors,
        people=counted.people,
        quorum_met=quorum_met(session, counted),
        by=by,
        now=now,
    )
    return counted


def _open_block(block_id: int) -> Block:
    """The block, its session locked: a mark and the closing of the register cannot cross."""
    block = Block.objects.get(pk=block_id)
    if block.kind == Block.Kind.BREAK:
        raise RegisterRefused(_("A break has no register. Choose another block."))
    session = Session.objects.select_for_update(no_key=True).get(pk=block.session_id)
    if session.state == Session.State.CANCELLED:
        raise RegisterRefused(_("This session was cancelled: it has no register."))
    if session.attendance_closed_at:
        raise RegisterRefused(_("The register of this session is closed. What you marked before stays."))
    block.session = session
    return block


def _mark(
    block: Block, delegate: Delegate, status: str, client_id: uuid.UUID, by: Actor, now: datetime
) -> Attendance:
    if status not in Attendance.Status.values:
        raise RegisterRefused(_("Choose present, excused, absent or substitute."))
    if replay := Attendance.objects.filter(client_id=client_id).first():
        if (replay.block_id, replay.delegate_id) == (block.pk, delegate.pk):
            return replay
        raise RegisterRefused(_("This mark was already used for somebody else. Open the list again."))
    attendance = Attendance.objects.filter(block=block, delegate=delegate).first()
    if attendance is not None and attendance.status == status:
        return attendance
    if attendance is None:
        attendance = Attendance.objects.create(
            block=block,
            organization_id=delegate.invitation.organization_id,
            delegate=delegate,
            person_id=delegate.person_id,
            status=status,
            client_id=client_id,
            recorded_at=now,
        )
    else:
        attendance.status = status
        attendance.recorded_at = now
        attendance.save(update_fields=["status", "recorded_at"])
    _record(AttendeeEvent.ATTENDANCE_RECORDED, attendance, block, by, now)
    return attendance


def _record(kind: AttendeeEvent, attendance: Attendance, block: Block, by: Actor, now: datetime) -> None:
    record(
        kind=kind,
        by=by,
        subject=attendance,
        now=now,
        mesa_id=block.session.mesa_id,
        payload={"status": attendance.status, "organization": attendance.organization_id, "block": block.pk},
    )
