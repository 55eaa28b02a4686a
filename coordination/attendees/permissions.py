"""May this person? Inviting and seeing delegations rest on ``mesas.permissions``; a link opens its own invitation."""

from accounts.actor import Actor
from coordination.attendees.models import Invitation
from coordination.mesas.permissions import Permission, has
from coordination.organizations.models import Post
from coordination.sessions.models import Session
from coordination.sessions.permissions import in_circle


def can_convene(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.CONVENE, session.mesa) and in_circle(actor, session)


def can_see_delegations(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.SEE_DELEGATIONS, session.mesa) and in_circle(actor, session)


def can_answer(actor: Actor, invitation: Invitation) -> bool:
    """By the invitation's own link, or by holding the head's or focal point's post of that organization."""
    if (
        actor.link
        and actor.link.purpose == Invitation.LINK_PURPOSE
        and actor.link.subject_id == invitation.pk
    ):
        return True
    return Post.objects.filter(
        id__in=actor.post_ids,
        organization_id=invitation.organization_id,
        kind__in=[Post.Kind.HEAD, Post.Kind.FOCAL_POINT],
    ).exists()
