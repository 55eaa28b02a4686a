"""Mail about the closed blocks of an open session: neutral, and only to the delegates who stand in its circle.

The letter is that of everything closed: there is something for you, sign in. It says neither session nor hour. Two a
block: once its delegates can know of it, again when its hours change, and the day before.
"""

from datetime import datetime

from django.db.models import Q

from accounts.actor import Actor
from coordination.attendees.models import Delegate
from coordination.notifications.kinds import CLOSED_PART
from coordination.notifications.models import Notification
from coordination.notifications.planner import ClosedPart, hours_mark
from coordination.sessions.models import Block, CircleMember, Session
from coordination.sessions.parts import circles_of


def parts_of(session: Session) -> tuple[ClosedPart, ...]:
    """The closed blocks in which somebody meets. One query; of a session closed as a whole none are apart."""
    rows = Block.objects.filter(session=session, is_casa_adentro=True).exclude(kind=Block.Kind.BREAK)
    return tuple(ClosedPart(block.pk, block.starts_at) for block in rows.order_by("starts_at", "pk"))


def since_when(session: Session) -> dict[int, datetime]:
    """Who stands in the circle, since when. One query."""
    return dict(session.circle.current().values_list("person", "since"))


def still_meets(row: Notification, session: Session, now: datetime) -> bool:
    """The block is still closed and still begins then, and its reader is still a delegate inside the circle."""
    block = Block.objects.filter(session=session, pk=row.rung // 2, is_casa_adentro=True).first()
    return (
        block is not None
        and session.state == Session.State.CONVENED
        and hours_mark(block.starts_at) == row.version
        and now < block.starts_at
        and session.circle.current().filter(person=row.recipient_id).exists()
        and Delegate.objects.with_a_place()
        .filter(invitation__session=session, person=row.recipient_id)
        .exists()
    )


def told_to(actor: Actor) -> Q:
    """The rows of other kinds, and of this one those of circles whose record the actor knows."""
    known = CircleMember.objects.none() if actor.person_id is None else circles_of(actor)
    return ~Q(kind=CLOSED_PART) | Q(root_id__in=known.values("session"))
