"""May this person? An organization's page is its own; the administrator may mend any."""

from django.db.models import Q

from accounts.actor import Actor
from coordination.organizations.models import SPEAKING_POSTS, Organization, OrganizationQuerySet, Post


def can_edit_organization(actor: Actor, organization: Organization) -> bool:
    """Whoever holds the head's or the focal point's post of it today, and administrators."""
    return editable_by(actor).filter(pk=organization.pk).exists()


def editable_by(actor: Actor) -> OrganizationQuerySet:
    """The list twin of ``can_edit_organization``."""
    if actor.is_admin:
        return Organization.objects.all()
    if not actor.post_ids:
        return Organization.objects.none()
    posts = Post.objects.filter(id__in=actor.post_ids, kind__in=SPEAKING_POSTS)
    return Organization.objects.filter(Q(id__in=posts.values("organization")))


def speaks_for(actor: Actor, organization_id: int) -> bool:
    """Whoever holds the head's or the focal point's post of it today: answers for it, names its people. One query."""
    if organization_id not in actor.organization_ids:
        return False
    return Post.objects.filter(
        id__in=actor.post_ids, organization=organization_id, kind__in=SPEAKING_POSTS
    ).exists()
