"""People who register themselves: by the code on the wall, or by joining online. And what the door lets them do."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor, LinkScope
from coordination.activity.actions import record
from coordination.attendees.actions.marks import RegisterRefused, Tap, open_block, put_mark
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Attendance, Delegate, Door, Invitation
from coordination.attendees.queries import CAME
from coordination.sessions.models import Session


def holder(delegate: Delegate) -> Actor:
    """Who acts by a pass: the delegate, by a link of their own and without an account."""
    scope = LinkScope(Delegate.LINK_PURPOSE, delegate.pk, delegate.invitation.organization_id)
    return Actor(person_id=delegate.person_id, name=delegate.person.name, link=scope)


@transaction.atomic
def arrive(
    *, delegate_id: int, block_ids: Iterable[int], source: str, by: Actor, now: datetime
) -> list[Attendance]:
    """The delegate is here, in each of these blocks. A mark that says so already stays as it is.

    Records: ATTENDANCE_RECORDED per new mark. Raises RegisterRefused when the register is closed, the session
    cancelled, or the delegate has no place.
    """
    written = []
    for block_id in sorted(block_ids):
        block = open_block(block_id)
        delegate = _with_a_place(delegate_id, block.session_id)
        standing = Attendance.objects.filter(block=block, delegate=delegate, status__in=CAME).first()
        if standing is None:
            # The same way into the same block is the same entry, however often it is sent.
            tap = Tap(uuid.uuid5(delegate.public_id, f"{source}:{block.pk}"), source, now)
            standing = put_mark(block, delegate, Attendance.Status.PRESENT, tap, by, now)[0]
        written.append(standing)
    return written


@transaction.atomic
def set_door(
    *, session_id: int, by: Actor, now: datetime, self_check_in: bool | None = None, renew: bool = False
) -> Door:
    """Opens or shuts the wall's code, or makes every code shown so far worthless. Records: DOOR_CHANGED.

    Raises RegisterRefused when a closed register or a cancelled session would be opened.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=session_id)
    if self_check_in and (session.attendance_closed_at or session.state == Session.State.CANCELLED):
        raise RegisterRefused(_("The register of this session is closed: nobody can register any more."))
    door, _made = Door.objects.get_or_create(session=session)
    before = (door.self_check_in, door.generation)
    if self_check_in is not None:
        door.self_check_in = self_check_in
    if renew:
        door.generation += 1
    if (door.self_check_in, door.generation) != before:
        door.save(update_fields=["self_check_in", "generation"])
        told = {"self_check_in": door.self_check_in, "generation": door.generation}
        record(
            kind=AttendeeEvent.DOOR_CHANGED,
            by=by,
            subject=session,
            now=now,
            mesa_id=session.mesa_id,
            payload=told,
        )
    return door


@transaction.atomic
def renew_passes(*, invitation_id: int, by: Actor, now: datetime) -> int:
    """Every pass of a delegation so far is worthless; the new ones are other links. Returns how many. Nothing is mailed.

    Records: CODE_RENEWED per delegate.
    """
    invitation = (
        Invitation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("session")
        .get(pk=invitation_id)
    )
    rows = list(invitation.delegates.current().order_by("pk"))
    for delegate in rows:
        delegate.pass_generation += 1
        delegate.save(update_fields=["pass_generation"])
        record(
            kind=AttendeeEvent.CODE_RENEWED,
            by=by,
            subject=delegate,
            now=now,
            mesa_id=invitation.session.mesa_id,
            payload={"generation": delegate.pass_generation},
        )
    return len(rows)


def _with_a_place(delegate_id: int, session_id: int) -> Delegate:
    found = (
        Delegate.objects.with_a_place()
        .select_related("invitation")
        .filter(
            pk=delegate_id, invitation__session_id=session_id, invitation__state=Invitation.State.ACCEPTED
        )
        .first()
    )
    if found is None:
        raise RegisterRefused(_("This person has no place in the session. The registration desk can help."))
    return found
