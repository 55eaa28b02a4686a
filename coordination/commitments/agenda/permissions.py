"""For whom may this actor ask that a session deal with a commitment?"""

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from coordination.commitments.models import AgendaRequest, Commitment
from coordination.mesas.models import Seat
from coordination.mesas.permissions import INSIDER, Role
from coordination.organizations.models import SPEAKING_POSTS, Organization, Post


def may_speak(actor: Actor, commitment: Commitment) -> "QuerySet[Organization]":
    """The organizations in whose name the actor may ask: those that answer for it or verify it, and the mesa's seats.

    By account through a speaking post, by the report link for the organization it was mailed to.
    """
    if commitment.is_historic or commitment.state not in Commitment.OPEN_STATES:
        return Organization.objects.none()
    if actor.link is not None:
        mine = actor.link.purpose == Commitment.REPORT_LINK and actor.link.subject_id == commitment.pk
        return Organization.objects.filter(pk=actor.link.organization_id if mine else None)
    if not actor.post_ids:
        return Organization.objects.none()
    posts = Post.objects.filter(id__in=actor.post_ids, kind__in=SPEAKING_POSTS)
    seats = Seat.objects.current(timezone.localdate()).filter(mesa=commitment.mesa_id)
    sides = [pk for pk in (commitment.responsible_id, commitment.verifier_id) if pk]
    concerned = (
        Q(pk__in=sides)
        | Q(pk__in=commitment.co_responsible.order_by().values("pk"))
        | Q(pk__in=seats.values("organization"))
    )
    return Organization.objects.filter(concerned, pk__in=posts.values("organization")).order_by("plain_name")


def may_take_back(actor: Actor, request: AgendaRequest) -> bool:
    """Whoever speaks for the organization that asked."""
    return may_speak(actor, request.commitment).filter(pk=request.organization_id).exists()


def probably(actor: Actor, commitment: Commitment) -> bool:
    """Whether a link to asking is worth showing: no query; the page itself asks ``may_speak``."""
    if commitment.is_historic or commitment.state not in Commitment.OPEN_STATES or not actor.post_ids:
        return False
    named = {
        commitment.responsible_id,
        commitment.verifier_id,
        *(one.pk for one in commitment.co_responsible.all()),
    }
    if named & set(actor.organization_ids):
        return True
    # Who keeps the secretariat writes the agenda and need not ask; most of them speak for no organization there.
    roles = {role for mesa, role in actor.mesa_roles or () if mesa == commitment.mesa_id}
    return bool(roles) and not roles & {Role.SECRETARIAT, INSIDER}
