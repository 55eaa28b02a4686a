"""May this person? Inviting and seeing delegations rest on ``mesas.permissions``; a link opens its own invitation."""

from accounts.actor import Actor
from coordination.attendees.models import Invitation
from coordination.mesas.permissions import Permission, has
from coordination.organizations.permissions import speaks_for
from coordination.sessions.models import Block, Session
from coordination.sessions.permissions import in_circle
from coordination.sessions.program import meetings


def can_convene(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.CONVENE, session.mesa) and in_circle(actor, session)


def can_see_delegations(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.SEE_DELEGATIONS, session.mesa) and in_circle(actor, session)


def can_answer(actor: Actor, invitation: Invitation) -> bool:
    """Whoever speaks today for the invited organization."""
    return speaks_for(actor, invitation.organization_id)


def blocks_kept_by(actor: Actor, session: Session) -> list[Block]:
    """The blocks whose register the actor keeps: breaks have none, closed ones are for the circle of the record. One query."""
    shown = Block.objects.filter(session=session).shown_to(actor).order_by("order")
    return [block for block in meetings(shown) if block.tells_what]
