"""What a role may do: one table, short stable strings, read by everybody above.

Roles over a mesa come from a seat or a secretariat mandate through a post held today, never from the user.
"""

from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.actor import Actor
from coordination.mesas.models import Mesa, MesaQuerySet, Seat, SecretariatMandate
from coordination.organizations.models import Post


class Permission(StrEnum):
    EDIT_MESA = "edit_mesa"
    SEAT_ORGANIZATIONS = "seat_organizations"
    SCHEDULE = "schedule"
    CONVENE = "convene"
    RECORD = "record"
    CLOSE = "close"
    MANAGE_COMMITMENTS = "manage_commitments"
    SEE_MEMBERS = "see_members"
    SEE_DELEGATIONS = "see_delegations"


class Role(StrEnum):
    SECRETARIAT = "secretariat"
    CHAIR = "chair"
    MEMBER = "member"
    OBSERVER = "observer"
    AUDITOR = "auditor"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SECRETARIAT: frozenset(Permission),
    Role.CHAIR: frozenset(
        {Permission.SEE_MEMBERS, Permission.SEE_DELEGATIONS, Permission.CLOSE, Permission.RECORD}
    ),
    Role.MEMBER: frozenset({Permission.SEE_MEMBERS}),
    Role.OBSERVER: frozenset({Permission.SEE_MEMBERS}),
    Role.AUDITOR: frozenset({Permission.SEE_MEMBERS, Permission.SEE_DELEGATIONS}),
}
# The chair acts through the head and the focal point of its organization, not through any of its staff.
CHAIR_POSTS = (Post.Kind.HEAD, Post.Kind.FOCAL_POINT)


def _current(on: date) -> Q:
    return Q(starts_on__lte=on) & (Q(ends_on=None) | Q(ends_on__gte=on))


def roles(actor: Actor, mesa: Mesa, *, on: date | None = None) -> frozenset[Role]:
    """The roles the actor has at this mesa on that day (today by default). One query, none without a post."""
    on = on or timezone.localdate()
    found = {Role.AUDITOR} if actor.is_auditor else set()
    if actor.post_ids:
        seat = Seat.objects.filter(_current(on), mesa=mesa, organization=OuterRef("organization"))
        mandate = SecretariatMandate.objects.filter(_current(on), mesa=mesa, posts=OuterRef("pk"))
        posts = Post.objects.filter(id__in=actor.post_ids)
        for kind, role, keeps in posts.values_list(
            "kind", Subquery(seat.values("role")[:1]), Exists(mandate)
        ):
            if keeps:
                found.add(Role.SECRETARIAT)
            if role:
                acts = role != Seat.Role.CHAIR or kind in CHAIR_POSTS
                found.add(Role(role) if acts else Role.MEMBER)
    return frozenset(found)


def granted(actor: Actor, mesa: Mesa, *, on: date | None = None) -> frozenset[Permission]:
    """Everything the actor may do at the mesa: for a page that asks more than one question. One query."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles(actor, mesa, on=on)))


def has(actor: Actor, permission: Permission, mesa: Mesa, *, on: date | None = None) -> bool:
    """True when one of the actor's roles at the mesa carries the permission."""
    return permission in granted(actor, mesa, on=on)


def mesas_with(actor: Actor, permission: Permission, *, on: date | None = None) -> MesaQuerySet:
    """The list twin of ``has``: the mesas where the actor has the permission."""
    on = on or timezone.localdate()
    if actor.is_auditor and permission in ROLE_PERMISSIONS[Role.AUDITOR]:
        return Mesa.objects.all()
    if not actor.post_ids:
        return Mesa.objects.none()
    found = Q(id__in=SecretariatMandate.objects.filter(_current(on), posts__in=actor.post_ids).values("mesa"))
    seats = Seat.objects.filter(_current(on), organization__posts__in=actor.post_ids)
    if permission in ROLE_PERMISSIONS[Role.MEMBER]:
        found |= Q(id__in=seats.values("mesa"))
    elif permission in ROLE_PERMISSIONS[Role.CHAIR]:
        found |= Q(
            id__in=Seat.objects.filter(
                _current(on),
                role=Seat.Role.CHAIR,
                organization__posts__in=Post.objects.filter(id__in=actor.post_ids, kind__in=CHAIR_POSTS),
            ).values("mesa")
        )
    return Mesa.objects.filter(found)


def can_create_mesa(actor: Actor) -> bool:
    """Whoever keeps a secretariat today, and administrators."""
    return actor.is_admin or mesas_with(actor, Permission.EDIT_MESA).exists()


def can_edit_mesa(actor: Actor, mesa: Mesa) -> bool:
    return has(actor, Permission.EDIT_MESA, mesa)


def can_seat(actor: Actor, mesa: Mesa) -> bool:
    return has(actor, Permission.SEAT_ORGANIZATIONS, mesa)
