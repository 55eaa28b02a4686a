"""Who came: marks at the door, people without registration, the closing of the register."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.attendees.actions.marks import (
    RegisterRefused,
    Tap,
    WalkIn,
    open_block,
    put_mark,
    put_walk_in,
    take_out,
    typed_at,
)
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.attendees.queries import Quorum, absences, closable_at, quorum, quorum_met
from coordination.organizations.models import Organization
from coordination.sessions import actions as session_actions
from coordination.sessions.models import Session


@transaction.atomic
def mark_attendance(
    *, block_id: int, delegate_id: int, status: str, client_id: uuid.UUID, by: Actor, now: datetime
) -> Attendance:
    """Whether a delegate came. The same mark again (same status, or a replay of ``client_id``) changes nothing.

    Another status corrects the mark. Records: ATTENDANCE_RECORDED. Raises RegisterRefused when the register is
    closed, the session cancelled or the delegate of another session.
    """
    block = open_block(block_id)
    delegate = (
        Delegate.objects.select_related("invitation")
        .filter(pk=delegate_id, invitation__session_id=block.session_id)
        .first()
    )
    if delegate is None:
        raise RegisterRefused(_("This person is not on the list of this session."))
    tap = Tap(client_id, at=typed_at(block, now))
    return put_mark(block, delegate, status, tap, by, now)[0]


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
    block = open_block(block_id)
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
    at = typed_at(block, now)
    return [
        put_mark(block, delegate, status, Tap(client_ids[delegate.pk], at=at), by, now)[0]
        for delegate in waiting
    ]


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
    block = open_block(block_id)
    name = " ".join(name.split())
    if not name:
        raise RegisterRefused(_("Write the person's name."), field="name")
    if not Organization.objects.filter(pk=organization_id).exists():
        raise RegisterRefused(_("Choose the organization the person comes from."), field="organization")
    status = Attendance.Status.SUBSTITUTE if represents else Attendance.Status.PRESENT
    someone = WalkIn(organization_id, name, status)
    return put_walk_in(block, someone, Tap(client_id, at=typed_at(block, now)), by, now)[0]


@transaction.atomic
def take_out_walk_in(*, block_id: int, client_id: uuid.UUID, by: Actor, now: datetime) -> str:
    """A person without registration was written by mistake: the entry leaves the register. Returns the name.

    An entry that is already out changes nothing and gives an empty name. Records: WALK_IN_TAKEN_OUT. Raises
    RegisterRefused.
    """
    block = open_block(block_id)
    entry = Attendance.objects.filter(block=block, client_id=client_id, is_walk_in=True).first()
    if entry is None:
        return ""
    take_out(entry, block, AttendeeEvent.WALK_IN_TAKEN_OUT, by, now)
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
            rank=delegate.rank,
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


@transaction.atomic
def reopen_attendance(*, session_id: int, by: Actor, now: datetime) -> Session:
    """Opens a closed register again while its session is not closed: closing it once more counts anew.

    Those whom closing made absent have no mark again. A register that is open stays so. Records down into
    the session, through ``sessions.actions.forget_attendance_totals``. Raises SessionIsClosed.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session_id)
    closed_at = session.attendance_closed_at
    if closed_at is None:
        return session
    session = session_actions.forget_attendance_totals(session_id=session.pk, by=by, now=now)
    Attendance.objects.filter(
        block__session=session, status=Attendance.Status.ABSENT, recorded_at=closed_at
    ).delete()
    return session
